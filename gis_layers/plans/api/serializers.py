from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from gis_layers.plans.models import Plan, Provision
from gis_layers.plans.workflow import PUBLIC

PARAMETERS = dict(Provision.Parameter.choices)


class PlanSerializer(serializers.ModelSerializer):
    title = serializers.CharField(read_only=True, help_text="In the language of the request")
    place = serializers.CharField(source="place.code", read_only=True, help_text="Code of the municipality")
    state = serializers.CharField(read_only=True, help_text=", ".join(PUBLIC))
    url = serializers.SerializerMethodField()

    class Meta:
        model = Plan
        fields = [
            "id",
            "kind",
            "number",
            "title",
            "title_ar",
            "title_en",
            "place",
            "state",
            "consultation_from",
            "consultation_to",
            "decree_number",
            "decree_date",
            "in_force_from",
            "in_force_to",
            "supersedes",
            "url",
        ]

    @extend_schema_field(serializers.URLField())
    def get_url(self, plan):
        return self.context["request"].build_absolute_uri(reverse("plans:plan", args=[plan.pk]))


class UseSerializer(serializers.Serializer):
    ar = serializers.CharField()
    en = serializers.CharField(allow_blank=True)


class ProvisionSerializer(serializers.Serializer):
    """A by-law parameter; `value` is a number in `unit`: m, m2, % or 1 (a plain number)."""

    parameter = serializers.ChoiceField(choices=Provision.Parameter.choices)
    title = serializers.SerializerMethodField(help_text="In the language of the request")
    value = serializers.FloatField()
    unit = serializers.CharField()
    clause = serializers.CharField()
    text_ar = serializers.CharField(allow_blank=True)
    text_en = serializers.CharField(allow_blank=True)

    @extend_schema_field(serializers.CharField())
    def get_title(self, rule):
        parameter = rule["parameter"] if isinstance(rule, dict) else rule.parameter
        return str(PARAMETERS[parameter])


class ZoneSerializer(serializers.Serializer):
    code = serializers.CharField()
    name = serializers.CharField(help_text="In the language of the request")
    name_ar = serializers.CharField()
    name_en = serializers.CharField(allow_blank=True)
    colour = serializers.CharField()
    uses = UseSerializer(many=True)


class ZoneTypeSerializer(ZoneSerializer):
    provisions = ProvisionSerializer(many=True)


class PlanDetailSerializer(PlanSerializer):
    zones = ZoneTypeSerializer(source="zone_types", many=True)

    class Meta(PlanSerializer.Meta):
        fields = [*PlanSerializer.Meta.fields, "summary_ar", "summary_en", "zones"]


class HeldSerializer(serializers.Serializer):
    """What one plan says of the point."""

    plan = PlanSerializer()
    zone = ZoneSerializer(source="zone_type")
    provisions = ProvisionSerializer(source="rules", many=True)


class PlansAtSerializer(serializers.Serializer):
    lon = serializers.FloatField()
    lat = serializers.FloatField()
    on = serializers.DateField()
    results = HeldSerializer(many=True, help_text="The master plan first; empty where no plan held")
