"""The page of a parcel, and the pages on which a registrar prepares acts over it."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from gis_layers.plans.forms import posted, tell
from muni.core.errors import BadRequest, DomainError
from muni.places.models import Place
from muni.places.querysets import below
from property import access, burden_forms, forms
from property.boundary_forms import BoundaryForm
from property.models import Case, CitizenRequest, Hold, Look, Parcel, Right
from property.panels import panels_for
from property.services import cases, citizens, encumbrances, first, looks, parcels, transfer
from property.services.buildings import open_flat
from property.services.cards import card
from property.services.holding import to_shapely
from property.views.maps import map_of, map_of_places
from property.workflow import PREPARE

_NEIGHBOURS = 12
_WITH_NEIGHBOURS = ("merge", "boundary")


def recorded(pk):
    rows = Parcel.objects.recorded().measured().select_related("block__place", "unit__place")
    return get_object_or_404(rows, pk=pk)


@require_safe
def parcel_page(request, pk):
    if not request.user.has_perm("property.view_parcel"):
        raise PermissionDenied
    parcel = recorded(pk)
    held = Hold.objects.standing().filter(Q(parcel=parcel) | Q(unit=parcel.unit_id, unit__isnull=False))
    place = parcel.unit.place if parcel.unit else parcel.block.place
    may_prepare = access.can_prepare(request.user, place) and parcel.status == Parcel.Status.CURRENT
    hold = held.select_related("case").first()
    sees_cases = access.can_see_persons(request.user, place)
    if parcel.unit and sees_cases:
        looks.note(request.user, [parcel.unit], Look.Purpose.PARCEL)
    shown = Q(pk=pk)
    if sees_cases:  # what is only proposed is nobody else's business
        shown |= Q(status="pending", parents=pk)
    context = {
        "parcel": parcel,
        "panels": panels_for(request, parcel, hold=hold),
        "hold": hold,
        "may_open_case": hold is not None and sees_cases,
        "acts": acts_over(parcel) if may_prepare and hold is None else (),
        "map": map_of(
            request.user,
            Parcel.objects.filter(shown).distinct(),
            areas=easements(request.user, parcel),
        ),
    }
    return render(request, "property/parcel.html", context)


def easements(user, parcel):
    """Areas of the easements on it, for those who may see its rights."""
    if parcel.unit is None:
        return []
    held = Right.objects.visible_to(user).in_force().filter(unit=parcel.unit, geom__isnull=False)
    return list(held.values_list("geom", flat=True))


ACTS = {
    "transfer": gettext_lazy("Transfer"),
    "split": gettext_lazy("Split the parcel"),
    "merge": gettext_lazy("Merge with neighbours"),
    "mortgage": gettext_lazy("Mortgage"),
    "seizure": gettext_lazy("Seizure"),
    "easement": gettext_lazy("Easement"),
    "usufruct": gettext_lazy("Usufruct"),
    "waqf": gettext_lazy("Waqf condition"),
    "claim": gettext_lazy("Tenure claim"),
    "boundary": gettext_lazy("Correct the boundary"),
    "error": gettext_lazy("Correct an error"),
    "first": gettext_lazy("First registration"),
}


UNOWNED = ("first", "split", "merge", "error")
"""What can be done with a parcel of a survey before anybody has a right over it."""


def acts_over(parcel):
    """[(name, title)] of the acts that can be prepared over a current parcel."""
    if first.is_without_rights(parcel):
        return [("first", ACTS["first"])] if parcel.unit is None else [(name, ACTS[name]) for name in UNOWNED]
    return [(name, title) for name, title in ACTS.items() if name != "first"]


def prepare(request, pk, act, flat=None):
    """One act over a parcel, or over a flat that stands on it, on a page of its own."""
    parcel = recorded(pk)
    parcel.flat = flat
    if flat and flat.unit:
        parcel.unit = flat.unit
    place = parcel.unit.place if parcel.unit else parcel.block.place
    if not access.can_prepare(request.user, place) or not access.can_see_persons(request.user, place):
        raise PermissionDenied
    if parcel.status != Parcel.Status.CURRENT or (flat is None and act not in dict(acts_over(parcel))):
        raise Http404
    form = _form(request, parcel, act)
    if parcel.unit and request.method == "GET":
        looks.note(request.user, [parcel.unit], Look.Purpose.PREPARE)
    asked, changed = _asked(request, parcel), _changed(request, parcel, act)
    context = {"parcel": parcel, "form": form, "act": act, "title": ACTS[act], "changed": changed, "flat": flat}
    if form is None:
        messages.error(request, _("Nobody holds a title over this property yet, so nothing can be transferred."))
        return redirect("property:parcel", pk)
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():  # a card made for a refused act goes with it
                if changed:
                    case = cases.change(changed, lambda: OPEN[act](parcel, form, request.user), by=request.user)
                else:
                    case = OPEN[act](parcel, form, request.user)
                if asked:
                    citizens.turn_into_case(asked, case, by=request.user)
        except DomainError as error:
            tell(form, error)
        else:
            done = _("The case was changed.") if changed else _("The case is open.")
            messages.success(request, done + " " + _("Look at what it would do, then submit it."))
            return redirect("property:case", case.pk)
    if act in ("split", "merge", "easement", "boundary"):
        shown = (
            Parcel.objects.filter(pk=pk) | neighbours(parcel)
            if act in _WITH_NEIGHBOURS
            else Parcel.objects.filter(pk=pk)
        )
        context["map"] = map_of(request.user, shown, cutting=act not in _WITH_NEIGHBOURS)
    return render(request, "property/prepare.html", context)


def _asked(request, parcel):
    """The holder's request that this act is to settle, named in the address."""
    number = request.GET.get("request", "")
    if not number.isdecimal() or parcel.unit is None:
        return None
    return CitizenRequest.objects.visible_to(request.user).waiting().filter(pk=number, unit=parcel.unit).first()


