"""A declared symbology as MapLibre style layers, without source: each map gives them its own."""

FONT = ["IBM Plex Sans Arabic"]
"""Drawn by the browser from the page's own fonts: the style names no glyph server."""

LABELLED_ELSEWHERE = "labelled_elsewhere"
"""Attribute that tiles add to an area which reaches in from another tile: that one draws its label."""

DASH = {"dashed": [4, 2], "dotted": [0.5, 2]}
LABEL_COLOR, HALO_COLOR = "#1f2933", "#ffffff"

_ONLY = {
    "Point": ["==", ["geometry-type"], "Point"],
    "LineString": ["==", ["geometry-type"], "LineString"],
    "Polygon": ["==", ["geometry-type"], "Polygon"],
}


def style_layers(symbology, geometry_type):
    """Style layers, lowest first: areas, lines, points, labels.

    Images are named "marker:shape:#fill:#outline" and "hatch:kind:#color"; the map draws them when asked
    (static catalogue/images.js), so no sprite is fetched.
    """
    symbol = symbology["symbol"]
    drawn = []
    for kind, draw in (("Polygon", _areas), ("LineString", _lines), ("Point", _points)):
        if geometry_type == kind:
            drawn += draw(symbology, symbol)
        elif geometry_type == "Geometry":
            drawn += [{**layer, "filter": _ONLY[kind]} for layer in draw(symbology, symbol)]
    return drawn + _labels(symbology["label"], geometry_type)


def by_class(symbology, output):
    """`output(color)` for the class that a feature falls into, as a MapLibre expression.

    Values are compared as text in categories and as numbers in classes, so it does not matter how a tile carries them.
    """
    kind = symbology["kind"]
    if kind == "single":
        return output(symbology["symbol"]["color"])
    value = ["get", symbology["field"]]
    if kind == "category":
        cases = []
        for entry in symbology["classes"]:
            cases += [[entry["value"]], output(entry["color"])]
        return ["match", ["to-string", value], *cases, output(symbology["other"])]
    colors, breaks = symbology["colors"], symbology["breaks"]
    steps = output(colors[0])
    if len(colors) > 1:
        steps = ["step", ["to-number", value, breaks[0]], output(colors[0])]
        for start, color in zip(breaks[1:-1], colors[1:], strict=True):
            steps += [start, output(color)]
    return ["case", ["==", ["to-string", value], ""], output(symbology["no_data"]), steps]


def _color(symbology):
    return by_class(symbology, lambda color: color or "rgba(0, 0, 0, 0)")


def _areas(symbology, symbol):
    hatch = symbol["hatch"]
    fill = {"fill-opacity": symbol["opacity"]}
    if hatch == "none":
        fill["fill-color"] = _color(symbology)
    else:
        fill["fill-pattern"] = by_class(symbology, lambda color: f"hatch:{hatch}:{color or 'none'}")
    layers = [{"id": "fill", "type": "fill", "paint": fill}]
    if symbol["outline_width"]:
        outline = {
            "line-color": symbol["outline"],
            "line-width": _by_zoom(symbol["outline_width"]),
        }
        layers.append({"id": "outline", "type": "line", "layout": {"line-join": "round"}, "paint": outline})
    return layers


def _lines(symbology, symbol):
    layout = {"line-join": "round", "line-cap": "round" if symbol["dash"] == "solid" else "butt"}
    paint = {
        "line-color": _color(symbology),
        "line-width": _by_zoom(symbol["width"]),
        "line-opacity": symbol["opacity"],
    }
    layers = []
    if symbol["outline_width"]:
        casing = {
            "line-color": symbol["outline"],
            "line-width": _by_zoom(symbol["width"] + 2 * symbol["outline_width"]),
            "line-opacity": symbol["opacity"],
        }
        layers.append({"id": "casing", "type": "line", "layout": layout, "paint": casing})
    if symbol["dash"] != "solid":
        paint["line-dasharray"] = DASH[symbol["dash"]]
    return [*layers, {"id": "line", "type": "line", "layout": layout, "paint": paint}]


def _points(symbology, symbol):
    if symbol["marker"] == "circle":
        paint = {
            "circle-color": _color(symbology),
            "circle-radius": _by_zoom(symbol["size"]),
            "circle-opacity": symbol["opacity"],
            "circle-stroke-color": symbol["outline"],
            "circle-stroke-width": symbol["outline_width"],
            "circle-stroke-opacity": symbol["opacity"],
        }
        return [{"id": "point", "type": "circle", "paint": paint}]
    outline = symbol["outline"] if symbol["outline_width"] else "none"
    layout = {
        "icon-image": by_class(symbology, lambda color: f"marker:{symbol['marker']}:{color or 'none'}:{outline}"),
        "icon-size": _by_zoom(symbol["size"] / 12),
        "icon-allow-overlap": True,
        "icon-ignore-placement": True,
    }
    return [{"id": "point", "type": "symbol", "layout": layout, "paint": {"icon-opacity": symbol["opacity"]}}]


def _labels(label, geometry_type):
    if not label["field"]:
        return []
    on_line = geometry_type == "LineString"
    layout = {
        "text-field": ["to-string", ["get", label["field"]]],
        "text-font": FONT,
        "text-size": label["size"],
        "symbol-placement": "line" if on_line else "point",
    }
    if geometry_type == "Point":
        layout |= {"text-anchor": "top", "text-offset": [0, 0.8]}
    paint = {"text-color": LABEL_COLOR, "text-halo-color": HALO_COLOR, "text-halo-width": label["halo"]}
    drawn = {"filter": ["!", ["has", LABELLED_ELSEWHERE]]} if geometry_type in {"Polygon", "Geometry"} else {}
    return [{"id": "label", "type": "symbol", "minzoom": label["min_zoom"], **drawn, "layout": layout, "paint": paint}]


def _by_zoom(size):
    """Half the size on a map of the province, the size itself in a quarter, twice at a parcel."""
    return ["interpolate", ["exponential", 1.3], ["zoom"], 8, size * 0.5, 14, size, 19, size * 2]
