"""The register's parcels as GeoJSON: the layer `parcels` under the names that the register's users know."""

import django_filters as filters
from django.contrib.gis.geos import Point
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.response import Response

from gis_layers import features, parameters
from gis_layers.api.filters import feature_filters
from gis_layers.api.serializers import FeatureCollectionSerializer, FeatureSerializer
from gis_layers.api.views import REFUSALS, FeatureListView, FeatureView, geojson, refuse_unknown
from muni.core.errors import NotFound
from muni.core.srids import LONLAT
from muni.places.api.serializers import AtQuery
from property.api.serializers import FamilySerializer
from property.family import family_of
from property.layers import RecordedParcels
from property.models import Parcel

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


class RecordedView(FeatureView):
    """Parcels of all times, public as those of today: numbers and outlines, never a person."""

    slug = "parcels"

    def source(self):
        return RecordedParcels(self.layer())


class ParcelDetail(RecordedView):
    @extend_schema(
        operation_id="parcel",
        summary="A parcel",
        description="In force or historic, with its status and period.",
        responses={(200, _GEOJSON): FeatureSerializer, **REFUSALS},
    )
    def get(self, request, number):
        source = self.source()
        text = features.one(source, request.user, number)
        if text is None:
            raise NotFound(_("There is no such parcel."))
        return geojson(request, source.layer, text)


class ParcelFamily(RecordedView):
    @extend_schema(
        operation_id="parcel_family",
        summary="Family tree of a parcel",
        description="Every parcel that it came from or that came from it, and by which act.",
        responses={200: FamilySerializer, **REFUSALS},
    )
    def get(self, request, number):
        parcel = Parcel.objects.recorded().visible_to(request.user).filter(pk=number).first()
        if parcel is None:
            raise NotFound(_("There is no such parcel."))
        return Response(FamilySerializer(family_of(parcel)).data)


class WhenQuery(AtQuery):
    ever = serializers.BooleanField(
        default=False, help_text="Whatever stood there at any time, the latest first; `on` is then not read."
    )


class ParcelsAt(RecordedView):
    """What the register knows of a point."""

    @extend_schema(
        operation_id="parcels_at",
        summary="Parcels at a point",
        description="What stood there at the end of the day `on`, today unless given; `ever=true`: of all times.",
        parameters=[WhenQuery],
        responses={(200, _GEOJSON): FeatureCollectionSerializer, **REFUSALS},
    )
    def get(self, request):
        refuse_unknown(request, WhenQuery().fields)
        query = WhenQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        source = self.source()
        rows = source.rows(request.user).filter(geom__intersects=Point(asked["lon"], asked["lat"], srid=LONLAT))
        order = ()
        if asked["ever"]:
            order = parameters.ordering(source, "-valid_from", "ordering")
        else:
            rows = rows.current_on(asked.get("on") or timezone.localdate())
        text = features.feature_text(source)
        found = features.page(source, rows, text, limit=_AT_A_POINT, order=order)
        return geojson(request, source.layer, found.collection(count=len(found.features), next=None))
