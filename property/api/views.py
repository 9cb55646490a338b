"""The register's parcels as GeoJSON: the layer `parcels` under the names that the register's users know."""

import django_filters as filters
from django.contrib.gis.geos import Point
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view

from gis_layers import features
from gis_layers.api.filters import feature_filters
from gis_layers.api.serializers import FeatureCollectionSerializer, FeatureSerializer
from gis_layers.api.views import REFUSALS, FeatureDetail, FeatureListView, FeatureView, geojson, refuse_unknown
from gis_layers.registry import source_of
from muni.core.srids import LONLAT
from muni.places.api.serializers import AtQuery

_GEOJSON = "application/geo+json"
_AT_A_POINT = 100


@extend_schema_view(
    get=extend_schema(
        operation_id="parcels",
        summary="Parcels",
        parameters=[
            OpenApiParameter("parcel_no", str),
            OpenApiParameter("block", str, description="Number of the cadastral block (مقاطعة)."),
            OpenApiParameter("land_kind", str),
            OpenApiParameter("bbox", str, description="West, south, east, north in degrees."),
            OpenApiParameter("limit", int),
            OpenApiParameter("after", str),
            OpenApiParameter("ordering", str),
        ],
        responses={(200, _GEOJSON): FeatureCollectionSerializer, **REFUSALS},
    )
)
class ParcelList(FeatureListView):
    """Parcels in force, filtered by number, block, box or any other attribute, paged by key."""

    slug = "parcels"

    def filters(self, source):
        return type("ParcelFilterSet", (feature_filters(source),), {"block": filters.CharFilter(field_name="block_no")})

    def get(self, request):
        return self.respond(request, self.layer())


@extend_schema_view(
    get=extend_schema(
        operation_id="parcel", summary="A parcel", responses={(200, _GEOJSON): FeatureSerializer, **REFUSALS}
    )
)
class ParcelDetail(FeatureDetail):
    slug = "parcels"


class ParcelsAt(FeatureView):
    """What the register knows of a point."""

    slug = "parcels"

    @extend_schema(
        operation_id="parcels_at",
        summary="Parcels at a point",
        description="The register keeps no history yet: `on` is read, and answered with the parcels in force.",
        parameters=[AtQuery],
        responses={(200, _GEOJSON): FeatureCollectionSerializer, **REFUSALS},
    )
    def get(self, request):
        refuse_unknown(request, AtQuery().fields)
        query = AtQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        point = Point(query.validated_data["lon"], query.validated_data["lat"], srid=LONLAT)
        layer = self.layer()
        source = source_of(layer)
        rows = source.rows(request.user).filter(geom__intersects=point)
        found = features.page(source, rows, features.feature_text(source), limit=_AT_A_POINT)
        return geojson(request, layer, found.collection(count=len(found.features), next=None))
