"""The register on a past date: a map, a list, and the extract of a parcel as it stood at the end of a day."""

import json
from math import isfinite

from django.contrib.gis.db.models import Extent
from django.contrib.gis.db.models.functions import AsGeoJSON, Transform
from django.contrib.gis.gdal import GDALException
from django.contrib.gis.geos import Polygon
from django.core.exceptions import PermissionDenied
from django.http import JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from gis_layers.plans.views.public import base_layers
from muni.core.srids import LONLAT, MUNI_SRID
from muni.places.models import Boundary, Place
from muni.places.querysets import below
from property import access
from property.forms import DayForm, PastForm
from property.models import Look, Parcel, Right
from property.services import looks
from property.views.maps import MARGIN

LISTED = 50
DRAWN = 2000
"""Outlines that one answer draws at most."""

SEES_PARCELS = "property.view_parcel"


def _refuse_public(request):
    if not request.user.has_perm(SEES_PARCELS):
        raise PermissionDenied


@require_safe
def past(request):
    """Which parcels stood on a day, by number and on the map."""
    _refuse_public(request)
    form = PastForm(request.GET or None)
    asked = form.cleaned_data if form.is_valid() else {}
    day = asked.get("on") or timezone.localdate()
    found = None
    if asked.get("parcel_no") or asked.get("block"):
        found = standing_on(day).numbered(asked["parcel_no"], asked["block"])
        found = found.defer("geom", "geom_3857")[:LISTED]
    context = {
        "form": form,
        "on": day,
        "found": found,
        "most": LISTED,
        "map": {
            "base": base_layers(request.user),
            "bounds": _bounds(request.user, found),
            "address": f"{reverse('property:past_shapes')}?on={day:%Y-%m-%d}",
        },
    }
    return render(request, "property/past.html", context)


def standing_on(day):
    return Parcel.objects.recorded().current_on(day)


def _bounds(user, found):
    """Of what was found, else of the user's towns."""
    if found:
        rows = Parcel.objects.filter(pk__in=[parcel.pk for parcel in found])
    else:
        granted = below(user.granted_paths(SEES_PARCELS), "place__path")
        rows = Boundary.objects.current().filter(granted, place__level=Place.Level.MUNICIPALITY)
    box = rows.aggregate(box=Extent(Transform("geom", LONLAT)))["box"]
    if box is None:
        return None
    west, south, east, north = box
    return [west - MARGIN, south - MARGIN, east + MARGIN, north + MARGIN]


@require_safe
def past_shapes(request):
    """The parcels that stood on the day `on` within `bbox`, as GeoJSON: numbers and outlines, never a person."""
    _refuse_public(request)
    form = PastForm(request.GET)
    box = _box(request.GET.get("bbox", ""))
    if not form.is_valid() or box is None or not form.cleaned_data["on"]:
        return JsonResponse({"code": "bad_request", "message": "on, bbox", "fields": {}}, status=400)
    rows = standing_on(form.cleaned_data["on"]).filter(geom__bboverlaps=box)
    drawn = rows.annotate(shape=AsGeoJSON(Transform("geom", LONLAT), precision=8)).order_by("pk")
    features = [
        {
            "type": "Feature",
            "id": pk,
            "geometry": json.loads(shape),
            "properties": {
                "number": number,
                "status": status,
                "page": f"{reverse('property:parcel', args=[pk])}",
            },
        }
        for pk, shape, number, status in drawn.values_list("pk", "shape", "parcel_no", "status")[:DRAWN]
    ]
    return JsonResponse(
        {"type": "FeatureCollection", "features": features, "truncated": len(features) == DRAWN},
        content_type="application/geo+json",
    )


def _box(text):
    """The box "west,south,east,north" in degrees, in the house's coordinates; None where it is none."""
    try:
        corners = [float(number) for number in text.split(",")]
        if not all(map(isfinite, corners)):
            return None
        box = Polygon.from_bbox(corners)
        box.srid = LONLAT
        box.transform(MUNI_SRID)
    except (ValueError, TypeError, GDALException):
        return None
    return box


@require_safe
def extract(request, pk):
    """What the register said of a parcel at the end of a day, for those who may see its persons."""
    parcel = get_object_or_404(
        Parcel.objects.recorded().measured().select_related("block__place", "unit__place"), pk=pk
    )
    place = parcel.unit.place if parcel.unit else parcel.block.place
    if not access.can_see_persons(request.user, place):
        raise PermissionDenied
    form = DayForm(request.GET or None)
    day = form.cleaned_data["on"] if form.is_valid() else timezone.localdate()
    stood = parcel.valid_from <= day and (parcel.valid_to is None or day < parcel.valid_to)
    if stood and parcel.unit:
        looks.note(request.user, [parcel.unit], Look.Purpose.PARCEL)
    point = parcel.geom.point_on_surface
    context = {
        "parcel": parcel,
        "form": form,
        "on": day,
        "stood": stood,
        "instead": () if stood else standing_on(day).filter(geom__intersects=point).defer("geom", "geom_3857"),
        "rights": Right.objects.visible_to(request.user)
        .filter(unit=parcel.unit_id)
        .current_on(day)
        .with_shares()
        .order_by("valid_from", "pk")
        if stood and parcel.unit_id
        else (),
    }
    return render(request, "property/extract.html", context)
