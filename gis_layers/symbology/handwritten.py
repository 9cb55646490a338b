"""MapLibre style layers that a planner wrote by hand: whatever is not known to be harmless is refused.

A style that MapLibre cannot compile takes the whole map down, and one that names an address could send readers there;
so types, properties, operators and their arguments are checked here, against lists, before anything is stored.
"""

import json
import math
import re
from dataclasses import dataclass

from django.utils.translation import gettext as _

from gis_layers.symbology.declared import HATCHES, MARKERS, SymbologyError
from gis_layers.symbology.maplibre import FONT, LABELLED_ELSEWHERE

MAX_LAYERS = 20
MAX_BYTES = 50_000
MAX_DEPTH = 14

_ID = re.compile(r"[a-z][a-z0-9-]{0,39}")
_COLOR = re.compile(
    r"#([0-9a-f]{3}|[0-9a-f]{6})|rgb\((\d{1,3}, ?){2}\d{1,3}\)|rgba\((\d{1,3}, ?){3}(0|1|0?\.\d{1,3})\)"
    r"|transparent|black|white|gray|red|green|blue|orange|yellow|purple|brown|pink",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"://|^\s*//|\burl\s*\(|^\s*(data|javascript|blob|file):", re.IGNORECASE)
_IMAGE = re.compile(
    rf"marker:({'|'.join(MARKERS)}):(#[0-9a-f]{{6}}|none):(#[0-9a-f]{{6}}|none)"
    rf"|hatch:({'|'.join(HATCHES.keys() - {'none'})}):(#[0-9a-f]{{6}}|none)"
)


@dataclass(frozen=True)
class Kind:
    """What a property holds. `data`: it may read attributes. low, high: of numbers."""

    type: str
    data: bool = True
    low: float = -1000
    high: float = 1000
    words: tuple = ()

    @property
    def interpolates(self):
        return self.type in {"number", "color"}


def _size(high, **more):
    return Kind("number", low=0, high=high, **more)


_SHARE, _COLOUR, _IMAGE_NAME = _size(1), Kind("color"), Kind("image")
_ANCHORS = ("center", "left", "right", "top", "bottom", "top-left", "top-right", "bottom-left", "bottom-right")
_FLAG = Kind("boolean", data=False)
_PAIR = Kind("pair", data=False)
_MAP_OR_VIEW = Kind("enum", data=False, words=("map", "viewport"))
_AUTO = ("map", "viewport", "auto")
_ORDER = Kind("number", low=-1e9, high=1e9)

