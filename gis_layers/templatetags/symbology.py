from django import template
from django.utils.safestring import mark_safe
from django.utils.translation import get_language

from gis_layers import symbology

register = template.Library()


@register.inclusion_tag("gis_layers/catalogue/legend.html")
def legend(layer):
    """The layer's legend: a list of swatches with their labels in the reader's language."""
    return {"entries": [drawn(entry) for entry in symbology.legend(layer)]}


def drawn(entry):
    """A legend entry as the reader sees it: {"swatch": SVG, "label": text}."""
    label = (entry["label_ar"] if get_language() == "ar" else entry["label_en"]) or entry["label_ar"]
    drawing = mark_safe(symbology.swatch_svg(entry["swatch"]))  # noqa: S308 colours are hex, checked when stored
    return {"swatch": drawing, "label": label}
