"""Checks a declared symbology and completes it; defaults for a fresh layer."""

import math
import re

from django.utils.translation import gettext_lazy as _

from gis_layers.symbology.palettes import CATEGORIES, NO_DATA, OTHER
from muni.core.errors import DomainError

MARKERS = {
    "circle": _("circle"),
    "square": _("square"),
    "triangle": _("triangle"),
    "diamond": _("diamond"),
    "star": _("star"),
    "cross": _("cross"),
}
DASHES = {"solid": _("solid"), "dashed": _("dashed"), "dotted": _("dotted")}
HATCHES = {"none": _("plain fill"), "diagonal": _("slanted lines"), "cross": _("crossed lines"), "dots": _("dots")}
MAX_CATEGORIES = 60
MAX_CLASSES = 9
COLOR = re.compile(r"#[0-9a-f]{6}")

_DEFAULT_COLOR = {"Point": "#0072b2", "LineString": "#8a4b08", "Polygon": "#009e73", "Geometry": "#0072b2"}
_SYMBOL = {
    "opacity": 0.9,
    "outline": "#ffffff",
    "outline_width": 1.5,
    "size": 6,
    "width": 2,
    "marker": "circle",
    "dash": "solid",
    "hatch": "none",
}
_RANGES = {"opacity": (0, 1), "outline_width": (0, 10), "size": (1, 40), "width": (0.25, 30)}
_WORDS = {"marker": MARKERS, "dash": DASHES, "hatch": HATCHES}
_LABEL = {"field": "", "size": 13, "halo": 1.5, "min_zoom": 14}
_LABEL_RANGES = {"size": (8, 32), "halo": (0, 5), "min_zoom": (0, 22)}

_SHAPE = {"kind": str, "field": str, "symbol": dict, "label": dict, "method": str, "ramp": str}
_SHAPE |= dict.fromkeys(("classes", "breaks", "colors", "counts"), list)
_WORD_SHAPE = dict.fromkeys(("marker", "dash", "hatch", "color", "outline"), str)


class SymbologyError(DomainError):
    """The declaration cannot be drawn; `fields` says where."""

    code = "symbology_not_valid"
    status = 400


def default_symbology(geometry_type, label_field=""):
    """A decent single symbol for a layer that nobody has styled."""
    symbol = {**_SYMBOL, "color": _DEFAULT_COLOR[geometry_type]}
    if geometry_type == "Polygon":
        symbol |= {"opacity": 0.45, "outline": "#00684c", "outline_width": 1}
    elif geometry_type == "LineString":
        symbol |= {"outline_width": 0}
    return {"kind": "single", "symbol": symbol, "label": {**_LABEL, "field": label_field}}


def cleaned(symbology, geometry_type, attributes):
    """The declaration, complete and safe to compile.

    attributes: the layer's Attribute tuple; their choices name classes that carry no label of their own.
    Raises SymbologyError with every mistake in `fields`.
    """
    _refuse_misshapen(symbology)
    by_name = {attribute.name: attribute for attribute in attributes}
    errors = {}
    default = default_symbology(geometry_type)
    result = {
        "kind": symbology.get("kind", "single"),
        "symbol": _numbers_and_words(symbology.get("symbol", {}), default["symbol"], _RANGES, errors),
        "label": _numbers_and_words(symbology.get("label", {}), default["label"], _LABEL_RANGES, errors),
    }
    if result["label"]["field"] and result["label"]["field"] not in by_name:
        errors["label_field"] = _("The layer has no attribute “%s”.") % result["label"]["field"]
    if result["kind"] in {"category", "breaks"}:
        result["field"] = symbology.get("field", "")
        if result["field"] not in by_name:
            errors["field"] = _("Choose an attribute of the layer.")
        elif result["kind"] == "category":
            result |= _categories(symbology, by_name[result["field"]], errors)
        else:
            result |= _breaks(symbology, errors)
    elif result["kind"] != "single":
        errors["kind"] = _("Choose how the layer is drawn.")
    if errors:
        raise SymbologyError(_("The style cannot be drawn like this."), fields=errors)
    return result


