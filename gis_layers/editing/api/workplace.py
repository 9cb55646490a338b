"""What the editor asks beside the changeset's own content: shapes worked out, and what lies around to snap to."""

import json

import shapely
from django.contrib.gis.gdal import CoordTransform, GDALException, SpatialReference
from django.contrib.gis.geos import GEOSGeometry
from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from gis_layers import features, parameters
from gis_layers.api.serializers import ErrorSerializer
from gis_layers.editing import cutting
from gis_layers.editing.api.views import ChangesetView
from gis_layers.editing.drafts import DECIMALS
from gis_layers.models import Layer
from gis_layers.registry import source_of
from muni.core.errors import BadRequest, NotFound
from muni.core.srids import LONLAT, MUNI_SRID

MOST_SURROUNDINGS = 2000
MOST_MERGED = 500
MOST_VERTICES = 200_000
_KINDS = {"Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon"}


class ShapeField(serializers.JSONField):
    """A GeoJSON geometry in degrees as a shapely geometry in MUNI_SRID."""

    def to_internal_value(self, data):
        if not isinstance(data, dict) or data.get("type") not in _KINDS:
            raise serializers.ValidationError(_("This is not a GeoJSON geometry."))
        try:
            shape = shapely.force_2d(shapely.from_geojson(json.dumps(data, allow_nan=False)))
            if shape.is_empty or shapely.get_num_coordinates(shape) > MOST_VERTICES:
                raise ValueError
            west, south, east, north = shape.bounds
            if not (west >= -180 and south >= -85.06 and east <= 180 and north <= 85.06):
                raise ValueError
            return _transformed(shape, LONLAT, MUNI_SRID)
        except (shapely.GEOSException, GDALException, ValueError, TypeError, AttributeError):
            raise serializers.ValidationError(_("The geometry cannot be read.")) from None

    def to_representation(self, shape):
        lonlat = _transformed(shape, MUNI_SRID, LONLAT)
        rounded = shapely.transform(lonlat, lambda points: points.round(DECIMALS))
        return json.loads(shapely.to_geojson(rounded))


class ComputationSerializer(serializers.Serializer):
    """split: geometry and line; hole: geometry and hole; merge: geometries."""

    operation = serializers.ChoiceField(choices=["split", "merge", "hole"])
    geometry = ShapeField(required=False)
    geometries = serializers.ListField(child=ShapeField(), required=False, max_length=MOST_MERGED)
    line = ShapeField(required=False)
    hole = ShapeField(required=False)

    NEEDS = {"split": ("geometry", "line"), "merge": ("geometries",), "hole": ("geometry", "hole")}

    def validate(self, given):
        lacking = [name for name in self.NEEDS[given["operation"]] if name not in given]
        if lacking:
            raise serializers.ValidationError({name: [_("This is missing.")] for name in lacking})
        if given["operation"] == "split" and given["line"].geom_type != "LineString":
            raise serializers.ValidationError({"line": [_("This is not a line.")]})
        return given


class ComputedSerializer(serializers.Serializer):
    """GeoJSON geometries in degrees; `parts`: of how many parts the first one is."""

    geometries = serializers.ListField(child=serializers.JSONField())
    parts = serializers.IntegerField()


class SurroundingsSerializer(serializers.Serializer):
    geometries = serializers.ListField(child=serializers.JSONField())


class Computation(ChangesetView):
    """Works a shape out and stores nothing."""

    @extend_schema(
        operation_id="changeset_geometry",
        summary="Split, merge or cut shapes",
        request=ComputationSerializer,
        responses={200: ComputedSerializer, 400: ErrorSerializer, 404: ErrorSerializer},
    )
    def post(self, request, pk):
        self.changeset(pk)
        asked = ComputationSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        given = asked.validated_data
        try:
            if given["operation"] == "split":
                shapes = cutting.split_by(given["geometry"], given["line"])
            elif given["operation"] == "merge":
                shapes = [cutting.merged(given["geometries"])]
            else:
                shapes = [cutting.with_hole(given["geometry"], given["hole"])]
        except shapely.GEOSException:
            raise BadRequest(_("The shapes are not valid: mend them first.")) from None
        written = ShapeField()
        return Response(
            {
                "geometries": [written.to_representation(shape) for shape in shapes],
                "parts": int(shapely.get_num_geometries(shapes[0])),
            }
        )


class Surroundings(ChangesetView):
    """Shapes of another layer in a box, as exact as the editor needs them to snap to."""

    @extend_schema(
        operation_id="changeset_surroundings",
        summary="Shapes of another layer to snap to",
        parameters=[
            OpenApiParameter("layer", str, required=True, description="The layer's id."),
            OpenApiParameter("bbox", str, required=True, description="West, south, east, north in degrees."),
        ],
        responses={200: SurroundingsSerializer, 400: ErrorSerializer, 404: ErrorSerializer},
    )
    def get(self, request, pk):
        self.changeset(pk)
        try:
            layer = Layer.objects.seen_as(request.GET.get("layer", ""), request.user)
        except Layer.DoesNotExist:
            raise NotFound(_("There is no such layer.")) from None
        source = source_of(layer)
        box = parameters.lonlat_box(request.GET.get("bbox", ""))
        rows = features.in_lonlat_box(source, source.rows(request.user), *box)
        text = features.geometry_text(source, decimals=DECIMALS)
        found = features.page(source, rows, text, limit=MOST_SURROUNDINGS).features
        return HttpResponse(b'{"geometries": [%b]}' % b",".join(found), content_type="application/json")


def _transformed(shape, source, target):
    geometry = GEOSGeometry(memoryview(shapely.to_wkb(shape)), srid=source)
    geometry.transform(CoordTransform(SpatialReference(source), SpatialReference(target)))
    moved = shapely.from_wkb(bytes(geometry.wkb))
    if not shapely.get_coordinates(moved).size or not (abs(shapely.get_coordinates(moved)) < 1e12).all():
        raise ValueError("out of range")
    return moved
