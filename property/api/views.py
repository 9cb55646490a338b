"""The register's parcels as GeoJSON: the layer `parcels` under the names that the register's users know."""

from django.contrib.gis.geos import Point
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view

import django_filters as filters
from gis_layers import features, parameters
from gis_layers.api.filters import feature_filters
from gis_layers.api.serializers import FeatureCollectionSerializer, FeatureSerializer
from gis_layers.api.views import REFUSALS, FeatureDetail, FeatureListView, FeatureView, geojson, refuse_unknown
from gis_layers.registry import source_of
from muni.core.srids import LONLAT

_GEOJSON = "application/geo+json"
_AT_A_POINT = 100


@extend_schema_view(
    get=extend_schema(
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
    get=extend_schema(summary="A parcel", responses={(200, _GEOJSON): FeatureSerializer, **REFUSALS})
)
class ParcelDetail(FeatureDetail):
    slug = "parcels"


class ParcelsAt(FeatureView):
    """What the register knows of a point."""

    slug = "parcels"

    @extend_schema(
        summary="Parcels at a point",
        parameters=[
            OpenApiParameter("lon", OpenApiTypes.DOUBLE, required=True, description="Degrees."),
            OpenApiParameter("lat", OpenApiTypes.DOUBLE, required=True, description="Degrees."),
            OpenApiParameter("on", OpenApiTypes.DATE, description="A day; the register has no history yet."),
        ],
        responses={(200, _GEOJSON): FeatureCollectionSerializer, **REFUSALS},
    )
    def get(self, request):
        refuse_unknown(request, {"lon", "lat", "on"})
        asked = {name: request.GET.get(name, "") for name in ("lon", "lat")}
        for name, text in asked.items():
            if not text:
                raise parameters.refuse(name, _("“%(name)s” is missing.") % {"name": name})
        lon, lat = (parameters.number(text, name) for name, text in asked.items())
        parameters.check_lonlat(lon, lat, "lon")
        if on := request.GET.get("on"):
            parameters.moment(on, "on")
        layer = self.layer()
        source = source_of(layer)
        rows = source.rows(request.user).filter(geom__intersects=Point(lon, lat, srid=LONLAT))
        found = features.page(source, rows, features.feature_text(source), limit=_AT_A_POINT).features
        body = f'{{"type":"FeatureCollection","count":{len(found)},"next":null,"features":[{",".join(found)}]}}'
        return geojson(request, layer, body)
