"""Differences as pages show them: values in the reader's words, shapes in degrees for the map."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from gis_layers.editing.geojson import in_degrees, to_degrees
from gis_layers.editing.gestures import geos
from gis_layers.editing.merge import FEATURE, GEOMETRY
from gis_layers.fields import FieldType

KINDS = {"create": "success", "update": "info", "delete": "danger"}
"""How the states of a feature look (web/parts/status.html)."""

_MULTIPOLYGON = 6


@dataclass(frozen=True)
class Row:
    """One field of a feature: values as people read them, in the order of the sides asked for."""

    name: str
    title: str
    values: list
    is_geometry: bool = False


@dataclass(frozen=True)
class Shown:
    """A difference as a table lists it."""

    number: int
    op: str
    kind: str
    act: str
    label: str
    rows: list


def shown(layer, attributes, differences):
    """A Shown for each Difference or Change: the fields that differ, before and after."""
    return [
        Shown(
            number=each.number,
            op=each.op,
            kind=KINDS[each.op],
            act={"create": _("added"), "update": pgettext("feature", "changed"), "delete": _("removed")}[each.op],
            label=label_of(layer, each.mine or each.base),
            rows=rows_of(attributes, (each.base, each.mine), _fields(attributes, each)),
        )
        for each in differences
    ]


def rows_of(attributes, states, names):
    """The named fields as Rows, with a value for each state."""
    known = {each.name: each for each in attributes}
    rows = []
    for name in names:
        if name == GEOMETRY:
            rows.append(Row(name, _("Geometry"), [measure(state) for state in states], is_geometry=True))
        else:
            title = known[name].title if name in known else name
            rows.append(Row(name, title, [readable(known.get(name), state and state[name]) for state in states]))
    return rows


def readable(attribute, value):
    """A value in the reader's words; "–" for none."""
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if attribute:
        label = next((choice.label for choice in attribute.choices if choice.value == str(value)), None)
        if label:
            return label
        if attribute.type == FieldType.NUMBER and isinstance(value, float) and value.is_integer():
            value = int(value)
    return f"{value} {attribute.unit_title}" if attribute and attribute.unit else str(value)


def measure(state):
    """What can be said of a shape in few words: its size, or its place for a point."""
    if state is None:
        return "–"
    shape = geos(state.geometry)
    if shape.dims == 2:
        corners = shape.num_coords - sum(
            len(part) for part in (shape if shape.geom_typeid == _MULTIPOLYGON else [shape])
        )
        return _("%(area)s m², %(points)d corners") % {"area": f"{shape.area:,.1f}", "points": corners}
    if shape.dims == 1:
        return _("%(length)s m, %(points)d points") % {"length": f"{shape.length:,.1f}", "points": shape.num_coords}
    return f"{shape.centroid.x:,.2f} / {shape.centroid.y:,.2f}"


def label_of(layer, state):
    """What the map writes on the feature."""
    return str(state[layer.label_field] or "") if layer.label_field and state else ""


def shapes(differences):
    """A FeatureCollection for the map: `kind` is added, removed, before, after or same; `id` the feature's number."""
    way = to_degrees()
    features = []
    for each in differences:
        if each.op == "update" and each.base and GEOMETRY not in each.changed:
            parts = {"same": each.mine}
        elif each.op == "update":
            parts = {"before": each.base, "after": each.mine}
        else:
            parts = {"added": each.mine, "removed": each.base}
        for kind, state in parts.items():
            if state:
                features.append(_feature(each.number, kind, state, way))
    return {"type": "FeatureCollection", "features": features}


def sides(change):
    """A FeatureCollection of a conflict: `kind` is base, theirs or mine."""
    way = to_degrees()
    found = {"base": change.base, "theirs": change.theirs, "mine": change.mine}
    features = [_feature(change.number, kind, state, way) for kind, state in found.items() if state]
    return {"type": "FeatureCollection", "features": features}


def _feature(number, kind, state, way):
    geometry = in_degrees(state.geometry, way)
    return {"type": "Feature", "geometry": geometry, "properties": {"id": number, "kind": kind}}


def _fields(attributes, difference):
    """Names of the fields to list: those that differ, or all that are filled in where the feature came or went."""
    if FEATURE not in difference.changed:
        return difference.changed
    state = difference.mine or difference.base
    return [GEOMETRY, *(each.name for each in attributes if state and state[each.name] not in (None, ""))]
