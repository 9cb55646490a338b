"""What everybody reads: the list of plans, a plan beside the one in force, its tiles, archives and the report."""

import re

from django.contrib.auth.decorators import login_not_required
from django.contrib.gis.db.models import Extent
from django.contrib.gis.db.models.functions import Transform
from django.db.models import Count, OuterRef, Q, Subquery
from django.http import FileResponse, Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from gis_layers.catalogue.views import drawn
from gis_layers.models import Layer
from gis_layers.plans import access
from gis_layers.plans.models import Archive, Objection, Plan, PlanZone
from gis_layers.plans.tiles import NAME, part_attributes
from gis_layers.plans.tiles import render as render_tile
from gis_layers.plans.workflow import ACTS
from gis_layers.tiles.sql import MAX_ZOOM
from gis_layers.tiles.views import MVT
from muni.core.srids import LONLAT
from muni.documents.models import Attachment
from muni.journal.models import Entry

PIECE = 64 * 1024


def visible_plan(request, pk):
    """The plan, or 404 for whoever may not see it."""
    plans = Plan.objects.visible_to(request.user).select_related("place", "department", "supersedes", "zone_layer")
    return get_object_or_404(plans, pk=pk)


@require_safe
@login_not_required
def plan_list(request):
    """Those that want the reader's opinion first, then what is law, then what was; drafts for those who make them."""
    plans = list(Plan.objects.visible_to(request.user).select_related("place").order_by("place__path", "kind", "-pk"))
    today = timezone.localdate()
    sections = {"open": [], "proposed": [], "in_force": [], "earlier": [], "drafts": []}
    for plan in plans:
        if plan.takes_objections:
            sections["open"].append(plan)
        elif not plan.is_public:
            sections["drafts"].append(plan)
        elif not plan.is_enacted:
            sections["proposed"].append(plan)
        elif plan.in_force_to is None or plan.in_force_to > today:
            sections["in_force"].append(plan)
        else:
            sections["earlier"].append(plan)
    context = {"sections": sections, "is_empty": not plans, "may_create": request.user.has_perm("plans.add_plan")}
    return render(request, "plans/list.html", context)


@require_safe
@login_not_required
def plan_page(request, pk):
    plan = visible_plan(request, pk)
    beside = _in_force_beside(plan)
    user = request.user
    may_read = access.can_read_objections(user, plan)
    context = {
        "plan": plan,
        "beside": beside,
        "zone_types": plan.zone_types.prefetch_related("provisions"),
        "documents": Attachment.objects.about(plan),
        "sheets": plan.sheets.visible_to(user).ready(),
        "parts": plan.parts.filter(stage=plan.shown_stage).annotate(count=Count("features")) if plan.is_public else (),
        "archives": plan.archives.all() if plan.is_enacted else (),
        "formats": Archive.Format.choices,
        "successors": Plan.objects.visible_to(user).filter(supersedes=plan, in_force_from__isnull=False),
        "map": _map_data(user, [plan, beside] if beside else [plan]),
        "acts": [(act, ACTS[act]) for act in access.acts_open_to(user, plan)] if user.is_authenticated else (),
        "may_draft": user.is_authenticated and access.can_draft(user, plan),
        "may_read": may_read and plan.consultation_from is not None,
        "waiting": plan.objections.unanswered().count() if may_read else 0,
        "events": _events(plan) if user.is_authenticated and user.is_official else (),
    }
    return render(request, "plans/plan.html", context)


@require_safe
@login_not_required
def tile(request, pk, z, x, y):
    """A vector tile of the plan's zones, frozen ones from the consultation on; 204 when nothing is there."""
    plan = visible_plan(request, pk)
    if not map_of(plan) or z > MAX_ZOOM or not (0 <= x < 2**z and 0 <= y < 2**z):
        raise Http404
    content = render_tile(plan, plan.shown_stage, z, x, y)
    response = HttpResponse(content, content_type=MVT, status=200 if content else 204)
    if plan.is_public:
        response["Cache-Control"] = "public, max-age=86400" if plan.is_enacted else "public, no-cache"
    else:
        response["Cache-Control"] = "private, no-store"
    return response


@require_safe
@login_not_required
def archive(request, pk, format):  # noqa: A002
    """The file of a published plan. Programs that read PMTiles ask for ranges of it."""
    found = get_object_or_404(
        Archive.objects.select_related("plan"), plan_id=visible_plan(request, pk).pk, format=format
    )
    response = _ranged(request, found)
    response["ETag"] = f'"{found.sha256}"'
    response["Accept-Ranges"] = "bytes"
    response["Content-Encoding"] = "identity"  # else GZipMiddleware compresses ranges and drops their length
    response["Access-Control-Allow-Origin"] = "*"
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


