"""REST catalogue of layers, and their features as GeoJSON."""

from django.contrib.auth.decorators import login_not_required
from django.db.models import Count
from django.http import HttpResponse
from django.utils.cache import patch_vary_headers
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import generics, pagination, permissions
from rest_framework.exceptions import ValidationError
from rest_framework.views import APIView

from gis_layers import features, parameters
from gis_layers.api.filters import LayerFilterSet, feature_filters
from gis_layers.api.serializers import (
    ErrorSerializer,
    FeatureCollectionSerializer,
    FeatureSerializer,
    LayerDetailSerializer,
    LayerSerializer,
)
from gis_layers.models import Layer
from gis_layers.registry import source_of
from muni.core.errors import BadRequest, NotFound

FACETS = ("group", "geometry_type", "department")
REFUSALS = {400: ErrorSerializer, 404: ErrorSerializer}
PAGE_PARAMETERS = [
    OpenApiParameter("bbox", str, description="West, south, east, north in degrees."),
    OpenApiParameter("limit", int, description="1 to 10,000; default 100."),
    OpenApiParameter("after", str, description="Where to continue; `next` carries it."),
    OpenApiParameter("ordering", str, description="Attributes, comma-separated, with a minus for descending."),
    OpenApiParameter(
        "attributes",
        {"type": "object", "additionalProperties": {"type": "string"}},
        style="form",
        explode=True,
        description="Any attribute by its name; __contains for texts, __gte and __lte for numbers and dates.",
    ),
]


def refuse_unknown(request, known):
    """A misspelt or repeated parameter must not silently answer another question."""
    for name, values in request.GET.lists():
        if name not in known and name not in {"lang", "format"}:
            sentence = _("“%(name)s” is not a parameter of this address.") % {"name": name[:60]}
            raise BadRequest(sentence, fields={name: [sentence]})
        if len(values) > 1:
            sentence = _("“%(name)s” is given more than once.") % {"name": name[:60]}
            raise BadRequest(sentence, fields={name: [sentence]})


class LayerPages(pagination.PageNumberPagination):
    page_size = 100
    page_size_query_param = "page_size"
    max_page_size = 1000

    def get_paginated_response(self, data):
        response = super().get_paginated_response(data)
        response.data["facets"] = self.facets
        return response

    def get_paginated_response_schema(self, schema):
        described = super().get_paginated_response_schema(schema)
        value = {"type": "object", "properties": {"value": {"type": "string"}, "count": {"type": "integer"}}}
        facet = {"type": "array", "items": value}
        described["properties"]["facets"] = {"type": "object", "additionalProperties": facet}
        described["required"] = [*described.get("required", []), "facets"]
        return described


@method_decorator(login_not_required, name="dispatch")
@extend_schema_view(
    get=extend_schema(
        summary="Catalogue of map layers", responses={200: LayerSerializer(many=True), 400: ErrorSerializer}
    )
)
class LayerList(generics.ListAPIView):
    """Every layer that you may see, with facets counted over the same choice."""

    permission_classes = [permissions.AllowAny]
    serializer_class = LayerSerializer
    filterset_class = LayerFilterSet
    pagination_class = LayerPages

    def get_queryset(self):
        return (
            Layer.objects.visible_to(self.request.user).select_related("department__place").prefetch_related("schema")
        )

    def list(self, request):
        refuse_unknown(request, {*LayerFilterSet.base_filters, "page", "page_size"})
        layers = self.filter_queryset(self.get_queryset())
        found = self.paginate_queryset(layers)
        self.paginator.facets = {_facet_name(name): _facet(layers, name) for name in FACETS}
        return self.get_paginated_response(self.get_serializer(found, many=True).data)


