"""The workplace of registrars and approvers: what waits for them, and finding a parcel."""

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.shortcuts import render
from django.views.decorators.http import require_safe

from muni.core.text import Fold, fold
from muni.places.querysets import below
from property.clock import with_clocks
from property.forms import FindForm
from property.models import Case, CitizenRequest, Parcel, Party, PropertyUnit, Right
from property.querysets import SEES_PERSONS
from property.services import looks
from property.workflow import PREPARE, SIGN

FOUND = 50
_LISTED = 100


@require_safe
def desk(request):
    user = request.user
    if not user.has_perm(SEES_PERSONS):
        raise PermissionDenied
    form = FindForm(request.GET or None)
    found = find(user, form.cleaned_data) if form.is_valid() and any(form.cleaned_data.values()) else None
    cases = Case.objects.visible_to(user).with_names()
    under_way = cases.under_way()
    signing = under_way.filter(below(user.granted_paths(SIGN), "place__path"), state=Case.State.SUBMITTED)
    waiting, mine, others = with_clocks(
        signing.exclude(Q(opened_by=user) | Q(submitted_by=user)).order_by("due_on", "pk")[:_LISTED],
        under_way.filter(opened_by=user)[:_LISTED],
        under_way.exclude(opened_by=user).exclude(pk__in=signing.values("pk"))[:_LISTED],
    )
    context = {
        "most": FOUND,
        "form": form,
        "found": found,
        "waiting": waiting,
        "mine": mine,
        "others": others,
        "ended": cases.filter(state__in=Case.ENDED).order_by("-ended_at", "-pk")[:10],
        "requests": CitizenRequest.objects.visible_to(user).waiting().order_by("sent_at", "pk")[:_LISTED],
        "may_prepare": user.has_perm(PREPARE),
    }
    return render(request, "property/desk.html", context)


def find(user, asked):
    """Current parcels of the user's registers by number, block, or a person who holds a right over them."""
    rows = Parcel.objects.current().filter(below(user.granted_paths(SEES_PERSONS), "block__place__path"))
    for name, column in (("parcel_no", "parcel_no"), ("block", "block_no")):
        if asked[name]:
            rows = rows.alias(**{f"_{name}": Fold(column)}).filter(**{f"_{name}": fold(asked[name])})
    if asked["person"].strip():
        persons = Party.objects.visible_to(user).named_like(asked["person"])
        held = Right.objects.in_force().filter(shares__party__in=persons)
        rows = rows.filter(unit__in=held.values("unit"))
    found = list(rows.defer("geom", "geom_3857").order_by("block_no", "parcel_no", "pk")[:FOUND])
    if asked["person"].strip():
        looks.note_search(user, PropertyUnit.objects.filter(pk__in=[parcel.unit_id for parcel in found]))
    return found