def _changed(request, parcel, act):
    """The case in preparation that the page is to change, named in the address."""
    number = request.GET.get("case", "")
    if not number.isdecimal():
        return None
    held = Q(holds__parcel=parcel) | Q(holds__unit=parcel.unit_id, holds__unit__isnull=False)
    mine = Case.objects.visible_to(request.user).filter(held, state=Case.State.DRAFT, kind=act)
    return get_object_or_404(mine.distinct(), pk=number)


def _form(request, parcel, act):
    match act:
        case _ if act in burden_forms.FORMS:
            return burden_forms.FORMS[act](*posted(request), parcel=parcel)
        case "transfer":
            title = title_of(parcel)
            return title and forms.TransferForm(*posted(request), right=title)
        case "merge":
            return forms.MergeForm(*posted(request), neighbours=neighbours(parcel))
        case "boundary":
            near = neighbours(parcel).select_related("unit__place")[:_NEIGHBOURS]
            return BoundaryForm(*posted(request), parcel=parcel, neighbours=near)
        case "error":
            facts = {name: getattr(parcel, name) for name in parcels.CORRECTABLE}
            return forms.ErrorForm(*posted(request), initial=facts)
    return {
        "split": forms.SplitForm,
        "first": forms.FirstForm,
    }[act](*posted(request))


def title_of(parcel):
    """What is transferred: the right of disposal where there is one, else the ownership."""
    titles = Right.objects.in_force().filter(unit=parcel.unit, kind__in=Right.TITLES)
    return titles.order_by("kind").with_shares().first()


def neighbours(parcel):
    """Registered parcels that touch it, of the same block."""
    near = Parcel.objects.current().filter(block=parcel.block, unit__place=parcel.unit.place)
    return near.filter(geom__dwithin=(parcel.geom, 0.01)).exclude(pk=parcel.pk).order_by("parcel_no", "pk")


def _open_transfer(parcel, form, by):
    told = form.cleaned_data
    taker = card(parcel.unit.place, by=by, **form.card)
    return transfer.open_transfer(
        title_of(parcel),
        [(told["giver"], taker, told["part"])],
        ground=told["ground"],
        price=told["price"],
        note=told["note"],
        by=by,
    )


