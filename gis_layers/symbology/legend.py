"""Legend entries and their swatches as inline SVG."""

from html import escape
from math import cos, pi, sin

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, override

from gis_layers.symbology.breaks import class_label
from gis_layers.symbology.declared import default_symbology

WIDTH, HEIGHT = 28, 18
_SHAPE = {"Point": "marker", "LineString": "line", "Polygon": "area", "Geometry": "area"}
_DRAWN_AS = {"fill": "area", "fill-extrusion": "area", "line": "line", "circle": "marker"}
_DASH = {"solid": "", "dashed": ' stroke-dasharray="7 4"', "dotted": ' stroke-dasharray="1.5 4"'}


def legend_entries(symbology, geometry_type, *, title_ar, title_en=""):
    """[{"label_ar", "label_en", "swatch"}], top to bottom as a reader expects them."""

    def entry(color, label_ar, label_en=""):
        swatch = {**symbology["symbol"], "shape": _SHAPE[geometry_type], "color": color}
        return {"label_ar": label_ar, "label_en": label_en or label_ar, "swatch": swatch}

    kind = symbology["kind"]
    if kind == "category":
        entries = [entry(c["color"], c["label_ar"], c["label_en"]) for c in symbology["classes"]]
        return entries + ([entry(symbology["other"], *_both(gettext_noop("Other")))] if symbology["other"] else [])
    if kind == "breaks":
        labels = (
            class_label(symbology["breaks"], i, whole=symbology["whole"]) for i in range(len(symbology["colors"]))
        )
        entries = [entry(color, label) for color, label in zip(symbology["colors"], labels, strict=True)]
        no_data = symbology["no_data"]
        return entries + ([entry(no_data, *_both(gettext_noop("No data")))] if no_data else [])
    return [entry(symbology["symbol"]["color"], title_ar, title_en)]


def handwritten_entries(style, geometry_type, *, title_ar, title_en=""):
    """Entries of a style written by hand: its plain colours under the layer's title, the colours of a `match` under
    their values. What depends on anything else is left out: a wrong legend is worse than a short one."""
    plain = default_symbology(geometry_type)["symbol"]
    found = {}
    for layer in style:
        shape = _DRAWN_AS.get(layer["type"])
        color = layer.get("paint", {}).get(f"{layer['type']}-color")
        if shape is None or color is None:
            continue
        pairs = [(None, color)]
        if isinstance(color, list):
            pairs = list(zip(color[2:-1:2], color[3::2], strict=False)) if color[0] == "match" else []
        for value, shade in pairs:
            if not isinstance(shade, str):
                continue
            values = value if isinstance(value, list) else [value]
            label_ar, label_en = (title_ar, title_en) if value is None else (", ".join(map(str, values)),) * 2
            swatch = {**plain, "shape": shape, "color": shade, "outline": shade, "outline_width": 0}
            found.setdefault(label_ar, {"label_ar": label_ar, "label_en": label_en or label_ar, "swatch": swatch})
    return list(found.values())


def swatch_svg(swatch):
    """One swatch, 28 × 18 px; decorative: the label beside it says what it is."""
    return (
        f'<svg class="swatch" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}" aria-hidden="true">'
        f"{_drawing(swatch)}</svg>"
    )


def legend_svg(entries, *, language):
    """The whole legend as a picture of its own, for print and other programs; right to left in Arabic."""
    rtl = language == "ar"
    labels = [escape(entry[f"label_{language}"] or entry["label_ar"]) for entry in entries]
    width = WIDTH + 24 + max((len(label) for label in labels), default=0) * 9
    height = 8 + 26 * len(entries)
    rows = []
    for i, (entry, label) in enumerate(zip(entries, labels, strict=True)):
        y = 8 + 26 * i
        x, text_x = (width - WIDTH - 8, width - WIDTH - 18) if rtl else (8, WIDTH + 18)
        rows.append(
            f'<g transform="translate({x} {y})">{_drawing(entry["swatch"])}</g>'
            f'<text x="{text_x}" y="{y + 14}" direction="{"rtl" if rtl else "ltr"}">{label}</text>'
        )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
        f' font-family="IBM Plex Sans Arabic, Noto Sans Arabic, sans-serif" font-size="14" fill="#1f2933">'
        f"{''.join(rows)}</svg>"
    )


def _drawing(swatch):
    color = swatch["color"] or "none"
    outline = f'stroke="{swatch["outline"]}" stroke-width="{min(swatch["outline_width"], 3)}"'
    if swatch["shape"] == "line":
        width = min(max(swatch["width"], 1.5), 8)
        middle = HEIGHT / 2
        path = f'd="M2 {middle}H{WIDTH - 2}" fill="none"'
        casing = ""
        if swatch["outline_width"]:
            casing = f'<path {path} stroke="{swatch["outline"]}" stroke-width="{width + 2 * swatch["outline_width"]}"/>'
        return f'{casing}<path {path} stroke="{color}" stroke-width="{width}"{_DASH[swatch["dash"]]}/>'
    if swatch["shape"] == "area":
        box = f'x="2" y="2" width="{WIDTH - 4}" height="{HEIGHT - 4}"'
        if swatch["hatch"] == "none":
            return f'<rect {box} fill="{color}" fill-opacity="{swatch["opacity"]}" {outline}/>'
        return f'<rect {box} fill="none" {outline}/>{_hatching(swatch["hatch"], color)}'
    return _marker(swatch["marker"], WIDTH / 2, HEIGHT / 2, min(max(swatch["size"], 4), 8), f'fill="{color}" {outline}')


def _hatching(kind, color):
    if kind == "dots":
        return "".join(
            f'<circle cx="{x}" cy="{y}" r="1.2" fill="{color}"/>' for x in range(5, WIDTH - 3, 5) for y in (5, 9, 13)
        )
    lines = [f"M{x} 16l14-14" for x in range(2, WIDTH - 14, 5)]
    if kind == "cross":
        lines += [f"M{x} 2l14 14" for x in range(2, WIDTH - 14, 5)]
    return f'<path d="{"".join(lines)}" fill="none" stroke="{color}" stroke-width="1.5"/>'


def _marker(kind, x, y, r, paint):
    if kind == "circle":
        return f'<circle cx="{x}" cy="{y}" r="{r}" {paint}/>'
    if kind == "square":
        return f'<rect x="{x - r}" y="{y - r}" width="{2 * r}" height="{2 * r}" {paint}/>'
    points = {
        "triangle": _ring(x, y, [r] * 3),
        "diamond": _ring(x, y, [r] * 4),
        "star": _ring(x, y, [r, r * 0.45] * 5),
        "cross": [(x + dx * r, y + dy * r) for dx, dy in _CROSS],
    }[kind]
    return f'<polygon points="{" ".join(f"{px:.1f},{py:.1f}" for px, py in points)}" {paint}/>'


_CROSS = [
    (-0.35, -1), (0.35, -1), (0.35, -0.35), (1, -0.35), (1, 0.35), (0.35, 0.35),
    (0.35, 1), (-0.35, 1), (-0.35, 0.35), (-1, 0.35), (-1, -0.35), (-0.35, -0.35),
]  # fmt: skip


def _ring(x, y, radii):
    turn = 2 * pi / len(radii)
    return [(x + r * sin(i * turn), y - r * cos(i * turn)) for i, r in enumerate(radii)]


def _both(message):
    """A fixed word in both languages, whatever the reader's is."""
    words = []
    for language in ("ar", "en"):
        with override(language):
            words.append(_(message))
    return words
