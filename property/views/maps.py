"""What the maps of the register's pages draw."""

import json

from django.contrib.gis.db.models import Extent
from django.contrib.gis.db.models.functions import AsGeoJSON, Transform

from gis_layers.plans.views.public import base_layers
from muni.core.srids import LONLAT

MARGIN = 0.0002
"""Degrees around what the page is about."""


def map_of(user, parcels, *, cutting=False, areas=()):
    """The parcels of a QuerySet over the base map, coloured by their status. cutting: a line may be drawn.
    areas: GEOSGeometries of easements."""
    rows = parcels.annotate(shape=AsGeoJSON(Transform("geom", LONLAT), precision=8))
    features = [
        {
            "type": "Feature",
            "geometry": json.loads(shape),
            "properties": {"number": number, "status": status},
        }
        for shape, number, status in rows.values_list("shape", "parcel_no", "status")
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
    west, south, east, north = parcels.aggregate(box=Extent(Transform("geom", LONLAT)))["box"]
    return {
        "base": base_layers(user),
        "bounds": [west - MARGIN, south - MARGIN, east + MARGIN, north + MARGIN],
        "parcels": {"type": "FeatureCollection", "features": features},
        "cutting": cutting,
    }
