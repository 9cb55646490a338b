from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from muni.core.text import western_digits
from muni.places.models import Place

LEVELS = {level: level.name.lower() for level in Place.Level}


class Degrees(serializers.FloatField):
    """A coordinate in degrees, typed in either digit set."""

    default_error_messages = {
        "required": _("Give the longitude and the latitude in degrees."),
        "invalid": _("Write degrees as a number, such as 47.15."),
    }

    def to_internal_value(self, data):
        return super().to_internal_value(western_digits(str(data)))


class Day(serializers.DateField):
    """YYYY-MM-DD in either digit set."""

    default_error_messages = {"invalid": _("Write the day as year-month-day, such as 2026-05-31.")}

    def to_internal_value(self, data):
        return super().to_internal_value(western_digits(data) if isinstance(data, str) else data)


class AtQuery(serializers.Serializer):
    lon = Degrees(
        min_value=-180,
        max_value=180,
        help_text="Longitude in degrees (EPSG:4326)",
        error_messages={
            "min_value": _("A longitude lies between -180 and 180."),
            "max_value": _("A longitude lies between -180 and 180."),
        },
    )
    lat = Degrees(
        min_value=-90,
        max_value=90,
        help_text="Latitude in degrees (EPSG:4326)",
        error_messages={
            "min_value": _("A latitude lies between -90 and 90."),
            "max_value": _("A latitude lies between -90 and 90."),
        },
    )
    on = Day(required=False, help_text="The day whose boundaries hold; today if left out")


class BoundaryQuery(serializers.Serializer):
    boundary = serializers.BooleanField(required=False, default=False, help_text="Adds the boundary as GeoJSON")
    on = Day(required=False, help_text="The day whose boundary is meant; today if left out")


class PlaceSerializer(serializers.ModelSerializer):
    name = serializers.CharField(read_only=True, help_text="In the language of the request")

    class Meta:
        model = Place
        fields = ["id", "code", "name", "name_ar", "name_en", "iso_code"]


class AtSerializer(serializers.Serializer):
    """The places that hold a point; null where no boundary is known."""

    governorate = PlaceSerializer(allow_null=True)
    qadha = PlaceSerializer(allow_null=True)
    nahiya = PlaceSerializer(allow_null=True)
    municipality = PlaceSerializer(allow_null=True)
    neighbourhood = PlaceSerializer(allow_null=True)


class ListedPlaceSerializer(PlaceSerializer):
    level = serializers.SerializerMethodField()
    parent = serializers.PrimaryKeyRelatedField(read_only=True, allow_null=True)

    class Meta(PlaceSerializer.Meta):
        fields = [*PlaceSerializer.Meta.fields, "level", "parent"]

    @extend_schema_field(serializers.ChoiceField(choices=list(LEVELS.values())))
    def get_level(self, place):
        return LEVELS[place.level]


@extend_schema_field({"type": ["object", "null"], "description": "GeoJSON MultiPolygon, longitude and latitude"})
class GeoJsonField(serializers.Field):
    def to_representation(self, value):
        return value


class PlaceDetailSerializer(ListedPlaceSerializer):
    boundary = GeoJsonField(read_only=True, required=False, help_text="Only when asked for by `boundary=true`")

    class Meta(ListedPlaceSerializer.Meta):
        fields = [*ListedPlaceSerializer.Meta.fields, "boundary"]