PROPERTIES = {
    "fill": {
        "layout": {"fill-sort-key": _ORDER},
        "paint": {
            "fill-antialias": _FLAG,
            "fill-opacity": _SHARE,
            "fill-color": _COLOUR,
            "fill-outline-color": _COLOUR,
            "fill-translate": _PAIR,
            "fill-translate-anchor": _MAP_OR_VIEW,
            "fill-pattern": _IMAGE_NAME,
        },
    },
    "line": {
        "layout": {
            "line-cap": Kind("enum", words=("butt", "round", "square")),
            "line-join": Kind("enum", words=("bevel", "round", "miter")),
            "line-miter-limit": _size(10),
            "line-sort-key": _ORDER,
        },
        "paint": {
            "line-opacity": _SHARE,
            "line-color": _COLOUR,
            "line-translate": _PAIR,
            "line-translate-anchor": _MAP_OR_VIEW,
            "line-width": _size(100),
            "line-gap-width": _size(100),
            "line-offset": Kind("number", low=-100, high=100),
            "line-blur": _size(50),
            "line-dasharray": Kind("dash", data=False),
        },
    },
    "circle": {
        "layout": {"circle-sort-key": _ORDER},
        "paint": {
            "circle-radius": _size(100),
            "circle-color": _COLOUR,
            "circle-blur": _size(5),
            "circle-opacity": _SHARE,
            "circle-translate": _PAIR,
            "circle-translate-anchor": _MAP_OR_VIEW,
            "circle-pitch-scale": _MAP_OR_VIEW,
            "circle-pitch-alignment": _MAP_OR_VIEW,
            "circle-stroke-width": _size(30),
            "circle-stroke-color": _COLOUR,
            "circle-stroke-opacity": _SHARE,
        },
    },
    "symbol": {
        "layout": {
            "symbol-placement": Kind("enum", data=False, words=("point", "line", "line-center")),
            "symbol-spacing": Kind("number", data=False, low=1, high=1000),
            "symbol-avoid-edges": _FLAG,
            "symbol-sort-key": _ORDER,
            "symbol-z-order": Kind("enum", data=False, words=("auto", "viewport-y", "source")),
            "icon-allow-overlap": _FLAG,
            "icon-ignore-placement": _FLAG,
            "icon-optional": _FLAG,
            "icon-rotation-alignment": Kind("enum", words=_AUTO),
            "icon-size": _size(8),
            "icon-image": _IMAGE_NAME,
            "icon-rotate": Kind("number", low=-360, high=360),
            "icon-keep-upright": _FLAG,
            "icon-offset": _PAIR,
            "icon-anchor": Kind("enum", words=_ANCHORS),
            "text-pitch-alignment": Kind("enum", data=False, words=_AUTO),
            "text-field": Kind("formatted"),
            "text-font": Kind("font", data=False),
            "text-size": _size(60),
            "text-max-width": _size(100),
            "text-line-height": _size(5, data=False),
            "text-letter-spacing": _size(2),
            "text-justify": Kind("enum", words=("auto", "left", "center", "right")),
            "text-radial-offset": _size(20),
            "text-anchor": Kind("enum", words=_ANCHORS),
            "text-max-angle": _size(180, data=False),
            "text-rotate": Kind("number", low=-360, high=360),
            "text-padding": _size(50, data=False),
            "text-keep-upright": _FLAG,
            "text-transform": Kind("enum", words=("none", "uppercase", "lowercase")),
            "text-offset": _PAIR,
            "text-allow-overlap": _FLAG,
            "text-ignore-placement": _FLAG,
            "text-optional": _FLAG,
        },
        "paint": {
            "icon-opacity": _SHARE,
            "icon-translate": _PAIR,
            "text-opacity": _SHARE,
            "text-color": _COLOUR,
            "text-halo-color": _COLOUR,
            "text-halo-width": _size(20),
            "text-halo-blur": _size(20),
            "text-translate": _PAIR,
            "text-translate-anchor": _MAP_OR_VIEW,
        },
    },
    "fill-extrusion": {
        "layout": {},
        "paint": {
            "fill-extrusion-opacity": _size(1, data=False),
            "fill-extrusion-color": _COLOUR,
            "fill-extrusion-translate": _PAIR,
            "fill-extrusion-height": _size(1000),
            "fill-extrusion-base": _size(1000),
            "fill-extrusion-vertical-gradient": _FLAG,
        },
    },
}

# operator: (fewest arguments, most, type of the arguments, type of the result)
_MANY = 50
_OPERATORS = {
    "id": (0, 0, "any", "any"),
    "geometry-type": (0, 0, "any", "string"),
    "typeof": (1, 1, "any", "string"),
    "to-string": (1, 1, "any", "string"),
    "to-boolean": (1, 1, "any", "boolean"),
    "to-number": (1, _MANY, "any", "number"),
    "to-color": (1, _MANY, "any", "color"),
    "string": (1, _MANY, "any", "string"),
    "number": (1, _MANY, "any", "number"),
    "boolean": (1, _MANY, "any", "boolean"),
    "!": (1, 1, "boolean", "boolean"),
    "all": (1, _MANY, "boolean", "boolean"),
    "any": (1, _MANY, "boolean", "boolean"),
    "==": (2, 2, "any", "boolean"),
    "!=": (2, 2, "any", "boolean"),
    "<": (2, 2, "number", "boolean"),
    "<=": (2, 2, "number", "boolean"),
    ">": (2, 2, "number", "boolean"),
    ">=": (2, 2, "number", "boolean"),
    "+": (1, _MANY, "number", "number"),
    "*": (1, _MANY, "number", "number"),
    "-": (1, 2, "number", "number"),
    "/": (2, 2, "number", "number"),
    "%": (2, 2, "number", "number"),
    "^": (2, 2, "number", "number"),
    "min": (1, _MANY, "number", "number"),
    "max": (1, _MANY, "number", "number"),
    **{name: (1, 1, "number", "number") for name in ("sqrt", "abs", "ceil", "floor", "round", "ln", "log10", "log2")},
    "concat": (1, _MANY, "any", "string"),
    "upcase": (1, 1, "string", "string"),
    "downcase": (1, 1, "string", "string"),
    "rgb": (3, 3, "number", "color"),
    "rgba": (4, 4, "number", "color"),
}
_COERCED = {"color", "formatted", "image", "enum"}  # a string, or a value that turns out to be one, becomes these
_ANY, _TEXT, _NUMBER, _BOOLEAN = (Kind(t, low=-math.inf, high=math.inf) for t in ("any", "string", "number", "boolean"))
_KINDS = {"any": _ANY, "string": _TEXT, "number": _NUMBER, "boolean": _BOOLEAN}