@method_decorator(login_not_required, name="dispatch")
@extend_schema_view(
    get=extend_schema(summary="A map layer", responses={200: LayerDetailSerializer, 404: ErrorSerializer})
)
class LayerDetail(generics.RetrieveAPIView):
    """A layer with its attributes, metadata and style."""

    permission_classes = [permissions.AllowAny]
    serializer_class = LayerDetailSerializer
    lookup_field = "slug"

    def get_queryset(self):
        return (
            Layer.objects.visible_to(self.request.user).select_related("department__place").prefetch_related("schema")
        )


@method_decorator(login_not_required, name="dispatch")
class FeatureView(APIView):
    """Features of the layer that the address names; a layer that the user may not see is not there."""

    permission_classes = [permissions.AllowAny]
    slug = None

    def layer(self, slug=None):
        try:
            return Layer.objects.seen_as(slug or self.slug, self.request.user)
        except Layer.DoesNotExist:
            raise NotFound(_("There is no such layer.")) from None


class FeatureListView(FeatureView):
    def filters(self, source):
        """The FilterSet class; narrower lists bring their own."""
        return feature_filters(source)

    def respond(self, request, layer):
        source = source_of(layer)
        kind = self.filters(source)
        refuse_unknown(request, {*kind.base_filters, "limit", "after", "ordering"})
        every = source.rows(request.user)
        rows = every
        if set(request.GET) & set(kind.base_filters):
            narrowed = kind(request.GET, every)
            if not narrowed.is_valid():
                raise ValidationError(narrowed.errors)
            rows = narrowed.qs
        limit = parameters.limit(request.GET.get("limit"))
        found = features.page(
            source,
            rows,
            features.feature_text(source),
            limit=limit,
            order=parameters.ordering(source, request.GET.get("ordering"), "ordering"),
            after=request.GET.get("after"),
        )
        count = features.matched(
            source,
            rows,
            is_filtered=rows is not every,
            limit=limit,
            user=request.user,
            page=found,
            is_first="after" not in request.GET,
        )
        following = None
        if found.following:
            query = request.GET.copy()
            query["after"] = found.following
            following = request.build_absolute_uri(f"{request.path}?{query.urlencode()}")
        return geojson(request, layer, found.collection(count=count, next=following))


@extend_schema_view(
    get=extend_schema(
        operation_id="layer_features",
        summary="Features of a layer",
        parameters=PAGE_PARAMETERS,
        responses={(200, "application/geo+json"): FeatureCollectionSerializer, **REFUSALS},
    )
)
class FeatureList(FeatureListView):
    """GeoJSON, filtered by attributes and box, paged by key."""

    def get(self, request, slug):
        return self.respond(request, self.layer(slug))


@extend_schema_view(
    get=extend_schema(
        operation_id="layer_feature",
        summary="A feature of a layer",
        responses={(200, "application/geo+json"): FeatureSerializer, 404: ErrorSerializer},
    )
)
class FeatureDetail(FeatureView):
    def get(self, request, number, slug=None):
        layer = self.layer(slug)
        source = source_of(layer)
        text = features.one(source, request.user, number)
        if text is None:
            raise NotFound(_("There is no such feature."))
        return geojson(request, layer, text)


def geojson(request, layer, text):
    """Ready-made GeoJSON with the caching that the layer's visibility allows."""
    response = HttpResponse(text, content_type="application/geo+json")
    is_public = layer.visibility == Layer.Visibility.PUBLIC and not request.user.is_authenticated
    response["Cache-Control"] = "public, no-cache" if is_public else "private, no-cache"
    response["Access-Control-Allow-Origin"] = "*"
    patch_vary_headers(response, ["Accept", "Authorization", "Cookie"])
    return response


def _facet_name(name):
    return "owner" if name == "department" else name


def _facet(layers, name):
    rows = (
        layers.order_by()
        .exclude(**{f"{name}__isnull": True})
        .values_list(name)
        .annotate(n=Count("pk"))
        .order_by("-n", name)
    )
    return [{"value": str(value), "count": n} for value, n in rows]
