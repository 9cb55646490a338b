from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gis_layers.models import Layer
from gis_layers.plans.models import PlanZone
from gis_layers.registry import ModelLayer, register


class ZoneLayer(ModelLayer):
    fields = [
        "zone_type__code",
        "zone_type__name_ar",
        "zone_type__name_en",
        "zone_type__colour",
        "plan__number",
        "plan__title_ar",
        "plan__kind",
    ]
    label_field = "name_ar"
    public = True
    min_zoom = 10
    group = Layer.Group.PLANS
    style = [
        {"id": "zone", "type": "fill", "paint": {"fill-color": ["get", "colour"], "fill-opacity": 0.55}},
        {"id": "edge", "type": "line", "paint": {"line-color": "#5b4a6b", "line-width": 1}},
        {
            "id": "label",
            "type": "symbol",
            "minzoom": 15,
            "layout": {
                "text-field": ["to-string", ["get", "name_ar"]],
                "text-font": ["IBM Plex Sans Arabic"],
                "text-size": 12,
            },
            "paint": {"text-color": "#33283f", "text-halo-color": "#ffffff", "text-halo-width": 1.5},
        },
    ]


@register
class PlanZones(ZoneLayer):
    id = "plan_zones"
    title = _("Zones of the plans in force")
    abstract = _("What may be built where, by the master and detailed plans in force today.")
    queryset = PlanZone.objects.law()
    fields = [*ZoneLayer.fields, "plan__in_force_from"]
    period = ("plan__in_force_from", "plan__in_force_to")
    position = 35

    def rows(self, user):
        """The registered queryset is made when the process starts; the day is asked for here."""
        return super().rows(user).in_force_on(timezone.localdate())


@register
class PlanProposals(ZoneLayer):
    id = "plan_proposals"
    title = _("Zones under consultation")
    abstract = _("What plans propose that are open to objections or wait for their decree. It is not law yet.")
    queryset = PlanZone.objects.proposals()
    fields = [*ZoneLayer.fields, "plan__consultation_from", "plan__consultation_to"]
    position = 36
