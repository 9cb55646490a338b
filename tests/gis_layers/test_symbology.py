"""Rules of how layers look: no database."""

import json
import subprocess
from itertools import product
from pathlib import Path
from shutil import which

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis_layers.fields import Attribute, Choice, FieldType
from gis_layers.symbology import (
    SymbologyError,
    checked_style,
    class_breaks,
    class_label,
    class_of,
    cleaned,
    default_symbology,
    handwritten_entries,
    legend_entries,
    legend_svg,
    style_layers,
    swatch_svg,
)
from gis_layers.symbology.handwritten import PROPERTIES
from gis_layers.symbology.palettes import CATEGORIES, RAMPS, ramp_colors

SPEC = Path(__file__).parents[2] / "node_modules/@maplibre/maplibre-gl-style-spec/dist"
NODE = which("node") and SPEC.exists()
ATTRIBUTES = (
    Attribute("kind", choices=(Choice("mulk", "ملك صرف", "owned"), Choice("miri", "أميرية", "state"))),
    Attribute("area", type=FieldType.NUMBER),
    Attribute("name"),
)
NAMES = [attribute.name for attribute in ATTRIBUTES]

numbers = st.one_of(
    st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=200),
    st.lists(st.floats(-1e9, 1e9, allow_subnormal=False).map(lambda f: round(f, 4)), min_size=1, max_size=200),
)


@settings(deadline=None)
@given(numbers, st.sampled_from(["equal", "quantile", "natural"]), st.integers(2, 9), st.booleans())
def test_classes_cover_all_values_and_each_value_is_in_exactly_one(values, method, count, whole):
    values = sorted(int(v) for v in values) if whole else sorted(values)
    breaks = class_breaks(values, method, count, whole=whole)
    assert breaks[0] == values[0]
    assert breaks[-1] == values[-1]
    assert len(breaks) - 1 <= count
    assert breaks == sorted(set(breaks)) or breaks[0] == breaks[1]
    last = len(breaks) - 2
    for value in values:
        inside = [
            i
            for i in range(len(breaks) - 1)
            if breaks[i] <= value and (value < breaks[i + 1] or (i == last and value == breaks[-1]))
        ]
        assert inside == [class_of(breaks, value)]


@pytest.mark.parametrize(
    ("method", "values", "count", "expected"),
    [
        ("equal", [0, 10, 20, 100], 4, [0, 25, 50, 75, 100]),
        ("quantile", [1, 2, 3, 4, 5, 6, 7, 8], 4, [1, 2, 4, 6, 8]),
        ("quantile", [0, 0, 0, 0, 0, 0, 5, 9], 4, [0, 9]),
        ("natural", [1, 2, 3, 50, 51, 52, 90, 91], 3, [1, 50, 90, 91]),
        ("equal", [7, 7, 7], 5, [7, 7]),
        ("natural", [3, 8], 5, [3, 8]),
    ],
)
def test_class_breaks(method, values, count, expected):
    assert class_breaks(values, method, count, whole=True) == expected


def test_labels_of_whole_numbers_do_not_overlap():
    breaks = [100, 250, 251, 400]
    assert [class_label(breaks, i, whole=True) for i in range(3)] == ["100 – 249", "250", "251 – 400"]
    assert class_label([0.5, 1250.25], 0) == "0.5 – 1,250.25"


@pytest.mark.parametrize("ramp", RAMPS)
@pytest.mark.parametrize("count", range(1, 10))
def test_ramps_give_distinct_colours(ramp, count):
    colors = ramp_colors(ramp, count)
    assert len(set(colors)) == count
    assert count == 1 or colors[::-1] == ramp_colors(ramp, count, reverse=True)


def test_category_colours_are_told_apart_by_their_lightness_or_hue():
    for _title, colors in CATEGORIES.values():
        assert len(set(colors)) == len(colors) >= 12


def declared(kind):
    return {
        "single": {"kind": "single", "symbol": {"color": "#112233"}},
        "category": {
            "kind": "category",
            "field": "kind",
            "classes": [{"value": "mulk", "color": "#0072b2"}, {"value": "miri", "color": "#e69f00"}],
        },
        "breaks": {
            "kind": "breaks",
            "field": "area",
            "method": "equal",
            "ramp": "blues",
            "breaks": [0, 100, 200.5],
            "colors": ["#deebf7", "#08306b"],
        },
    }[kind]


SYMBOLS = [{}, {"marker": "star", "dash": "dotted", "hatch": "cross", "outline_width": 2}, {"outline_width": 0}]


def compiled(geometry, kind, symbol):
    symbology = declared(kind) | {"symbol": symbol, "label": {"field": "name"}}
    return style_layers(cleaned(symbology, geometry, ATTRIBUTES), geometry)