def _open_split(parcel, form, by):
    if form.cleaned_data["way"] == form.LIST:
        listed, note = form.cleaned_data["listed"], form.cleaned_data["note"]
        return parcels.open_listed_split(parcel.unit, listed, note=note, by=by)
    shapes = form.parts(to_shapely(parcel.geom))
    numbers = form.cleaned_data["numbers"].split()
    return parcels.open_split(parcel.unit, shapes, numbers=numbers, note=form.cleaned_data["note"], by=by)


def _open_merge(parcel, form, by):
    told = form.cleaned_data
    units = [parcel.unit, *(other.unit for other in told["others"])]
    return parcels.open_merge(units, number=told["number"], note=told["note"], by=by)


def _open_burden(act):
    def opened(parcel, form, by):
        facts = form.facts()
        area = [facts.pop("area")] if "area" in facts else []
        who = "creditor" if act == "mortgage" else "authority" if act == "seizure" else "holder"
        facts[who] = card(parcel.unit.place, by=by, **form.card)
        return BURDENS[act](parcel.unit, *area, by=by, **facts)

    return opened


BURDENS = {
    "mortgage": encumbrances.open_mortgage,
    "seizure": encumbrances.open_seizure,
    "easement": encumbrances.open_easement,
    "usufruct": encumbrances.open_usufruct,
    "waqf": encumbrances.open_waqf,
    "claim": encumbrances.open_claim,
}


def _open_first(parcel, form, by):
    told = form.cleaned_data
    if parcel.flat:
        owner = card(parcel.unit.place, by=by, **form.card)
        return open_flat(parcel.flat, told["right"], [(owner, 1)], note=told["note"], by=by)
    place = parcel.unit.place if parcel.unit else parcel.block.place
    owner = card(place, by=by, **form.card)
    return first.open_first(parcel, told["right"], [(owner, 1)], place=place, note=told["note"], by=by)


def _open_boundary(parcel, form, by):
    outlines = form.outlines()
    if not outlines:
        raise BadRequest(_("No corner was changed."))
    return parcels.open_boundary_correction(outlines, note=form.cleaned_data["note"], by=by)


def _open_error(parcel, form, by):
    return parcels.open_error_correction(parcel, note=form.cleaned_data["note"], by=by, **form.changed())


OPEN = {
    "transfer": _open_transfer,
    "split": _open_split,
    "merge": _open_merge,
    **{act: _open_burden(act) for act in BURDENS},
    "boundary": _open_boundary,
    "error": _open_error,
    "first": _open_first,
}


def new_parcel(request):
    """First registration of a parcel that is not on the map yet."""
    if not request.user.has_perm(PREPARE):
        raise PermissionDenied
    granted = below(request.user.granted_paths(PREPARE), "path")
    places = Place.objects.filter(granted, level=Place.Level.MUNICIPALITY).order_by("name_ar", "pk")
    form = forms.NewParcelForm(*posted(request), places=places)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        try:
            with transaction.atomic():
                owner = card(told["place"], by=request.user, **form.card)
                case = first.open_first_of_new(
                    told["place"],
                    told["shape"],
                    form.facts,
                    told["right"],
                    [(owner, 1)],
                    by=request.user,
                    note=told["note"],
                )
        except DomainError as error:
            tell(form, error)
        else:
            messages.success(request, _("The case is open. Look at what it would do, then submit it."))
            return redirect("property:case", case.pk)
    context = {
        "form": form,
        "act": "new",
        "title": _("First registration of a parcel that is not on the map"),
        "map": map_of_places(request.user, places),
    }
    return render(request, "property/prepare.html", context)


@require_POST
def end_right(request, pk):
    """Opens the case that releases a mortgage, lifts a seizure or ends another right."""
    right = get_object_or_404(Right.objects.visible_to(request.user).select_related("unit__place"), pk=pk)
    try:
        case = encumbrances.open_end(right, by=request.user)
    except DomainError as error:
        messages.error(request, error.message)
        parcel = right.unit.parcels.current().first()
        return redirect("property:parcel", parcel.pk) if parcel else redirect("property:desk")
    return redirect("property:case", case.pk)
