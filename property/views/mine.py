"""A citizen's own pages: what they hold, where cases stand, what they ask, and who looked. Nothing here names another
person, and looking at one's own record leaves no row."""

from dataclasses import dataclass

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from gis_layers.plans.forms import posted
from muni.core.errors import DomainError
from property import holders
from property.clock import clock_of
from property.holder_forms import ReportForm
from property.models import BuildingUnit, Case, CitizenRequest, Identification, Parcel, Share
from property.services import citizens
from property.views.maps import map_of
from property.workflow import STANDS

_LISTED = 50
_LOOKS = 30


@dataclass(frozen=True)
class Held:
    """A unit with the person's own shares: [(Right, Fraction)]."""

    unit: object
    rights: list

    @property
    def parcels(self):
        return self.unit.current_parcels


def held_by(user, **narrowed):
    """[Held], the latest first."""
    cards = holders.cards_of(user)
    own = Share.objects.filter(party__in=cards)
    rights = holders.rights_of(user).in_force().filter(**narrowed).order_by("-valid_from", "-pk")
    parcels = Parcel.objects.current().select_related("block__place").defer("geom", "geom_3857")
    flats = BuildingUnit.objects.select_related("building__parcel").defer("building__parcel__geom", "building__geom")
    rights = rights.select_related("unit__place").prefetch_related(
        Prefetch("shares", own, to_attr="own"),
        Prefetch("unit__parcels", parcels, to_attr="current_parcels"),
        Prefetch("unit__building_units", flats, to_attr="flats"),
    )
    found = {}
    for right in rights:
        part = sum(share.fraction for share in right.own)
        found.setdefault(right.unit_id, Held(right.unit, [])).rights.append((right, part))
    return list(found.values())


def my_unit(request, pk):
    return get_object_or_404(holders.units_of(request.user).select_related("place"), pk=pk)


@require_safe
def mine(request):
    """What the person holds; to whoever is not known to a register yet, how to become so."""
    known = Identification.objects.standing().filter(user=request.user).select_related("party__place")
    cases = holders.cases_of(request.user)
    context = {
        "known": known,
        "properties": held_by(request.user),
        "cases": cases.under_way()[:_LISTED],
        "ended": cases.filter(state__in=Case.ENDED).order_by("-ended_at", "-pk")[:_LISTED],
        "requests": holders.requests_of(request.user)[:_LISTED],
    }
    return render(request, "property/mine/list.html", context)


@require_POST
def code(request):
    """The code to read out at the counter; shown once."""
    return render(request, "property/mine/code.html", {"code": citizens.make_code(request.user)})


@require_POST
def leave(request, pk):
    """The person of the account parts from a card."""
    own = get_object_or_404(Identification.objects.standing().filter(user=request.user), pk=pk)
    citizens.end_identification(own, by=request.user)
    messages.success(request, _("Your account is no longer joined to this register."))
    return redirect("property:mine")


@require_safe
def unit_page(request, pk):
    unit = my_unit(request, pk)
    (held,) = held_by(request.user, unit=unit)
    burdens = unit.rights.in_force().exclude(pk__in=[right.pk for right, _part in held.rights])
    context = {
        "held": held,
        "unit": unit,
        "burdens": burdens.order_by("valid_from", "pk"),
        "cases": holders.cases_of(request.user).filter(holds__unit=unit).distinct()[:_LISTED],
        "map": map_of(request.user, unit.parcels.current()),
    }
    return render(request, "property/mine/unit.html", context)


@require_safe
def looks(request, pk):
    unit = my_unit(request, pk)
    rows = holders.looks_at(unit, request.user).select_related("department", "role", "case").order_by("-at", "-pk")
    (held,) = held_by(request.user, unit=unit)
    page = Paginator(rows, _LOOKS).get_page(request.GET.get("page"))
    return render(request, "property/mine/looks.html", {"unit": unit, "held": held, "page": page})


@require_safe
def case_page(request, pk):
    case = get_object_or_404(holders.cases_of(request.user), pk=pk)
    last = case.steps.last()
    context = {
        "mine": case,
        "clock": clock_of(case),
        "question": last.note if last and case.state == Case.State.ASKED else "",
        "stands": STANDS[case.state],
        "since": last.at if last else case.opened_at,
        "stages": stages(case),
        "parcels": Parcel.objects.recorded().filter(unit__holds__case=case).defer("geom", "geom_3857").distinct(),
    }
    return render(request, "property/mine/case.html", context)


def stages(case):
    """[(title, when or None, "done", "now" or "coming")] of a case, in order."""
    handed = case.submitted_at if case.state != Case.State.DRAFT else None
    ended = {
        Case.State.REFUSED: _("Refused"),
        Case.State.WITHDRAWN: _("Withdrawn"),
    }.get(case.state, _("Signed and in the register"))
    steps = [(_("Opened by the office"), case.opened_at), (_("Prepared and submitted"), handed), (ended, case.ended_at)]
    if case.has_ended:
        return [(title, at, "done") for title, at in steps if at]
    first = next(number for number, (_title, at) in enumerate(steps) if at is None)
    looks_like = {True: "done", False: "coming"}
    return [
        (title, at, "now" if number == first else looks_like[number < first])
        for number, (title, at) in enumerate(steps)
    ]


def _key(unit):
    return f"report-{unit.pk}"


def report(request, pk):
    """What is wrong; kept in the session until it is checked and sent."""
    unit = my_unit(request, pk)
    form = ReportForm(*posted(request), initial=request.session.get(_key(unit)))
    if request.method == "POST" and form.is_valid():
        request.session[_key(unit)] = form.cleaned_data
        return redirect("property:report_check", pk)
    (held,) = held_by(request.user, unit=unit)
    return render(request, "property/mine/report.html", {"unit": unit, "held": held, "form": form})


def report_check(request, pk):
    unit = my_unit(request, pk)
    kept = request.session.get(_key(unit))
    if not kept:
        return redirect("property:report", pk)
    refusal = None
    if request.method == "POST":
        try:
            sent = citizens.send_request(unit, CitizenRequest.Kind.ERROR, by=request.user, **kept)
        except DomainError as error:
            refusal = error
        else:
            del request.session[_key(unit)]
            return redirect("property:my_request", sent.pk)
    (held,) = held_by(request.user, unit=unit)
    subject = CitizenRequest.Subject(kept["subject"]).label
    context = {"unit": unit, "held": held, "kept": kept, "subject": subject, "refusal": refusal}
    return render(request, "property/mine/report_check.html", context)


def extract(request, pk):
    """Orders an extract: what it holds and what happens next, then one button."""
    unit = my_unit(request, pk)
    refusal = None
    if request.method == "POST":
        try:
            sent = citizens.send_request(unit, CitizenRequest.Kind.EXTRACT, by=request.user)
        except DomainError as error:
            refusal = error
        else:
            return redirect("property:my_request", sent.pk)
    (held,) = held_by(request.user, unit=unit)
    return render(request, "property/mine/extract.html", {"unit": unit, "held": held, "refusal": refusal})


@require_safe
def request_page(request, pk):
    asked = get_object_or_404(holders.requests_of(request.user).select_related("unit", "case", "paper"), pk=pk)
    parcels = asked.unit.parcels.recorded().defer("geom", "geom_3857")
    return render(request, "property/mine/request.html", {"asked": asked, "parcels": parcels})