def test_what_is_compiled_is_what_maplibre_accepts():
    ways = product(["Point", "LineString", "Polygon", "Geometry"], ["single", "category", "breaks"], SYMBOLS)
    styles = [compiled(*way) for way in ways]
    assert all(checked_style(style, NAMES) == style for style in styles)
    assert maplibre_errors(*styles) == []


def test_a_class_is_chosen_whether_a_tile_carries_texts_or_numbers():
    style = style_layers(cleaned(declared("breaks"), "Polygon", ATTRIBUTES), "Polygon")
    assert style[0]["paint"]["fill-color"] == [
        "case",
        ["==", ["to-string", ["get", "area"]], ""],
        "#d0d0d0",
        ["step", ["to-number", ["get", "area"], 0], "#deebf7", 100, "#08306b"],
    ]


def test_choices_name_the_classes_in_both_languages():
    symbology = cleaned(declared("category"), "Polygon", ATTRIBUTES)
    entries = legend_entries(symbology, "Polygon", title_ar="طبقة")
    assert [(e["label_ar"], e["label_en"]) for e in entries[:2]] == [("ملك صرف", "owned"), ("أميرية", "state")]
    assert len(entries) == 3


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"field": "nothing"}, "field"),
        ({"classes": []}, "classes"),
        ({"classes": [{"value": "a", "color": "red"}]}, "classes"),
        ({"classes": [{"value": "a"}, {"value": "a"}]}, "classes"),
        ({"symbol": {"opacity": 3}}, "opacity"),
        ({"symbol": {"outline": 'red"/><script>'}}, "outline"),
        ({"symbol": {"marker": "skull"}}, "marker"),
        ({"label": {"field": "nothing"}}, "label_field"),
        ({"kind": "magic"}, "kind"),
    ],
)
def test_mistakes_in_a_declaration_are_named(change, field):
    with pytest.raises(SymbologyError) as refused:
        cleaned(declared("category") | change, "Polygon", ATTRIBUTES)
    assert field in refused.value.fields


@pytest.mark.parametrize("breaks", [[], [1], [2, 1], [1, 1, 2], [0, float("nan")], ["0", "1"], list(range(12))])
def test_breaks_rise(breaks):
    with pytest.raises(SymbologyError):
        cleaned(declared("breaks") | {"breaks": breaks}, "Polygon", ATTRIBUTES)


def test_a_legend_escapes_what_people_typed():
    symbology = cleaned(
        declared("category") | {"classes": [{"value": "x", "color": "#112233", "label_ar": "<script>&"}]},
        "Polygon",
        ATTRIBUTES,
    )
    picture = legend_svg(legend_entries(symbology, "Polygon", title_ar="ط"), language="ar")
    assert "<script" not in picture
    assert "&lt;script&gt;&amp;" in picture


@pytest.mark.parametrize("marker", ["circle", "square", "triangle", "diamond", "star", "cross"])
def test_swatches_are_drawings(marker):
    symbol = default_symbology("Point")["symbol"] | {"marker": marker, "shape": "marker"}
    assert swatch_svg(symbol).count("#0072b2") == 1


FILL = {"id": "a", "type": "fill", "paint": {"fill-color": "#112233"}}
DEEP = ["get", "kind"]
for _step in range(40):
    DEEP = ["to-string", DEEP]

