"""Pages of a layer's past, for those who may change or publish it: what was published once may have been taken back for
a reason."""

from datetime import datetime, time
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from gis_layers import access, features, parameters
from gis_layers.catalogue.manage import allowed_layer
from gis_layers.catalogue.views import map_data
from gis_layers.editing import services
from gis_layers.editing.access import can_open
from gis_layers.editing.dated import PastRegister, compare_days, dated_versions, is_dated, keeps_past
from gis_layers.editing.forms import DayForm, DaysForm
from gis_layers.editing.history import PastLayer, compare, revision_on, versions
from gis_layers.editing.merge import GEOMETRY, State
from gis_layers.editing.models import Changeset
from gis_layers.editing.presentation import label_of, rows_of, shapes, shown
from gis_layers.editing.published import wkb
from gis_layers.registry import source_of
from muni.core.errors import DomainError
from muni.core.http import error_response

PAGE = 40
IN_A_BOX = 2_000


def _layer(request, slug):
    """A layer whose past the user may see."""
    return allowed_layer(request, slug, access.can_see_past)


def _versioned(request, slug):
    """A planner-made one: rows of registers are dated and keep no revisions."""
    layer = _layer(request, slug)
    if layer.is_registered:
        raise Http404
    return layer


@require_safe
def history(request, slug):
    layer = _layer(request, slug)
    revisions = layer.revisions.select_related("by", "job")
    if layer.is_registered:
        return _register_s_history(request, layer, revisions)
    day = DayForm(request.GET if "on" in request.GET else None)
    if day.is_bound and day.is_valid():
        end_of_day = timezone.make_aware(datetime.combine(day.cleaned_data["on"], time.max))
        found = revision_on(layer, end_of_day)
        if found:
            return redirect("editing:revision", slug, found.revision)
        day.add_error("on", _("The layer had no revision yet on that day."))
    page = Paginator(revisions, PAGE).get_page(request.GET.get("page"))
    titles = Changeset.objects.in_bulk([each.changeset for each in page if each.changeset])
    return render(
        request,
        "editing/history.html",
        {
            "layer": layer,
            "page": page,
            "revisions": [(each, titles.get(each.changeset)) for each in page],
            "day": day,
            "may_revert": can_open(request.user, layer),
        },
    )


def _register_s_history(request, layer, revisions):
    """What changesets did to a register, those of other places left out."""
    seen = Changeset.objects.visible_to(request.user).filter(layer=layer)
    rows = revisions.filter(Q(changeset=None) | Q(changeset__in=seen.values("pk")))
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    titles = Changeset.objects.in_bulk([each.changeset for each in page if each.changeset])
    seen_places = {each.pk: can_open(request.user, layer, each.place) for each in titles.values()}
    context = {
        "layer": layer,
        "page": page,
        "revisions": [
            (each, titles.get(each.changeset), is_dated(layer) and seen_places.get(each.changeset)) for each in page
        ],
        "is_dated": is_dated(layer),
        "day": DayForm(request.GET if "on" in request.GET else None),
        "days": DaysForm(request.GET if "from" in request.GET else None),
    }
    day, days = context["day"], context["days"]
    if is_dated(layer) and day.is_bound and day.is_valid():
        return redirect("editing:on_day", layer.slug, day.cleaned_data["on"].isoformat())
    if is_dated(layer) and days.is_bound and days.is_valid():
        return redirect(f"{reverse('editing:comparison', args=[layer.slug])}?{urlencode(days.cleaned_data)}")
    return render(request, "editing/register_history.html", context)


@require_safe
def revision(request, slug, number):
    """The layer as it was at a revision, on the map."""
    layer = _versioned(request, slug)
    found = get_object_or_404(layer.revisions.select_related("by"), revision=number)
    source = PastLayer(layer, number)
    return render(
        request,
        "editing/revision.html",
        {
            "layer": layer,
            "revision": found,
            "count": source.rows(request.user).count(),
            "before": layer.revisions.filter(revision__lt=number).first(),
            "after": layer.revisions.filter(revision__gt=number).last(),
            "map": {
                **map_data(layer, request.user),
                "features": reverse("editing:revision_features", args=[slug, number]),
                "history": reverse("editing:feature_history", args=[slug, 0]),
            },
        },
    )


@require_safe
def revision_features(request, slug, number):
    """GeoJSON of a past revision in ?bbox=, at most IN_A_BOX features; `truncated` says that there are more."""
    return _in_box(request, PastLayer(_versioned(request, slug), number))


def _in_box(request, source):
    rows = source.rows(request.user)
    try:
        if "bbox" in request.GET:
            rows = features.in_lonlat_box(source, rows, *parameters.lonlat_box(request.GET["bbox"]))
        found = features.page(source, rows, features.feature_text(source), limit=IN_A_BOX)
    except DomainError as error:
        return error_response(error)
    body = found.collection(truncated=found.following is not None)
    return HttpResponse(body, content_type="application/geo+json", headers={"Cache-Control": "private, no-cache"})


