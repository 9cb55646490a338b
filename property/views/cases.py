"""The page of a case: what it would do, or has done, and the moves that its reader may make."""

from django.contrib import messages
from django.db.models import Q
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from gis_layers.plans.forms import posted, tell
from muni.core.errors import DomainError
from property import access
from property.clock import clock_of
from property.forms import MoveForm, ShapesForm, SourceForm
from property.models import BuildingUnit, Case, Look, Parcel, PropertyUnit
from property.services import cases, looks, parcels, sources, surveys
from property.services.holding import to_shapely
from property.services.sources import with_scans
from property.views.maps import map_of, map_of_survey
from property.views.parcels import ACTS
from property.workflow import MOVES, TRANSITIONS

DO = {
    "submit": cases.submit,
    "ask": cases.ask,
    "resume": cases.resume,
    "withdraw": cases.withdraw,
    "sign": cases.sign,
    "return": cases.give_back,
    "refuse": cases.refuse,
}


def visible_case(request, pk):
    """The case, or 404 for whoever may not see it."""
    rows = Case.objects.visible_to(request.user).select_related("place", "opened_by", "submitted_by", "signed_by")
    return get_object_or_404(rows, pk=pk)


@require_safe
def case_page(request, pk):
    return case_shown(request, visible_case(request, pk))


def case_shown(request, case, source_form=None):
    """The page; source_form: as it was sent back with errors."""
    touched = Parcel.objects.filter(
        Q(unit__holds__case=case, status="current") | Q(holds__case=case) | Q(opened_by=case) | Q(closed_by=case)
    ).distinct()
    if case.kind != Case.Kind.SURVEY:  # nobody has a right over what a survey brings
        shown = PropertyUnit.objects.filter(Q(holds__case=case) | Q(opened_by=case)).distinct()
        looks.note(request.user, shown, Look.Purpose.CASE, case=case)
    outcome = cases.outcome(case) if case.has_ended else cases.simulate(case)
    context = {
        "case": case,
        "outcome": outcome,
        "clock": clock_of(case),
        "flats": BuildingUnit.objects.filter(Q(unit__holds__case=case) | Q(pk=case.proposal.get("flat"))).distinct(),
        "change_of": _change_of(request.user, case),
        "parcels": touched.defer("geom", "geom_3857")[: cases.LISTED],
        "most": cases.LISTED,
        "moves": [(move, MOVES[move]) for move in access.moves_open_to(request.user, case)],
        "form": MoveForm(),
        "steps": [(step, MOVES[step.move]) for step in case.steps.select_related("by")],
        "sources": with_scans(case),
        "source_form": (source_form or SourceForm()) if sources.can_change(request.user, case) else None,
    }
    if "list" in case.proposal:
        context["listed"] = case.proposal["list"]
        context["may_draw"] = parcels.awaits_shapes(case) and access.can_prepare(request.user, case.place)
    if case.kind == Case.Kind.SURVEY:
        context["survey"] = surveys.survey_of(case)
        context["map"] = map_of_survey(request.user, context["survey"])
    else:
        areas = [right.geom for right in outcome.opened_rights if right.geom]
        context["map"] = map_of(request.user, touched, areas=areas)
    return render(request, "property/case.html", context)


def shapes(request, pk):
    """Where the parcels of a split that began with a list are drawn."""
    case = visible_case(request, pk)
    if not parcels.awaits_shapes(case) or not access.can_prepare(request.user, case.place):
        raise Http404
    parcel = Parcel.objects.current().get(unit__holds__case=case)
    form = ShapesForm(*posted(request))
    if request.method == "POST" and form.is_valid():
        areas = [float(area) for _number, area in case.proposal["list"]]
        try:
            parcels.give_shapes(case, form.parts(to_shapely(parcel.geom), areas), by=request.user)
        except DomainError as error:
            tell(form, error)
        else:
            messages.success(request, _("The new parcels are drawn. Look at what the case would do, then submit it."))
            return redirect("property:case", case.pk)
    context = {
        "parcel": parcel,
        "form": form,
        "act": "shapes",
        "listed": case.proposal["list"],
        "title": _("Draw the new parcels"),
        "map": map_of(request.user, Parcel.objects.filter(pk=parcel.pk), cutting=True),
    }
    return render(request, "property/prepare.html", context)


def _change_of(user, case):
    """The parcel on whose page a case in preparation is changed, where this user may change it."""
    is_open = (
        case.state == Case.State.DRAFT
        and case.kind in ACTS
        and "flat" not in case.proposal
        and access.can_move(user, case, "submit")
    )
    if not is_open:
        return None
    return Parcel.objects.current().filter(Q(unit__holds__case=case) | Q(holds__case=case)).order_by("pk").first()


@require_POST
def move(request, pk, move):
    if move not in TRANSITIONS:
        raise Http404
    case = visible_case(request, pk)
    form = MoveForm(*posted(request))
    note = form.cleaned_data["note"] if form.is_valid() else ""
    try:
        DO[move](case, by=request.user, note=note)
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("Done: %(act)s.") % {"act": MOVES[move]})
    return redirect("property:case", case.pk)
