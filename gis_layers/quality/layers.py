from django.utils.translation import gettext_lazy as _

from gis_layers.models import Layer
from gis_layers.quality.models import Finding, Rule
from gis_layers.registry import ModelLayer, register

COLORS = {Rule.Severity.BLOCKING: "#b3261e", Rule.Severity.WARNING: "#b26a00", Rule.Severity.NOTE: "#1f6fb2"}


@register
class Findings(ModelLayer):
    """Rows for those who may change the layer that a finding is about; other officials see an empty layer."""

    id = "quality-findings"
    title = _("Quality findings")
    abstract = _("Where features of a layer break its quality rules, for those who may change that layer.")
    queryset = Finding.objects.on_the_map()
    fields = ["rule__layer__slug", "rule__kind", "rule__severity", "feature_no", "other_no", "value"]
    group = Layer.Group.OTHER
    position = 190
    symbology = {
        "kind": "category",
        "field": "severity",
        "symbol": {"opacity": 0.5, "outline": "#b3261e", "outline_width": 2},
        "classes": [{"value": value, "color": color} for value, color in COLORS.items()],
    }
