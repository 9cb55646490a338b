"""What a client sends of a feature, judged: GeoJSON in degrees becomes a shape in metres, properties become typed
attributes. Every refusal is a sentence beside its place."""

import json
from datetime import UTC, datetime
from functools import cached_property

import numpy as np
import shapely
from django.contrib.gis.gdal import CoordTransform, GDALException, SpatialReference
from django.contrib.gis.geos import GEOSGeometry
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from gis_layers.editing.confines import REACH_KM, reach_of
from gis_layers.fields import FieldType, as_type
from gis_layers.models import Layer
from muni.core.srids import LONLAT, MUNI_SRID

SAME_PLACE_M = 0.001
"""Vertices this close to one that was there are that one: degrees with nine decimals do not say more."""

MAX_VERTICES = 200_000
_MERCATOR_LATITUDE = 85.06

_KINDS = {
    Layer.GeometryType.POINT: {"Point", "MultiPoint"},
    Layer.GeometryType.LINE: {"LineString", "MultiLineString"},
    Layer.GeometryType.POLYGON: {"Polygon", "MultiPolygon"},
    Layer.GeometryType.ANY: {"Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon"},
}


class Unfit(ValueError):
    """The sentence says what to mend."""


class Shapes:
    """Reads the geometries of one gesture; the transformation is looked up once.

    srid: of the coordinates, longitude first; flipped: latitude first, as some systems write it.
    """

    def __init__(self, layer, *, srid=LONLAT, flipped=False):
        self.layer = layer
        self.kinds = _KINDS[layer.geometry_type]
        self.wanted = layer.get_geometry_type_display()
        self.srid, self.flipped = srid, flipped
        self.transformation = None
        if srid != MUNI_SRID:
            self.transformation = CoordTransform(SpatialReference(srid), SpatialReference(MUNI_SRID))

    def read(self, geojson, near=(), around=lambda box: ()):
        """The WKB in MUNI_SRID. near, and around(box in MUNI_SRID): WKBs whose vertices are taken exactly where they
        are meant. Raises Unfit."""
        shape = self._parsed(geojson)
        self._check_degrees(shape)
        try:
            geometry = GEOSGeometry(memoryview(shapely.to_wkb(shape)), srid=self.srid)
            if self.transformation:
                geometry.transform(self.transformation)
        except GDALException:
            raise Unfit(_("The coordinates are out of range.")) from None
        moved = shapely.from_wkb(bytes(geometry.wkb))
        if not np.isfinite(shapely.get_coordinates(moved)).all():
            raise Unfit(_("The coordinates are out of range."))
        if self._reach is not None and not shapely.covers(self._reach, moved):
            raise Unfit(
                _("This lies more than %(far)d km from the governorate and from what the layer holds.")
                % {"far": REACH_KM}
            )
        moved = snapped(moved, [*near, *around(shapely.buffer(shapely.box(*moved.bounds), SAME_PLACE_M).bounds)])
        if not shapely.is_valid(moved):
            raise Unfit(_defect(moved))
        if shapely.get_dimensions(moved) == 2 and moved.area <= SAME_PLACE_M**2:
            raise Unfit(_("The area is empty."))
        if shapely.get_dimensions(moved) == 1 and moved.length <= SAME_PLACE_M:
            raise Unfit(_("The line has no length."))
        return shapely.to_wkb(moved)

    @cached_property
    def _reach(self):
        return reach_of(self.layer)

    def _parsed(self, geojson):
        if not isinstance(geojson, dict) or geojson.get("type") not in self.kinds:
            raise Unfit(_("The layer takes %(wanted)s as a GeoJSON geometry.") % {"wanted": self.wanted})
        try:
            shape = shapely.force_2d(shapely.from_geojson(json.dumps(geojson, allow_nan=False)))
        except (shapely.GEOSException, ValueError, TypeError):
            raise Unfit(_("The geometry cannot be read: it is not GeoJSON, or has too few points.")) from None
        if shape is None or shape.is_empty:
            raise Unfit(_("The geometry is empty."))
        if shapely.get_num_coordinates(shape) > MAX_VERTICES:
            raise Unfit(_("The geometry has more than %(most)d points.") % {"most": MAX_VERTICES})
        if self.flipped:
            shape = shapely.transform(shape, lambda points: points[:, ::-1])
        return shape

    def _check_degrees(self, shape):
        west, south, east, north = shape.bounds
        limits = (-180, -_MERCATOR_LATITUDE, 180, _MERCATOR_LATITUDE) if self.srid == LONLAT else (-5e7, -5e7, 5e7, 5e7)
        if not (limits[0] <= west and limits[1] <= south and east <= limits[2] and north <= limits[3]):
            raise Unfit(_("The coordinates are out of range: longitude comes first, then latitude."))