HOSTILE = {
    "not a list": {"type": "fill"},
    "empty": [],
    "too many": [{**FILL, "id": f"a{i}"} for i in range(21)],
    "twice the same id": [FILL, FILL],
    "a background over the map": [{"type": "background"}],
    "a raster": [{"type": "raster"}],
    "a type that is no text": [{"type": ["fill"]}],
    "another source": [FILL | {"source": "parcels"}],
    "another source layer": [FILL | {"source-layer": "private"}],
    "metadata": [FILL | {"metadata": {"x": 1}}],
    "an unknown property": [{"type": "fill", "paint": {"fill-url": "x"}}],
    "an id that escapes": [FILL | {"id": "<img>"}],
    "an image from elsewhere": [{"type": "fill", "paint": {"fill-pattern": "https://evil.example/x.png"}}],
    "an icon of another sprite": [{"type": "symbol", "layout": {"icon-image": "other:icon"}}],
    "an address in a label": [{"type": "symbol", "layout": {"text-field": "see https://evil.example"}}],
    "an address in an expression": [
        {"type": "symbol", "layout": {"text-field": ["concat", "//evil.example/", ["get", "name"]]}}
    ],
    "a data address": [{"type": "symbol", "layout": {"icon-image": "data:image/svg+xml,<svg>"}}],
    "a token": [{"type": "symbol", "layout": {"text-field": "{name}"}}],
    "another font": [{"type": "symbol", "layout": {"text-font": ["../../x"]}}],
    "an image operator": [{"type": "symbol", "layout": {"icon-image": ["image", "x"]}}],
    "an unknown operator": [{"type": "fill", "paint": {"fill-color": ["eval", "x"]}}],
    "another layer's attribute": [{"type": "fill", "paint": {"fill-color": ["get", "owner_name"]}}],
    "get from an object": [{"type": "fill", "paint": {"fill-color": ["get", "kind", ["literal", {}]]}}],
    "a colour that is none": [{"type": "fill", "paint": {"fill-color": "url(#x)"}}],
    "a colour unknown to CSS": [{"type": "fill", "paint": {"fill-color": "blurple"}}],
    "a number for a colour": [{"type": "fill", "paint": {"fill-color": 3}}],
    "a colour for a number": [{"type": "line", "paint": {"line-width": "#112233"}}],
    "a circle over the province": [{"type": "circle", "paint": {"circle-radius": 1e9}}],
    "a computed size without limit": [{"type": "circle", "paint": {"circle-radius": ["get", "area"]}}],
    "a multiplied size": [{"type": "circle", "paint": {"circle-radius": ["*", 1000, 1000]}}],
    "a limit that is none": [{"type": "circle", "paint": {"circle-radius": ["min", 1e9, ["get", "area"]]}}],
    "text in arithmetic": [{"type": "circle", "paint": {"circle-radius": ["min", 5, ["upcase", "a"]]}}],
    "a constant that is no colour": [{"type": "fill", "paint": {"fill-color": ["concat", "x", "y"]}}],
    "a constant that is no number": [{"type": "line", "paint": {"line-offset": ["min", 3, ["to-number", "x"]]}}],
    "stops that fall": [{"type": "line", "paint": {"line-width": ["interpolate", ["linear"], ["zoom"], 9, 1, 8, 2]}}],
    "zoom inside": [{"type": "line", "paint": {"line-width": ["min", 3, ["zoom"]]}}],
    "an unpaired match": [{"type": "fill", "paint": {"fill-color": ["match", ["get", "kind"], "a", "#112233"]}}],
    "a repeated match": [
        {"type": "fill", "paint": {"fill-color": ["match", ["get", "kind"], "a", "red", "a", "red", "blue"]}}
    ],
    "mixed values in match": [
        {"type": "fill", "paint": {"fill-color": ["match", ["get", "kind"], "a", "red", 1, "red", "blue"]}}
    ],
    "a fraction in match": [{"type": "fill", "paint": {"fill-color": ["match", ["get", "kind"], 1.5, "red", "blue"]}}],
    "interpolated words": [
        {"type": "line", "layout": {"line-cap": ["interpolate", ["linear"], ["zoom"], 1, "butt", 2, "round"]}}
    ],
    "data where none may be read": [{"type": "symbol", "layout": {"icon-optional": ["has", "kind"]}}],
    "a filter that is no test": [FILL | {"filter": ["get", "kind", "x"]}],
    "an old filter": [FILL | {"filter": ["==", "kind", "x", "y"]}],
    "types compared": [FILL | {"filter": ["==", 1, "x"]}],
    "zoom beyond": [FILL | {"minzoom": 30}],
    "zoom backwards": [FILL | {"minzoom": 9, "maxzoom": 3}],
    "not finite": [FILL | {"minzoom": float("nan")}],
    "dashes of nothing": [{"type": "line", "paint": {"line-dasharray": [0, 0]}}],
    "too deep": [{"type": "symbol", "layout": {"text-field": DEEP}}],
    "too large": [FILL | {"filter": ["in", ["get", "kind"], ["literal", ["x" * 60_000]]]}],
    "an operator that is a list": [{"type": "fill", "paint": {"fill-color": [["get", "kind"]]}}],
    "an empty expression": [{"type": "fill", "paint": {"fill-color": []}}],
    "an object for a value": [{"type": "fill", "paint": {"fill-color": {"stops": [[0, "red"]]}}}],
    "paint that is a list": [{"type": "fill", "paint": []}],
}


@pytest.mark.parametrize("style", HOSTILE.values(), ids=HOSTILE)
def test_hostile_styles_are_refused_with_a_sentence(style):
    with pytest.raises(SymbologyError) as refused:
        checked_style(style, NAMES)
    assert str(refused.value.message)


