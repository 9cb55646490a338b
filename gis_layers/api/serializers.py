"""What the catalogue says of a layer, and the shapes of GeoJSON answers."""

from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from gis_layers import features
from gis_layers.fields import FieldType
from gis_layers.models import Layer
from gis_layers.registry import source_of
from gis_layers.symbology import style_of


class LinksSerializer(serializers.Serializer):
    """Absolute addresses of the layer in every interface."""

    self = serializers.URLField()
    features = serializers.URLField()
    ogc = serializers.URLField()
    items = serializers.URLField()
    queryables = serializers.URLField()
    tiles = serializers.URLField()
    legend = serializers.URLField()
    page = serializers.URLField()


class OwnerSerializer(serializers.Serializer):
    id = serializers.IntegerField(source="pk")
    name = serializers.CharField()
    place = serializers.CharField(source="place.name")


class LayerSerializer(serializers.ModelSerializer):
    id = serializers.CharField(source="slug", help_text="Its id in every interface.")
    title = serializers.CharField()
    abstract = serializers.CharField()
    count = serializers.SerializerMethodField(help_text="Features that you may see.")
    extent = serializers.SerializerMethodField(help_text="West, south, east, north in degrees.")
    owner = OwnerSerializer(source="department", allow_null=True)
    links = serializers.SerializerMethodField()

    class Meta:
        model = Layer
        fields = [
            "id",
            "title",
            "abstract",
            "geometry_type",
            "count",
            "revision",
            "changed_at",
            "extent",
            "min_zoom",
            "max_zoom",
            "visibility",
            "group",
            "owner",
            "is_demo",
            "links",
        ]

    def get_count(self, layer) -> int:
        return self._summary(layer).count

    @extend_schema_field(
        serializers.ListField(child=serializers.FloatField(), min_length=4, max_length=4, allow_null=True)
    )
    def get_extent(self, layer):
        return self._summary(layer).box

    @extend_schema_field(LinksSerializer)
    def get_links(self, layer):
        named = {
            "self": "layers:detail",
            "features": "layers:features",
            "ogc": "ogc:collection",
            "items": "ogc:items",
            "queryables": "ogc:queryables",
            "tiles": "tiles:tilejson",
            "legend": "catalogue:legend_json",
            "page": "catalogue:layer",
        }
        build = self.context["request"].build_absolute_uri
        return {key: build(reverse(name, args=[layer.slug])) for key, name in named.items()}

    def _summary(self, layer):
        return features.summary(source_of(layer), self.context["request"].user)


class ChoiceSerializer(serializers.Serializer):
    value = serializers.CharField()
    label = serializers.CharField()


class AttributeSerializer(serializers.Serializer):
    name = serializers.CharField()
    title = serializers.CharField()
    type = serializers.ChoiceField(choices=FieldType.choices)
    unit = serializers.CharField()
    required = serializers.BooleanField()
    choices = ChoiceSerializer(many=True)


class LayerDetailSerializer(LayerSerializer):
    attributes = serializers.SerializerMethodField()
    style = serializers.SerializerMethodField(help_text="MapLibre style layers without ids and source.")

    class Meta(LayerSerializer.Meta):
        fields = [
            *LayerSerializer.Meta.fields,
            "keywords",
            "source",
            "licence",
            "contact",
            "update_frequency",
            "lineage",
            "attributes",
            "style",
        ]

    @extend_schema_field(AttributeSerializer(many=True))
    def get_attributes(self, layer):
        return AttributeSerializer(source_of(layer).attributes, many=True).data

    @extend_schema_field(serializers.ListField(child=serializers.DictField()))
    def get_style(self, layer):
        return style_of(layer)


@extend_schema_field(
    {
        "type": "object",
        "required": ["type"],
        "properties": {"type": {"type": "string"}, "coordinates": {"type": "array", "items": {}}},
    }
)
class GeometryField(serializers.JSONField):
    """A GeoJSON geometry that the database wrote."""


class FeatureSerializer(serializers.Serializer):
    """GeoJSON; longitude, latitude."""

    type = serializers.ChoiceField(choices=["Feature"])
    id = serializers.IntegerField()
    geometry = GeometryField()
    properties = serializers.DictField()


class FeatureCollectionSerializer(serializers.Serializer):
    """A page of features. `count` is null where counting would not be quick; `next` is null on the last page."""

    type = serializers.ChoiceField(choices=["FeatureCollection"])
    count = serializers.IntegerField(allow_null=True)
    next = serializers.URLField(allow_null=True)
    features = FeatureSerializer(many=True)


class ErrorSerializer(serializers.Serializer):
    """A sentence that says what to mend, and for each parameter what is wrong with it."""

    code = serializers.CharField()
    message = serializers.CharField()


# In the class body it would hide Serializer.fields.
ErrorSerializer._declared_fields["fields"] = serializers.DictField(child=serializers.ListField())
