import django_filters
from django.contrib.auth.decorators import login_not_required
from django.utils import timezone
from django.utils.decorators import method_decorator
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.generics import ListAPIView, RetrieveAPIView
from rest_framework.pagination import PageNumberPagination
from rest_framework.permissions import AllowAny
from rest_framework.response import Response
from rest_framework.views import APIView

from gis_layers.api.serializers import ErrorSerializer
from gis_layers.api.views import refuse_unknown
from gis_layers.plans.api.serializers import PlanDetailSerializer, PlansAtSerializer, PlanSerializer
from gis_layers.plans.models import Plan, PlanZone
from gis_layers.plans.workflow import PUBLIC
from muni.places.api.serializers import AtQuery


class Pages(PageNumberPagination):
    page_size = 100


class PlanFilter(django_filters.FilterSet):
    place = django_filters.CharFilter(field_name="place__code", help_text="Code of the municipality")
    state = django_filters.ChoiceFilter(choices=[(state.value, state.label) for state in PUBLIC])

    class Meta:
        model = Plan
        fields = ["place", "kind", "state"]


class PublicPlans:
    """Plans from their consultation on; drafts are on no interface for programs, whoever asks."""

    permission_classes = [AllowAny]
    queryset = Plan.objects.filter(state__in=PUBLIC).select_related("place")


@method_decorator(login_not_required, name="dispatch")
@extend_schema_view(get=extend_schema(operation_id="plans", summary="City plans"))
class PlanList(PublicPlans, ListAPIView):
    """City plans in force, earlier ones and those laid open for objections."""

    serializer_class = PlanSerializer
    filterset_class = PlanFilter
    pagination_class = Pages

    def list(self, request):
        refuse_unknown(request, {*PlanFilter.base_filters, "page"})
        return super().list(request)


@method_decorator(login_not_required, name="dispatch")
@extend_schema_view(
    get=extend_schema(
        operation_id="plan", summary="A city plan", responses={200: PlanDetailSerializer, 404: ErrorSerializer}
    )
)
class PlanDetail(PublicPlans, RetrieveAPIView):
    """A plan with its zones, their permitted uses and by-law parameters."""

    queryset = PublicPlans.queryset.prefetch_related("zone_types__provisions")
    serializer_class = PlanDetailSerializer


@method_decorator(login_not_required, name="dispatch")
class PlansAt(APIView):
    """Which plan, zone and by-laws held at a point on a day: the question behind every building permit."""

    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="plans_at",
        summary="The plans' rules at a point on a day",
        parameters=[AtQuery],
        responses={200: PlansAtSerializer, 400: ErrorSerializer},
    )
    def get(self, request):
        refuse_unknown(request, AtQuery().fields)
        asked = AtQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        question = {"on": timezone.localdate(), **asked.validated_data}
        answer = {**question, "results": PlanZone.objects.at(**question)}
        return Response(PlansAtSerializer(answer, context={"request": request}).data)
