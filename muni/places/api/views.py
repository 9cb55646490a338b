import django_filters
from django.contrib.gis.db.models.functions import AsGeoJSON, Transform
from django.db.models import JSONField
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView, RetrieveAPIView
from rest_framework.pagination import PageNumberPagination
from rest_framework.permissions import AllowAny
from rest_framework.response import Response
from rest_framework.views import APIView

from muni.core.srids import LONLAT
from muni.places.api.serializers import (
    LEVELS,
    AtQuery,
    AtSerializer,
    BoundaryQuery,
    ListedPlaceSerializer,
    PlaceDetailSerializer,
)
from muni.places.models import Boundary, Place

DECIMALS = 6  # of a degree: 0.1 m


class Pages(PageNumberPagination):
    page_size = 100
    page_size_query_param = "page_size"
    max_page_size = 1000


class PlaceFilter(django_filters.FilterSet):
    level = django_filters.ChoiceFilter(choices=[(name, name) for name in LEVELS.values()], method="of_level")
    parent = django_filters.NumberFilter(field_name="parent_id", help_text=_("Id of the place just above"))
    q = django_filters.CharFilter(method="named_like", help_text=_("Part of a name, in any usual spelling"))

    class Meta:
        model = Place
        fields = ["level", "parent", "q"]

    def of_level(self, places, name, value):
        return places.filter(level=Place.Level[value.upper()])

    def named_like(self, places, name, value):
        return places.named_like(value)


class PlacesAt(APIView):
    """Which governorate, qadha, nahiya, municipality and neighbourhood hold a point."""

    permission_classes = [AllowAny]

    @extend_schema(parameters=[AtQuery], responses=AtSerializer)
    def get(self, request):
        asked = AtQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        found = {}
        for place in Place.objects.at(**asked.validated_data):
            # On a border two places of a level hold the point; the first by code answers.
            found.setdefault(LEVELS[place.level], place)
        if found and LEVELS[Place.Level.GOVERNORATE] not in found:  # boundaries above are not loaded
            for above in Place.objects.covering(place):
                found.setdefault(LEVELS[above.level], above)
        return Response(AtSerializer({name: found.get(name) for name in LEVELS.values()}).data)


class PlaceList(ListAPIView):
    """Places of the province, the widest first."""

    permission_classes = [AllowAny]
    queryset = Place.objects.order_by("level", "name_ar", "pk")
    serializer_class = ListedPlaceSerializer
    filterset_class = PlaceFilter
    pagination_class = Pages


@extend_schema(parameters=[BoundaryQuery])
class PlaceDetail(RetrieveAPIView):
    """A place, with its boundary when asked."""

    permission_classes = [AllowAny]
    queryset = Place.objects.all()
    serializer_class = PlaceDetailSerializer

    def retrieve(self, request, *args, **kwargs):
        asked = BoundaryQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        place = self.get_object()
        if asked.validated_data["boundary"]:
            shape = AsGeoJSON(Transform("geom", LONLAT), precision=DECIMALS)
            day = asked.validated_data.get("on") or timezone.localdate()
            place.boundary = (
                Boundary.objects.filter(place=place)
                .current_on(day)
                .values_list(Cast(shape, JSONField()), flat=True)
                .first()
            )
        return Response(self.get_serializer(place).data)
