"""Changes as JSON for the editor: shapes in degrees."""

import json

import shapely
from django.contrib.gis.gdal import CoordTransform, SpatialReference

from gis_layers.editing.drafts import DECIMALS
from gis_layers.editing.gestures import geos
from muni.core.srids import LONLAT, MUNI_SRID


def described(changes):
    """[{"id", "op", "changed", "conflicts", "base", "mine", "theirs"}]"""
    way = to_degrees()
    return [
        {
            "id": change.edit.feature_no,
            "op": change.edit.op,
            "changed": list(change.changed),
            "conflicts": list(change.conflicts),
            **{side: _state(getattr(change, side), way) for side in ("base", "mine", "theirs")},
        }
        for change in changes
    ]


def to_degrees():
    """The transformation that in_degrees takes: looked up once for many shapes."""
    return CoordTransform(SpatialReference(MUNI_SRID), SpatialReference(LONLAT))


def in_degrees(content, way):
    """A GeoJSON geometry of WKB in MUNI_SRID."""
    shape = geos(content)
    shape.transform(way)
    rounded = shapely.transform(shapely.from_wkb(bytes(shape.wkb)), lambda points: points.round(DECIMALS))
    return json.loads(shapely.to_geojson(rounded))


def _state(state, way):
    return state and {"geometry": in_degrees(state.geometry, way), "properties": state.attributes}
