"""What the maps of the register's pages draw."""

import json

from django.contrib.gis.db.models import Extent
from django.contrib.gis.db.models.functions import AsGeoJSON, Transform

from gis_layers.plans.views.public import base_layers
from muni.core.srids import LONLAT
from muni.places.models import Boundary

DRAWN = 1000
"""Outlines that a page draws at most; tiles of the map show the rest."""

MARGIN = 0.0002
"""Degrees around what the page is about."""


def map_of(user, parcels, *, cutting=False, areas=()):
    """The parcels of a QuerySet over the base map, coloured by their status. cutting: a line may be drawn.
    areas: GEOSGeometries of easements."""
    drawn = _drawn(parcels).values_list("shape", "parcel_no", "status")
    return _map(user, drawn, parcels, cutting, areas)


def map_of_survey(user, survey):
    """The rows of a survey: rejected ones, and those of which something was found, before all others. A row far
    off does not move the map away from those that are accepted."""
    rows = survey.rows.exclude(geom=None)
    found = _drawn(rows.order_by("is_accepted", "findings", "number"))
    drawn = [
        (shape, number, "pending" if is_accepted else "rejected")
        for shape, number, is_accepted in found.values_list("shape", "parcel_no", "is_accepted")
    ]
    return _map(user, drawn, rows.accepted() if survey.accepted else rows)


def map_of_places(user, places):
    """An empty map of these places, on which an outline may be drawn."""
    box = Boundary.objects.current().filter(place__in=places).aggregate(box=Extent(Transform("geom", LONLAT)))["box"]
    nothing = {"type": "FeatureCollection", "features": []}
    return box and {"base": base_layers(user), "bounds": list(box), "parcels": nothing, "cutting": "outline"}


def _drawn(rows):
    return rows.annotate(shape=AsGeoJSON(Transform("geom", LONLAT), precision=8))[:DRAWN]


def _map(user, drawn, rows, cutting=False, areas=()):
    features = [
        {"type": "Feature", "geometry": json.loads(shape), "properties": {"number": number, "status": status}}
        for shape, number, status in drawn
    ]
    if not features:
        return None
    features += [
        {
            "type": "Feature",
            "geometry": json.loads(area.transform(LONLAT, clone=True).geojson),
            "properties": {"number": "", "status": "easement"},
        }
        for area in areas
    ]
    west, south, east, north = rows.aggregate(box=Extent(Transform("geom", LONLAT)))["box"]
    return {
        "base": base_layers(user),
        "bounds": [west - MARGIN, south - MARGIN, east + MARGIN, north + MARGIN],
        "parcels": {"type": "FeatureCollection", "features": features},
        "cutting": cutting,
    }