def snapped(shape, near):
    """The shape with every vertex that lies within SAME_PLACE_M of a vertex of `near` (WKBs) moved onto it."""
    targets = [shapely.get_coordinates(shapely.from_wkb(each)) for each in near]
    targets = np.concatenate(targets) if targets else np.empty((0, 2))
    if not len(targets):
        return shape
    points = shapely.get_coordinates(shape)
    tree = shapely.STRtree(shapely.points(targets))
    found, nearest = tree.query_nearest(shapely.points(points), max_distance=SAME_PLACE_M, all_matches=False)
    points[found] = targets[nearest]
    return shapely.set_coordinates(shape, points)


def attribute_value(attribute, value):
    """A property as the layer keeps it: numbers in either digit set, empty as None. Raises Unfit."""
    if isinstance(value, str):
        value = value.replace("\0", "")
        if not value.strip():
            value = None
    if value is None:
        if attribute.required:
            raise Unfit(_("“%(name)s” is required.") % {"name": attribute.title})
        return None
    try:
        value = _typed(value, attribute.type)
    except (ValueError, OverflowError):
        raise Unfit(
            _("“%(name)s” is a %(type)s; “%(value)s” is not.")
            % {"name": attribute.title, "type": attribute.type.label, "value": str(value)[:40]}
        ) from None
    if attribute.choices and str(value) not in {choice.value for choice in attribute.choices}:
        raise Unfit(
            _("“%(value)s” is none of the choices of “%(name)s”.") % {"name": attribute.title, "value": str(value)[:40]}
        )
    return value


def missing(attributes, values):
    """The required attributes that a feature leaves empty."""
    return [each for each in attributes if each.required and values.get(each.name) in (None, "")]


_NATIVE = {
    FieldType.INTEGER: lambda v: isinstance(v, int) and not isinstance(v, bool) and abs(v) < 2**63,
    FieldType.NUMBER: lambda v: isinstance(v, int | float) and not isinstance(v, bool),
    FieldType.BOOLEAN: lambda v: isinstance(v, bool),
}


def _typed(value, kind):
    if isinstance(value, dict | list):
        raise ValueError(value)
    if kind == FieldType.TEXT:
        return value if isinstance(value, str) else json.dumps(value)
    if is_native := _NATIVE.get(kind):
        if is_native(value):
            return value
        if kind == FieldType.INTEGER and isinstance(value, float) and value.is_integer():
            return int(value)
        if not isinstance(value, str):
            raise ValueError(value)
        return as_type(value, kind)
    if not isinstance(value, str):
        raise ValueError(value)
    if kind == FieldType.DATETIME:
        return _instant(value)
    return as_type(value, kind)


def _instant(text):
    """As the importer writes moments: UTC with Z; local where no zone is said."""
    moment = parse_datetime(as_type(text.replace("Z", "+00:00"), FieldType.DATETIME))
    if not isinstance(moment, datetime):
        raise ValueError(text)
    if timezone.is_naive(moment):
        moment = timezone.make_aware(moment)
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _defect(shape):
    words, _bracket, place = shapely.is_valid_reason(shape).partition("[")
    sentences = {
        "Self-intersection": _("The geometry crosses itself."),
        "Ring Self-intersection": _("The geometry touches itself."),
        "Hole lies outside shell": _("A hole lies outside its area."),
        "Holes are nested": _("Holes lie inside one another."),
        "Interior is disconnected": _("Holes cut the area in two."),
        "Nested shells": _("Areas lie inside one another."),
        "Too few points in geometry component": _("The geometry has too few points."),
    }
    return sentences.get(words.strip(), _("The geometry is not valid."))