GOOD = [
    {
        "type": "fill",
        "filter": ["all", [">", ["to-number", ["get", "area"]], 10], ["in", ["get", "kind"], ["literal", ["mulk"]]]],
        "paint": {
            "fill-color": [
                "interpolate", ["linear"], ["to-number", ["get", "area"]],
                0, "#ffffff", 100, ["rgb", ["to-number", ["get", "area"]], 2, 3],
            ],
            "fill-opacity": ["case", ["has", "kind"], 0.5, ["==", ["get", "name"], "x"], 0.2, 1],
        },
    },
    {
        "type": "line",
        "minzoom": 10,
        "layout": {"line-cap": ["match", ["get", "kind"], ["a", "b"], "round", "butt"]},
        "paint": {
            "line-width": ["step", ["zoom"], 1, 10, ["min", 20, ["to-number", ["get", "area"]]]],
            "line-dasharray": [2, 1],
            "line-color": "rgba(10, 20, 30, 0.5)",
        },
    },
    {
        "type": "symbol",
        "layout": {
            "text-field": ["concat", ["get", "name"], " · ", ["to-string", ["get", "area"]]],
            "icon-image": ["match", ["get", "kind"], "a", "marker:star:#112233:none", "marker:square:#445566:#ffffff"],
            "text-offset": [0, 1],
        },
    },
    {"type": "fill-extrusion", "paint": {"fill-extrusion-height": ["min", 300, ["number", ["get", "area"], 3]]}},
]  # fmt: skip


def test_a_good_style_by_hand_is_kept_and_named():
    style = checked_style(GOOD, NAMES)
    assert [layer["id"] for layer in style] == ["fill-1", "line-2", "symbol-3", "fill-extrusion-4"]
    assert maplibre_errors(style) == []


def test_the_legend_of_a_style_by_hand_says_what_it_can():
    style = [
        {
            "type": "fill",
            "paint": {"fill-color": ["match", ["get", "kind"], ["a", "b"], "#112233", "c", "red", "#eeeeee"]},
        },
        {"type": "line", "paint": {"line-color": "#445566"}},
        {"type": "circle", "paint": {"circle-color": ["step", ["zoom"], "#111111", 9, "#222222"]}},
        {"type": "symbol"},
    ]
    entries = handwritten_entries(checked_style(style, NAMES), "Polygon", title_ar="أرض", title_en="Land")
    assert [(e["label_ar"], e["label_en"], e["swatch"]["color"], e["swatch"]["shape"]) for e in entries] == [
        ("a, b", "a, b", "#112233", "area"),
        ("c", "c", "red", "area"),
        ("أرض", "Land", "#445566", "line"),
    ]


literals = st.one_of(
    st.integers(-5, 30), st.sampled_from(["#112233", "kind", "a", "marker:star:#112233:none", True, None, 0.5])
)
OPERATORS = [
    "get",
    "has",
    "case",
    "match",
    "coalesce",
    "step",
    "interpolate",
    "in",
    "literal",
    "==",
    "<",
    "+",
    "-",
    "min",
]
OPERATORS += [
    "to-string",
    "to-number",
    "to-color",
    "zoom",
    "rgb",
    "!",
    "all",
    "concat",
    "geometry-type",
    "id",
    "linear",
]
operators = st.sampled_from(OPERATORS)
expressions = st.recursive(
    literals | st.sampled_from([["get", "kind"], ["zoom"], ["linear"], ["literal", ["a"]], ["get", "area"]]),
    lambda inner: st.tuples(operators, st.lists(inner, max_size=6)).map(lambda pair: [pair[0], *pair[1]]),
    max_leaves=12,
)
properties = st.sampled_from(
    [(kind, part, name) for kind, parts in PROPERTIES.items() for part, named in parts.items() for name in named]
)


@pytest.mark.skipif(not NODE, reason="needs node and the MapLibre style specification")
def test_whatever_passes_the_check_compiles_in_maplibre():
    """Thousands of random styles: none that we let through is refused by MapLibre's own validator."""
    passed = []

    @settings(deadline=None)
    @given(st.lists(st.tuples(properties, expressions), min_size=8, max_size=8))
    def collect(changes):
        for (kind, part, name), value in changes:
            style = [{"type": kind, part: {name: value}}]
            try:
                passed.append(checked_style(style, NAMES))
            except SymbologyError:
                continue

    collect()
    assert len(passed) > 20
    assert maplibre_errors(*passed) == []


def maplibre_errors(*styles):
    """What MapLibre's own validator says of each style, with a source added."""
    if not NODE:
        pytest.skip("needs node and the MapLibre style specification")
    documents = [
        {
            "version": 8,
            "sources": {"s": {"type": "geojson", "data": {"type": "FeatureCollection", "features": []}}},
            "layers": [{**layer, "source": "s"} for layer in style],
        }
        for style in styles
    ]
    script = (
        f"const {{validateStyleMin}} = await import({json.dumps((SPEC / 'index.mjs').as_uri())});"
        "let text = ''; for await (const part of process.stdin) text += part;"
        "console.log(JSON.stringify(JSON.parse(text).flatMap(d => validateStyleMin(d).map("
        "e => [e.message, JSON.stringify(d.layers)]))))"
    )
    done = subprocess.run(
        ["node", "--input-type=module", "-e", script],
        input=json.dumps(documents),
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)
