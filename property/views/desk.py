"""The workplace of registrars and approvers: what waits for them, and finding a parcel."""

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.shortcuts import render
from django.views.decorators.http import require_safe

from muni.core.text import Fold, fold
from muni.places.querysets import below
from property.access import PROPOSING
from property.clock import with_clocks
from property.forms import FindForm
from property.models import Block, BuildingUnit, Case, CitizenRequest, Parcel, Party, PropertyUnit, Right, Step
from property.querysets import SEES_PERSONS
from property.services import looks
from property.workflow import PREPARE, SIGN

FOUND = 50
PERSONS = 500
"""Of that name whose parcels are looked for: more of them are no answer to anybody."""

LEAST_LETTERS = 3
"""Of a name: three letters make a trigram, which the index finds."""

_LISTED = 100


@require_safe
def desk(request):
    user = request.user
    if not user.has_perm(SEES_PERSONS):
        raise PermissionDenied
    form = FindForm(request.GET or None)
    found = find(user, form.cleaned_data) if form.is_valid() and any(form.cleaned_data.values()) else None
    if request.htmx:
        return render(request, "property/parts/found.html", {"found": found, "most": FOUND})
    cases = Case.objects.visible_to(user).with_names()
    under_way = cases.under_way()
    signing = under_way.filter(below(user.granted_paths(SIGN), "place__path"), state=Case.State.SUBMITTED)
    proposed = Step.objects.filter(by=user, move__in=PROPOSING).values("case")
    signing = signing.exclude(Q(opened_by=user) | Q(submitted_by=user) | Q(pk__in=proposed))
    waiting, mine, others = with_clocks(
        signing.order_by("due_on", "pk")[:_LISTED],
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
    blocks = Block.objects.filter(below(user.granted_paths(SEES_PERSONS), "place__path"))
    if asked["block"]:
        blocks = blocks.alias(_number=Fold("number")).filter(_number=fold(asked["block"]))
    rows = Parcel.objects.current().filter(block__in=blocks).numbered(asked["parcel_no"])
    if person := asked["person"].strip():
        if len(fold(person)) < LEAST_LETTERS:
            return rows.none()
        # Asked for first: beside the parcels the planner would walk through all of them in the order of their numbers.
        persons = list(
            Party.objects.visible_to(user).named_like(person).order_by().values_list("pk", flat=True)[:PERSONS]
        )
        held = Right.objects.in_force().filter(shares__party__in=persons).order_by()
        units = list(held.values_list("unit", flat=True)[:PERSONS])
        flats = BuildingUnit.objects.filter(unit__in=units).order_by().values_list("building__parcel", flat=True)
        rows = rows.filter(Q(unit__in=units) | Q(pk__in=list(flats)))
    found = list(rows.defer("geom", "geom_3857")[:FOUND])
    if person:
        looks.note_search(user, PropertyUnit.objects.filter(pk__in=[parcel.unit_id for parcel in found]))
    return found
