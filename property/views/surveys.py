"""Bulk registration: bring a survey file, say what its columns mean, read the cleaning report, open the case."""

import csv
import json

from django.conf import settings
from django.contrib import messages
from django.contrib.gis.db.models.functions import AsGeoJSON, AsWKT, Transform
from django.core.exceptions import PermissionDenied
from django.http import Http404, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_POST, require_safe

from gis_layers.importing import crs, uploads
from gis_layers.importing import services as importing
from gis_layers.importing.forms import TITLES
from gis_layers.importing.preview import preview
from gis_layers.plans.forms import tell
from muni.core.errors import DomainError
from muni.core.srids import LONLAT
from muni.core.text import harmless
from property import access
from property.models import Survey, SurveyRow
from property.services import surveys
from property.survey_forms import MeaningForm, SurveyForm
from property.views.maps import map_of_survey
from property.workflow import PREPARE

LISTED = 100
_REPORTED = ("parcel_no", "block_no", "block_name", "land_kind", "land_use", "area_m2", "accuracy_m")


@csrf_exempt  # the token is in the body, which is only read once its length is known: _receive checks it
def bring(request):
    """The surveys at hand, and a file for another one."""
    if not request.user.has_perm(PREPARE):
        raise PermissionDenied
    if request.method == "POST":
        try:
            uploads.refuse_early(request)
        except uploads.FileTooLarge as error:
            return _bring_page(request, SurveyForm(user=request.user), error)
        request.upload_handlers = [uploads.StreamingHandler(request)]
    return _receive(request)


@csrf_protect
def _receive(request):
    if request.method != "POST":
        return _bring_page(request, SurveyForm(user=request.user))
    form = SurveyForm(request.POST, request.FILES, user=request.user)
    if getattr(request, "upload_too_large", False):
        return _bring_page(request, SurveyForm(user=request.user), uploads.too_large())
    if not form.is_valid():
        return _bring_page(request, form)
    survey = surveys.receive(form.cleaned_data["file"], place=form.cleaned_data["place"], by=request.user)
    return redirect("property:survey", survey.pk)


def _bring_page(request, form, refusal=None):
    at_hand = Survey.objects.visible_to(request.user).at_hand().select_related("place", "made_by", "case")
    context = {"form": form, "refusal": refusal, "limit": settings.IMPORT_MAX_BYTES, "surveys": at_hand[:LISTED]}
    status = refusal.status if refusal else 400 if form.errors else 200
    return render(request, "property/surveys/bring.html", context, status=status)


def survey(request, pk):
    """One address for the whole way: progress, meaning of the columns, cleaning report."""
    found = _visible(request.user, pk)
    may_prepare = access.can_prepare(request.user, found.place)
    if found.state == Survey.State.WAITING and not request.htmx:
        if not may_prepare:
            raise PermissionDenied
        return _meaning(request, found)
    context = {"survey": found, "job": found, "may_prepare": may_prepare}
    is_over = found.has_ended or found.state == Survey.State.WAITING
    if request.htmx and not is_over:
        return render(request, "gis_layers/importing/progress_bar.html", context)
    if not found.has_ended:
        response = render(request, "property/surveys/progress.html", context)
    else:
        response = render(request, "property/surveys/report.html", context | _report(request, found))
    if request.htmx:
        response.headers["HX-Refresh"] = "true"
    return response


def _report(request, found):
    titles = dict(SurveyRow.Finding.choices)
    asked = request.GET.get("finding") if request.GET.get("finding") in titles else ""
    rows = found.rows.remarkable().defer("geom", "told").order_by("is_accepted", "number")
    if asked:
        rows = rows.filter(findings__contains=[[asked]])
    is_open = found.case is not None and found.case.state not in {"withdrawn", "refused"}
    return {
        "counts": [
            (code, titles[code], found.counts[code], code in SurveyRow.REMARKS)
            for code in titles
            if code in found.counts
        ],
        "asked": asked,
        "rows": rows[:LISTED],
        "listed": LISTED,
        "is_open": is_open,
        "map": map_of_survey(request.user, found),
    }


def _meaning(request, found):
    posted = request.POST if request.method == "POST" else None
    sublayer = (posted or {}).get("sublayer")
    facts = next((f for f in found.facts if f["name"] == sublayer), found.facts[0])
    encoding = (posted or {}).get("encoding")
    if encoding and facts["encoding"] and encoding != facts["encoding"]["name"]:
        try:
            importing.look_again(found, sublayer=facts["name"], encoding=encoding)
        except DomainError as error:
            messages.error(request, error.message)
        facts = next(f for f in found.facts if f["name"] == facts["name"])
    is_checked = posted is not None and posted.get("act") == "check"
    form = MeaningForm(
        posted if is_checked else None,
        facts=facts,
        all_facts=found.facts,
        initial=_initial(found, facts, posted),
    )
    if is_checked and _choose(found, form, facts):
        return redirect("property:survey", found.pk)
    crs_text = (form.data if form.is_bound else form.initial).get("crs") or ""
    context = {
        "survey": found,
        "form": form,
        "facts": facts,
        "format": TITLES.get(facts["format"], facts["format"]),
        "preview": preview(facts, crs_text),
        "known_crs": [(f"EPSG:{code}", title) for code, title in crs.COMMON],
    }
    return render(request, "property/surveys/meaning.html", context, status=400 if form.errors else 200)