@require_safe
@login_not_required
def report(request, pk):
    """What was said and what became of it, without any person. It stays public while the plan is drafted anew."""
    plan = get_object_or_404(Plan.objects.select_related("place").exclude(considered_at=None), pk=pk)
    zone = (
        PlanZone.objects.filter(plan=plan, stage=plan.shown_stage, geom__intersects=OuterRef("point"))
        .order_by("pk")
        .values("zone_type__name_ar")[:1]
    )
    answered = (
        plan.objections.filter(state=Objection.State.ANSWERED, submitted_at__lte=plan.considered_at)
        .annotate(zone=Subquery(zone), is_whole=Q(point=None))
        .only("reference", "stance", "outcome", "summary", "answer", "submitted_at")
    )
    counts = {outcome.value: 0 for outcome in Objection.Outcome}
    for objection in answered:
        counts[objection.outcome] += 1
    context = {
        "plan": plan,
        "is_withdrawn": not Plan.objects.visible_to(request.user).filter(pk=plan.pk).exists(),
        "objections": answered,
        "counts": [(outcome.label, counts[outcome.value]) for outcome in Objection.Outcome],
    }
    return render(request, "plans/report.html", context)


def map_of(plan):
    """What the browser needs to draw one plan: tiles, the attribute that holds the zone's code, colours by code."""
    types = plan.zone_types.all()
    shown = {
        "id": plan.pk,
        "colours": {zone.code: zone.colour for zone in types},
        "names": {zone.code: zone.name for zone in types},
    }
    if not plan.shown_stage and not (
        plan.zone_layer and plan.zone_layer.schema.filter(name=plan.zone_attribute).exists()
    ):
        return None
    address = reverse("plans:tile", args=[plan.pk, 0, 0, 0]).replace("0/0/0.mvt", "{z}/{x}/{y}.mvt")
    query = f"?v={plan.state}{plan.consultation_from or ''}"
    attribute = "code" if plan.shown_stage else plan.zone_attribute
    parts = plan.parts.filter(stage=plan.shown_stage) if plan.is_public else ()
    return {
        **shown,
        "tiles": address + query,
        "sourceLayer": NAME,
        "attribute": attribute,
        "parts": [{"name": part.kind, "label": "".join(part_attributes(part))} for part in parts],
    }


def bounds_of(plan):
    """[west, south, east, north] in degrees, or None."""
    if plan.shown_stage:
        box = plan.zones.filter(stage=plan.shown_stage).aggregate(box=Extent(Transform("geom", LONLAT)))["box"]
        return list(box) if box else None
    layer = plan.zone_layer
    return list(layer.extent.transform(LONLAT, clone=True).extent) if layer and layer.extent else None


def base_layers(user):
    base = Layer.objects.visible_to(user).filter(group=Layer.Group.BASE).order_by("position", "slug", "pk")
    return [drawn(layer) for layer in base[:12]]


def _map_data(user, plans):
    """The first plan with those beside it; None while it has nothing to draw."""
    shown = [found for found in map(map_of, plans) if found]
    if not shown or shown[0]["id"] != plans[0].pk:
        return None
    bounds = next(filter(None, map(bounds_of, plans)), None)
    return {"plans": shown, "base": base_layers(user), "bounds": bounds}


def _in_force_beside(plan):
    """The plan in force that a proposal would follow."""
    if plan.is_enacted:
        return None
    if plan.supersedes_id:
        return plan.supersedes
    return Plan.objects.in_force().filter(place=plan.place, kind=Plan.Kind.MASTER).exclude(pk=plan.pk).first()


def _events(plan):
    """The last acts, each as its button was called, else as the journal names it."""
    entries = Entry.objects.about(plan).select_related("by")[:20]
    return [(entry, ACTS.get(entry.act.partition(".")[2], entry.title)) for entry in entries]


def _ranged(request, found):
    """The whole file, or the one range that was asked for."""
    media_type = Archive.MEDIA_TYPES[found.format]
    asked = re.fullmatch(r"bytes=(\d*)-(\d*)", request.headers.get("Range", ""), re.ASCII)
    if asked and any(asked.groups()):
        first, last = asked.groups()
        start = int(first) if first else max(0, found.size - int(last))
        stop = min(int(last), found.size - 1) if first and last else found.size - 1
        if start > stop:
            return HttpResponse(status=416, headers={"Content-Range": f"bytes */{found.size}"})
        response = StreamingHttpResponse(
            _pieces(found.file, start, stop + 1 - start), content_type=media_type, status=206
        )
        response["Content-Range"] = f"bytes {start}-{stop}/{found.size}"
        response["Content-Length"] = stop + 1 - start
        return response
    return FileResponse(found.file.open("rb"), filename=found.file.name, as_attachment=True, content_type=media_type)


def _pieces(path, start, length):
    """The bytes of a file from `start` on, piece by piece."""
    with path.open("rb") as file:
        file.seek(start)
        while length and (piece := file.read(min(PIECE, length))):
            length -= len(piece)
            yield piece