def checked_style(style, attribute_names):
    """The style layers, with ids, when all of them are harmless and will compile.

    style: list of MapLibre style layers without source. attribute_names: what ["get", ...] may read.
    Raises SymbologyError; its sentence says where.
    """
    if not isinstance(style, list) or not 1 <= len(style) <= MAX_LAYERS:
        raise SymbologyError(_("A style is a list of one to %d layers.") % MAX_LAYERS)
    try:
        size = len(json.dumps(style, allow_nan=False))
    except (ValueError, RecursionError):
        raise SymbologyError(_("The style holds a number that is not finite, or is nested too deep.")) from None
    if size > MAX_BYTES:
        raise SymbologyError(_("The style is larger than %d kilobytes.") % (MAX_BYTES // 1000))
    check = _Check(set(attribute_names))
    layers = [check.layer(layer, number) for number, layer in enumerate(style, 1)]
    ids = [layer["id"] for layer in layers]
    if len(set(ids)) < len(ids):
        raise SymbologyError(_("Two layers of the style have the same id."))
    return layers


class _Check:
    """Walks one style; `where` is told in each refusal."""

    def __init__(self, attributes):
        self.attributes = {*attributes, LABELLED_ELSEWHERE}
        self.where = ""

    def refuse(self, reason):
        raise SymbologyError(_("%(where)s: %(reason)s") % {"where": self.where, "reason": reason})

    def layer(self, layer, number):
        self.where = _("Layer %d") % number
        if not isinstance(layer, dict):
            self.refuse(_("a layer is an object."))
        kind = layer.get("type")
        if not isinstance(kind, str) or kind not in PROPERTIES:
            self.refuse(_("the type must be one of %s.") % ", ".join(PROPERTIES))
        if unknown := set(layer) - {"id", "type", "minzoom", "maxzoom", "filter", "layout", "paint"}:
            self.refuse(_("“%s” is not allowed here.") % sorted(unknown)[0])
        name = layer.get("id", f"{kind}-{number}")
        if not isinstance(name, str) or not _ID.fullmatch(name):
            self.refuse(_("an id is lower-case Latin letters, digits and -."))
        low, high = layer.get("minzoom", 0), layer.get("maxzoom", 24)
        if not all(_is_number(zoom) and 0 <= zoom <= 24 for zoom in (low, high)) or low > high:
            self.refuse(_("zooms are numbers from 0 to 24, the first not beyond the last."))
        if "filter" in layer:
            self.where = _("Layer %d, filter") % number
            if not isinstance(layer["filter"], list):
                self.refuse(_("a filter is an expression."))
            self.value(layer["filter"], _BOOLEAN, depth=1)
        for part in ("layout", "paint"):
            self.properties(layer.get(part, {}), PROPERTIES[kind][part], number)
        return {**layer, "id": name}

    def properties(self, given, allowed, number):
        if not isinstance(given, dict):
            self.refuse(_("layout and paint are objects."))
        for name, value in given.items():
            self.where = _("Layer %(number)d, %(name)s") % {"number": number, "name": str(name)[:40]}
            if name not in allowed:
                self.refuse(_("this property is not allowed."))
            kind = allowed[name]
            if kind.type in {"pair", "dash", "font"}:
                self.array(value, kind)
            elif isinstance(value, list) and _curve_input(value) == ["zoom"]:
                self.curve(value, kind, depth=1, zoom=True)
            else:
                self.value(value, kind, depth=1)

    def array(self, value, kind):
        """Arrays are written out: they hold no expressions."""
        if kind.type == "font":
            if value != FONT:
                self.refuse(_("the only font is %s.") % FONT[0])
        elif not isinstance(value, list) or not all(_is_number(n) and -1000 <= n <= 1000 for n in value):
            self.refuse(_("an array of numbers is needed."))
        elif kind.type == "pair" and len(value) != 2:
            self.refuse(_("two numbers are needed."))
        elif kind.type == "dash" and (not 2 <= len(value) <= 8 or min(value) < 0 or not any(value)):
            self.refuse(_("two to eight lengths are needed."))

    def value(self, value, kind, *, depth):
        """Checks a literal or an expression where `kind` is expected; returns its type, "any" when only data tells."""
        if depth > MAX_DEPTH:
            self.refuse(_("the expression is nested too deep."))
        if not isinstance(value, list):
            return self.literal(value, kind)
        if not value or not isinstance(value[0], str):
            self.refuse(_("an expression starts with its operator."))
        operator = value[0]
        if operator in {"get", "has"}:
            found = self.attribute(value, kind)
        elif operator in {"case", "match", "coalesce"}:
            return getattr(self, operator)(value[1:], kind, depth)
        elif operator in {"step", "interpolate"}:
            return self.curve(value, kind, depth=depth)
        elif operator == "in":
            found = self.membership(value[1:], depth)
        elif operator in _OPERATORS:
            if not _reads_data(value):  # MapLibre works constants out while compiling, and fails on odd ones
                self.refuse(_("“%s” does not depend on the feature: write its result.") % operator)
            found = self.call(operator, value[1:], kind, depth)
        else:
            self.refuse(_("“%s” is not an operator that may be used.") % operator[:40])
        if found not in {"any", kind.type} and kind.type != "any" and not (found == "string" and kind.type in _COERCED):
            self.refuse(_("“%(operator)s” gives %(found)s where %(needed)s is needed.")
                        % {"operator": operator, "found": found, "needed": kind.type})  # fmt: skip
        if kind.type == "number" and math.isfinite(kind.high) and not _is_capped(value, kind.high):
            self.refuse(_('a computed size needs a limit: ["min", %(limit)s, …].') % {"limit": f"{kind.high:g}"})
        return found

    def literal(self, value, kind):
        if isinstance(value, str):
            if _ADDRESS.search(value):
                self.refuse(_("addresses are not allowed in a style."))
            known = {
                "color": _COLOR.fullmatch(value),
                "image": _IMAGE.fullmatch(value),
                "enum": value in kind.words,
                "formatted": "{" not in value,
                "string": True,
                "any": True,
            }.get(kind.type)
            found = "string"
        elif isinstance(value, bool):
            known, found = kind.type in {"boolean", "any"}, "boolean"
        elif _is_number(value):
            known = kind.type in {"number", "any"} and (kind.type == "any" or kind.low <= value <= kind.high)
            found = "number"
        else:
            known, found = value is None and kind.type == "any", "any"
        if not known:
            self.refuse(_("“%s” does not fit here.") % str(value)[:60])
        return found

    def attribute(self, value, kind):
        if not kind.data:
            self.refuse(_("this property cannot read attributes."))
        if len(value) != 2 or not isinstance(value[1], str):
            self.refuse(_("“%s” takes the name of one attribute.") % value[0])
        if value[1] not in self.attributes:
            self.refuse(_("the layer has no attribute “%s”.") % value[1][:60])
        return "boolean" if value[0] == "has" else "any"

    def call(self, operator, args, kind, depth):
        fewest, most, takes, gives = _OPERATORS[operator]
        if not fewest <= len(args) <= most:
            self.refuse(_("“%s” has the wrong number of arguments.") % operator)
        if operator in {"id", "geometry-type"} and not kind.data:
            self.refuse(_("this property cannot read attributes."))
        types = {self.value(arg, self.inside(_KINDS[takes], kind), depth=depth + 1) for arg in args} - {"any"}
        if operator in {"==", "!="} and len(types) > 1:
            self.refuse(_("“%s” compares two values of different types.") % operator)
        return gives

    def inside(self, kind, outer):
        return kind if outer.data else Kind(kind.type, data=False, low=kind.low, high=kind.high)

    def membership(self, args, depth):
        """["in", value, ["literal", [...]]]"""
        if len(args) != 2 or not isinstance(args[1], list) or len(args[1]) != 2 or args[1][0] != "literal":
            self.refuse(_("“in” takes a value and a literal list."))
        self.value(args[0], _ANY, depth=depth + 1)
        if not isinstance(args[1][1], list) or not all(isinstance(v, str) or _is_number(v) for v in args[1][1]):
            self.refuse(_("“in” takes a value and a literal list."))
        for entry in args[1][1]:
            self.literal(entry, _ANY)
        return "boolean"

    def case(self, args, kind, depth):
        if len(args) < 3 or len(args) % 2 == 0:
            self.refuse(_("“%s” has the wrong number of arguments.") % "case")
        for condition in args[:-1:2]:
            self.value(condition, self.inside(_BOOLEAN, kind), depth=depth + 1)
        return self.outputs([*args[1:-1:2], args[-1]], kind, depth)

    def match(self, args, kind, depth):
        if len(args) < 4 or len(args) % 2:
            self.refuse(_("“%s” has the wrong number of arguments.") % "match")
        labels = [v for label in args[1:-1:2] for v in (label if isinstance(label, list) else [label])]
        text = all(isinstance(label, str) for label in labels)
        whole = all(isinstance(label, int) and not isinstance(label, bool) for label in labels)
        if not labels or not (text or whole) or any(label == [] for label in args[1:-1:2]):
            self.refuse(_("the values of “match” are all texts or all whole numbers."))
        if len(set(labels)) < len(labels) or (whole and max(map(abs, labels)) > 2**53):
            self.refuse(_("a value of “match” is repeated or too large."))
        for label in labels:
            self.literal(label, _ANY)
        self.value(args[0], self.inside(_TEXT if text else _NUMBER, kind), depth=depth + 1)
        return self.outputs([*args[2:-1:2], args[-1]], kind, depth)

    def coalesce(self, args, kind, depth):
        if not 1 <= len(args) <= _MANY:
            self.refuse(_("“%s” has the wrong number of arguments.") % "coalesce")
        return self.outputs(args, kind, depth)

    def curve(self, value, kind, *, depth, zoom=False):
        """step and interpolate; only an outermost one may go by zoom."""
        operator, args = value[0], value[1:]
        if operator == "interpolate":
            if not kind.interpolates:
                self.refuse(_("this property has nothing between its values: use “step”."))
            if not args or not _is_easing(args[0]):
                self.refuse(_('interpolation is ["linear"] or ["exponential", base].'))
            args = args[1:]
            stops, outputs = args[1::2], args[2::2]
        else:
            stops, outputs = args[2::2], args[1::2]
        if not args or not stops or len(args) != 1 + len(stops) + len(outputs) or (
            len(outputs) != len(stops) + (operator == "step")
        ):  # fmt: skip
            self.refuse(_("“%s” has the wrong number of arguments.") % operator)
        if not all(map(_is_number, stops)) or any(a >= b for a, b in zip(stops, stops[1:], strict=False)):
            self.refuse(_("the stops of “%s” are rising numbers.") % operator)
        if not zoom:
            self.value(args[0], self.inside(_NUMBER, kind), depth=depth + 1)
        return self.outputs(outputs, kind, depth)

    def outputs(self, values, kind, depth):
        types = {self.value(value, kind, depth=depth + 1) for value in values} - {"any"}
        if kind.type != "any":
            return kind.type
        if len(types) > 1:
            self.refuse(_("the results are of different types."))
        return types.pop() if types else "any"


def _is_number(value):
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_easing(value):
    return value == ["linear"] or (
        isinstance(value, list) and len(value) == 2 and value[0] == "exponential" and _is_number(value[1])
        and 0 < value[1] <= 10
    )  # fmt: skip


def _curve_input(value):
    """What a step or interpolate goes by, else None."""
    place = {"step": 1, "interpolate": 2}.get(value[0] if value and isinstance(value[0], str) else "")
    return value[place] if place and len(value) > place else None


def _reads_data(value):
    if not isinstance(value, list) or not value:
        return False
    return value[0] in ("get", "has", "id", "geometry-type") or any(_reads_data(part) for part in value[1:])


def _is_capped(value, high):
    """["min", limit, ...] with a limit that the property allows."""
    return value[0] == "min" and any(_is_number(arg) and arg <= high for arg in value[1:])