def _refuse_misshapen(symbology):
    """What arrives is JSON from anywhere: every part is of its type before it is read."""
    parts = [(symbology, _SHAPE)]
    if isinstance(symbology, dict):
        parts += [(symbology.get("symbol", {}), _WORD_SHAPE), (symbology.get("label", {}), {"field": str})]
        classes = symbology.get("classes", [])
        parts += [(entry, {}) for entry in classes] if isinstance(classes, list) else []
    for part, shape in parts:
        if not isinstance(part, dict) or any(
            name in part and not isinstance(part[name], kind) for name, kind in shape.items()
        ):
            raise SymbologyError(_("The style did not arrive whole. Try again."))
    if not all(isinstance(count, int) for count in symbology.get("counts", [])):
        raise SymbologyError(_("The style did not arrive whole. Try again."))


def _numbers_and_words(given, default, ranges, errors):
    result = dict(default)
    for name, value in given.items():
        if name not in default or value is None:
            continue
        if name in ranges:
            low, high = ranges[name]
            if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
                errors[name] = _("From %(low)s to %(high)s.") % {"low": low, "high": high}
        elif name in _WORDS:
            if value not in _WORDS[name]:
                errors[name] = _("Choose one of the list.")
        elif name in {"color", "outline"}:
            value = _color(value, name, errors)
        result[name] = value
    return result


def _color(value, name, errors):
    value = value.lower() if isinstance(value, str) else ""
    if not COLOR.fullmatch(value):
        errors[name] = _("A colour is written #rrggbb.")
    return value


def _categories(symbology, attribute, errors):
    named = {str(choice.value): choice for choice in attribute.choices}
    palette = CATEGORIES["okabe_ito"][1]
    classes, seen = [], set()
    for given in symbology.get("classes", []):
        value = given.get("value")
        value = value if isinstance(value, str) else as_map_text(value)
        if value in seen:
            errors["classes"] = _("The value “%s” has two colours.") % value
        seen.add(value)
        choice = named.get(value)
        classes.append(
            {
                "value": value,
                "color": _color(given.get("color", palette[len(classes) % len(palette)]), "classes", errors),
                "label_ar": str(given.get("label_ar") or (choice and choice.label_ar) or value)[:200],
                "label_en": str(given.get("label_en") or (choice and choice.label_en) or "")[:200],
            }
        )
    if not 1 <= len(classes) <= MAX_CATEGORIES:
        errors["classes"] = _("Give a colour to at least one value and at most %d.") % MAX_CATEGORIES
    other = symbology.get("other", OTHER)
    return {"classes": classes, "other": other and _color(other, "other", errors)}


def as_map_text(value):
    """A value as MapLibre's to-string writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)


def _breaks(symbology, errors):
    breaks, colors = symbology.get("breaks", []), symbology.get("colors", [])
    numbers = all(isinstance(b, int | float) and not isinstance(b, bool) and math.isfinite(b) for b in breaks)
    in_order = numbers and (
        all(a < b for a, b in zip(breaks, breaks[1:], strict=False)) or (len(breaks) == 2 and breaks[0] == breaks[1])
    )
    if not in_order or not 2 <= len(breaks) <= MAX_CLASSES + 1:
        errors["breaks"] = _("Breaks are rising numbers for two to nine classes.")
    if len(colors) != len(breaks) - 1:
        errors["colors"] = _("Each class needs one colour.")
    no_data = symbology.get("no_data", NO_DATA)
    return {
        "method": symbology.get("method", "")[:20],
        "ramp": symbology.get("ramp", "")[:20],
        "reverse": bool(symbology.get("reverse", False)),
        "breaks": breaks,
        "colors": [_color(color, "colors", errors) for color in colors],
        "counts": symbology.get("counts", [])[:MAX_CLASSES],
        "no_data": no_data and _color(no_data, "no_data", errors),
        "whole": bool(symbology.get("whole", False)),
    }