def _dated(request, slug, day):
    """(layer, day) of a register whose rows are dated."""
    layer = _layer(request, slug)
    try:
        day = parse_date(day)
    except ValueError:
        day = None
    if day is None or not is_dated(layer):
        raise Http404
    return layer, day


@require_safe
def on_day(request, slug, day):
    """A register as it was on a day, on the map."""
    layer, day = _dated(request, slug, day)
    return render(
        request,
        "editing/on_day.html",
        {
            "layer": layer,
            "day": day,
            "count": PastRegister(layer, day).rows(request.user).count(),
            "map": {
                **map_data(layer, request.user),
                "features": reverse("editing:day_features", args=[slug, day.isoformat()]),
                "history": reverse("editing:feature_history", args=[slug, 0]),
            },
        },
    )


@require_safe
def day_features(request, slug, day):
    """GeoJSON of a register on a day in ?bbox=, as revision_features."""
    layer, day = _dated(request, slug, day)
    return _in_box(request, PastRegister(layer, day))


def _compared(request, layer):
    """(earlier, later) revisions, or days of a register, that ?from= and ?to= name."""
    if layer.is_registered:
        days = DaysForm(request.GET)
        if not (is_dated(layer) and days.is_valid()):
            raise Http404
        return sorted(days.cleaned_data.values())
    chosen = []
    for name in ("from", "to"):
        text = request.GET.get(name, "")
        if not text.isdecimal() or len(text) > 18:
            raise Http404
        chosen.append(get_object_or_404(layer.revisions.select_related("by"), revision=int(text)))
    return sorted(chosen, key=lambda each: each.revision)


def _differences(request, layer, earlier, later):
    if layer.is_registered:
        return compare_days(layer, earlier, later, request.user)
    return compare(layer, earlier.revision, later.revision)


def _said(moment):
    """The revision or the day, as the address names it."""
    return getattr(moment, "revision", moment)


@require_safe
def comparison(request, slug):
    layer = _layer(request, slug)
    earlier, later = _compared(request, layer)
    found = _differences(request, layer, earlier, later)
    page = Paginator(found.differences, PAGE).get_page(request.GET.get("page"))
    address = reverse("editing:comparison_shapes", args=[slug])
    return render(
        request,
        "editing/comparison.html",
        {
            "layer": layer,
            "earlier": earlier,
            "later": later,
            "comparison": found,
            "page": page,
            "shown": shown(layer, source_of(layer).attributes, page.object_list),
            "map": {
                **map_data(layer, request.user),
                "shapes": f"{address}?from={_said(earlier)}&to={_said(later)}",
            },
        },
    )


@require_safe
def comparison_shapes(request, slug):
    layer = _layer(request, slug)
    found = _differences(request, layer, *_compared(request, layer))
    return JsonResponse(shapes(found.differences), headers={"Cache-Control": "private, no-cache"})


@require_POST
def revert(request, slug, number):
    """Opens a changeset that takes the revision back, to be reviewed like any other."""
    layer = _layer(request, slug)
    try:
        made = services.revert(layer, number, by=request.user)
    except DomainError as error:
        messages.error(request, error.message)
        return redirect("editing:history", slug)
    messages.success(request, _("This changeset takes the revision back. Look at it, then submit it."))
    return redirect("editing:review", made.pk)


@require_safe
def feature_history(request, slug, number):
    """Every version of one feature, field by field."""
    layer = _layer(request, slug)
    if not keeps_past(layer):
        raise Http404
    if layer.is_registered:
        return _dated_history(request, layer, number)
    found = versions(layer, number) if number < 2**63 else []
    if not found:
        raise Http404
    attributes = source_of(layer).attributes
    names = [GEOMETRY, *(each.name for each in attributes)]
    rows = rows_of(attributes, [State(each.row.attributes, wkb(each.row.geom)) for each in found], names)
    changesets = [each.revision.changeset for each in found if each.revision and each.revision.changeset]
    titles = Changeset.objects.in_bulk(changesets)
    return render(
        request,
        "editing/feature_history.html",
        {
            "layer": layer,
            "number": number,
            "versions": [(each, each.revision and titles.get(each.revision.changeset)) for each in found],
            "rows": _cells(rows, found),
        },
    )


def _dated_history(request, layer, number):
    found = dated_versions(layer, number) if number < 2**63 else []
    if not found:
        raise Http404
    attributes = source_of(layer).attributes
    names = [GEOMETRY, *(each.name for each in attributes)]
    rows = rows_of(attributes, [each.state for each in found], names)
    seen = Changeset.objects.visible_to(request.user).in_bulk([each.changeset.pk for each in found if each.changeset])
    return render(
        request,
        "editing/dated_history.html",
        {
            "layer": layer,
            "name": label_of(layer, found[0].state),
            "versions": [(each, each.changeset and seen.get(each.changeset.pk)) for each in found],
            "rows": _cells(rows, found),
        },
    )


def _cells(rows, found):
    """[(row, [(value, whether that version changed it)])]"""
    return [
        (row, [(value, row.name in each.changed) for value, each in zip(row.values, found, strict=True)])
        for row in rows
    ]
