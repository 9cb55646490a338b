"""How a layer looks, as rules without a database.

A symbology is a small declaration that a planner edits; `style_layers` turns it into MapLibre style layers and
`legend_entries` into a legend, so map and legend cannot disagree:

    {"kind": "single" | "category" | "breaks" | "handwritten",
     "symbol": {"color", "opacity", "outline", "outline_width", "size", "width", "marker", "dash", "hatch"},
     "label": {"field", "size", "halo", "min_zoom"},
     category  "field", "classes": [{"value", "color", "label_ar", "label_en"}], "other": "#rrggbb" or None
     breaks    "field", "method", "breaks": [b0, ... bn], "colors": n, "no_data": "#rrggbb" or None, "whole": bool
     handwritten  the style is MapLibre JSON, checked by `checked_style`}

Style layers name no source: a map gives them its own, and prefixes their ids with the layer's address.
"""

from gis_layers.symbology.breaks import METHODS, class_breaks, class_label, class_of
from gis_layers.symbology.declared import SymbologyError, cleaned, default_symbology
from gis_layers.symbology.handwritten import checked_style
from gis_layers.symbology.legend import handwritten_entries, legend_entries, legend_svg, swatch_svg
from gis_layers.symbology.maplibre import style_layers

__all__ = [
    "METHODS",
    "SymbologyError",
    "checked_style",
    "class_breaks",
    "class_label",
    "class_of",
    "cleaned",
    "default_symbology",
    "handwritten_entries",
    "legend",
    "legend_entries",
    "legend_svg",
    "style_of",
    "swatch_svg",
]


def style_of(layer):
    """MapLibre style layers of a catalogue row: its own, or a decent single symbol while it has none."""
    return layer.style or style_layers(default_symbology(layer.geometry_type, layer.label_field), layer.geometry_type)


def legend(layer):
    """[{"label_ar", "label_en", "swatch"}] of a catalogue row; `swatch_svg(entry["swatch"])` draws one."""
    symbology = layer.symbology or default_symbology(layer.geometry_type, layer.label_field)
    titles = {"title_ar": layer.title_ar, "title_en": layer.title_en}
    if symbology["kind"] == "handwritten":
        return handwritten_entries(layer.style, layer.geometry_type, **titles)
    return legend_entries(symbology, layer.geometry_type, **titles)
