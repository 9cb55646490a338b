"""Buildings on a parcel, and flats: noted by the registrar, registered and transferred by cases."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from gis_layers.plans.forms import posted, tell
from muni.core.errors import DomainError
from property import access
from property.building_forms import BuildingForm, FlatForm
from property.models import Building, BuildingUnit, Hold, Look, Right
from property.services import buildings, looks
from property.views import parcels

FLAT_ACTS = ("transfer", "mortgage", "seizure", "usufruct", "waqf", "claim")


def _preparing(request, parcel):
    """The registered parcel, for whoever may prepare acts over it."""
    parcel = parcels.recorded(parcel)
    if parcel.unit is None:
        raise Http404
    if not access.can_prepare(request.user, parcel.unit.place):
        raise PermissionDenied
    return parcel


def building(request, pk, number=None):
    """Notes a building on a parcel, or changes what is noted."""
    parcel = _preparing(request, pk)
    known = get_object_or_404(Building, pk=number, parcel=pk) if number else None
    form = BuildingForm(*posted(request), instance=known)
    return _noted(request, parcel, form, lambda told: buildings.note_building(parcel, building=known, **told))


def flat(request, pk, number, flat=None):
    """Notes a flat or shop of a building, or changes what is noted."""
    parcel = _preparing(request, pk)
    house = get_object_or_404(Building, pk=number, parcel=pk)
    known = get_object_or_404(BuildingUnit, pk=flat, building=house) if flat else None
    form = FlatForm(*posted(request), instance=known)
    return _noted(request, parcel, form, lambda told: buildings.note_flat(house, flat=known, **told))


def _noted(request, parcel, form, write):
    if request.method == "POST" and form.is_valid():
        try:
            write(form.cleaned_data | {"by": request.user})
        except DomainError as error:
            tell(form, error)
        else:
            messages.success(request, _("Noted."))
            return redirect("property:parcel", parcel.pk)
    return render(request, "property/building.html", {"parcel": parcel, "form": form})


def found(pk):
    """A flat with its building and parcel."""
    rows = BuildingUnit.objects.select_related("building__parcel__block__place", "building__parcel__unit__place")
    return get_object_or_404(rows.select_related("unit__place"), pk=pk)


@require_safe
def flat_page(request, pk):
    """A flat with its rights, for officials of its register."""
    one = found(pk)
    place = (one.unit or one.building.parcel.unit or one.building.parcel.block).place
    if not access.can_see_persons(request.user, place):
        raise PermissionDenied
    if one.unit:
        looks.note(request.user, [one.unit], Look.Purpose.PARCEL)
    of_unit = one.unit or one.building.parcel.unit
    hold = Hold.objects.standing().filter(unit=of_unit, unit__isnull=False).select_related("case").first()
    may_prepare = access.can_prepare(request.user, place)
    acts = FLAT_ACTS if one.unit else ("first",)
    context = {
        "flat": one,
        "parcel": one.building.parcel,
        "rights": Right.objects.visible_to(request.user).in_force().filter(unit=one.unit).with_shares()
        if one.unit
        else (),
        "hold": hold,
        "may_prepare": may_prepare,
        "is_registered": one.unit is not None,
        "acts": [(act, parcels.ACTS[act]) for act in acts] if may_prepare and hold is None else (),
    }
    return render(request, "property/flat.html", context)


def prepare(request, pk, act):
    """An act over a flat: the page of the act over its parcel, with the flat's unit in the place of the land's."""
    one = found(pk)
    if act not in (FLAT_ACTS if one.unit else ("first",)):
        raise Http404
    return parcels.prepare(request, one.building.parcel_id, act, flat=one)