def _initial(found, facts, posted):
    """What was typed so far, or chosen when the file was checked last."""
    before = found.choices if found.choices.get("sublayer") == facts["name"] else {}
    told = {f"column_{target}": name for target, name in before.get("columns", {}).items()}
    told |= {f"default_{target}": value for target, value in before.get("defaults", {}).items()}
    told |= {name: before[name] for name in ("crs", "survey_source", "tolerance") if name in before}
    told |= {name: value for name, value in (posted.items() if posted else ()) if not name.startswith("column_")}
    told.setdefault("crs", (facts["crs"] or {}).get("code") or "")
    return told | {"sublayer": facts["name"], "encoding": (facts["encoding"] or {}).get("name")}


def _choose(found, form, facts):
    try:
        if not form.is_valid():
            return False
        surveys.choose(found, **form.choices(facts["name"]))
    except DomainError as error:
        _tell(form, error)
        return False
    surveys.queue(found)
    return True


def _tell(form, error):
    """The service knows targets; the form has a column and what holds otherwise for each."""
    error.fields = {f"column_{name}" if name in surveys.TARGETS else name: said for name, said in error.fields.items()}
    if "crs" in error.fields:
        error.fields["crs"] = error.message
    tell(form, error)


ACTS = {
    "again": surveys.change_choices,
    "drop": surveys.throw_away,
}


@require_POST
def act(request, pk, act):
    """Opens the case, goes back to the choices, or throws the file away."""
    found = _visible(request.user, pk)
    try:
        if act == "open":
            case = surveys.open_survey(found, by=request.user, note=request.POST.get("note", ""))
            messages.success(request, _("The case is open. Look at what it would do, then submit it."))
            return redirect("property:case", case.pk)
        if act not in ACTS:
            raise Http404
        ACTS[act](found, by=request.user)
    except DomainError as error:
        messages.error(request, error.message)
        return redirect("property:survey", pk)
    return redirect("property:surveys") if act == "drop" else redirect("property:survey", pk)


@require_safe
def report_csv(request, pk):
    """Every row of the file with its outcome; rejected ones with their outline as WKT in the house's coordinates."""
    found = _ended(request.user, pk)
    names = found.choices["fields"]
    rows = found.rows.annotate(wkt=AsWKT("geom")).defer("geom").order_by("number")
    titles = [str(SurveyRow._meta.get_field(name).verbose_name) for name in _REPORTED]

    def lines():
        yield [_("row"), _("outcome"), _("findings"), *titles, *names, "wkt"]
        for row in rows.iterator(2000):
            outcome = _("accepted") if row.is_accepted else _("rejected")
            said = "; ".join(sentence for _code, sentence in row.findings)
            facts = [getattr(row, name) for name in _REPORTED]
            values = [row.told.get(name, "") for name in names]
            yield [row.number, outcome, *map(_safe, [said, *facts, *values]), "" if row.is_accepted else row.wkt]

    answer = StreamingHttpResponse(_as_csv(lines()), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="survey-{found.pk}.csv"'
    return answer


class _Line:
    """What csv.writer wrote last."""

    def write(self, text):
        return text


def _as_csv(lines):
    writer = csv.writer(_Line())
    yield "\ufeff"
    for line in lines:
        yield writer.writerow(line)


def _safe(value):
    return harmless(value) if isinstance(value, str) else value


@require_safe
def rejected_geojson(request, pk):
    """Rejected rows with their reasons, in longitude and latitude; without geometry where it is unusable."""
    found = _ended(request.user, pk)
    rows = found.rows.rejected().annotate(shape=AsGeoJSON(Transform("geom", LONLAT), precision=9)).defer("geom")

    def parts():
        yield '{"type": "FeatureCollection", "features": ['
        for position, row in enumerate(rows.order_by("number").iterator(2000)):
            properties = {
                "row": row.number,
                "findings": "; ".join(sentence for _code, sentence in row.findings),
                "codes": [code for code, _sentence in row.findings],
                **row.told,
            }
            yield (
                f"{',' if position else ''}\n"
                f'{{"type": "Feature", "id": {row.number}, "geometry": {row.shape or "null"},'
                f' "properties": {json.dumps(properties, ensure_ascii=False)}}}'
            )
        yield "\n]}"

    answer = StreamingHttpResponse(parts(), content_type="application/geo+json")
    answer["Content-Disposition"] = f'attachment; filename="rejected-{found.pk}.geojson"'
    return answer


def _visible(user, pk):
    rows = Survey.objects.visible_to(user).exclude(state=Survey.State.CANCELLED)
    return get_object_or_404(rows.select_related("place", "made_by", "case"), pk=pk)


def _ended(user, pk):
    found = _visible(user, pk)
    if found.state != Survey.State.DONE:
        raise Http404
    return found
