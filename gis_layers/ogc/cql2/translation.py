"""The JSON form of CQL2 as Django expressions over a LayerSource.

Logic is three-valued as in SQL: a comparison with an empty value is neither true nor false.
"""

import json
import re
from math import isfinite

import shapely
from django.contrib.gis.db.models import GeometryField
from django.contrib.gis.db.models.functions import Transform
from django.contrib.gis.geos import GEOSGeometry
from django.db.models import (
    BooleanField,
    DateField,
    DateTimeField,
    F,
    FloatField,
    Func,
    TextField,
    Value,
)
from django.db.models.functions import Cast, Lower
from django.utils.translation import gettext as _
from shapely.geometry import shape

from gis_layers import parameters
from gis_layers.fields import FieldType
from gis_layers.ogc.cql2.refusals import mismatch, refusal, too_deep
from gis_layers.ogc.crs import CRS84
from muni.core.srids import MUNI_SRID, WEB_MERCATOR

GEOMETRY = "geometry"
"""The name of the geometry among the queryables."""

_MAX_DEPTH = 40  # levels of the JSON form
_MAX_LIST = 1_000
_MERCATOR_LATITUDE = 85.06
_STEP_DEGREES = 0.01  # a straight line in degrees leaves one in metres by 1.5 cm over a kilometre

_NUMBERS = {FieldType.INTEGER, FieldType.NUMBER}
_TIMES = {FieldType.DATE, FieldType.DATETIME}
_COMPARISONS = {"=", "<>", "<", "<=", ">", ">="}
_ARITHMETIC = {"+": " + ", "-": " - ", "*": " * ", "/": " / ", "^": " ^ "}
_SPATIAL = {
    f"s_{name}": f"ST_{name}"
    for name in ("intersects", "equals", "disjoint", "touches", "within", "overlaps", "crosses", "contains")
}
# a0, a1: beginning and end of the first operand, b0, b1 of the second; an instant begins when it ends.
_TEMPORAL = {
    "t_after": "{a0} > {b1}",
    "t_before": "{a1} < {b0}",
    "t_contains": "{a0} < {b0} AND {a1} > {b1}",
    "t_disjoint": "{a1} < {b0} OR {a0} > {b1}",
    "t_during": "{a0} > {b0} AND {a1} < {b1}",
    "t_equals": "{a0} = {b0} AND {a1} = {b1}",
    "t_finishedby": "{a0} < {b0} AND {a1} = {b1}",
    "t_finishes": "{a0} > {b0} AND {a1} = {b1}",
    "t_intersects": "{a0} <= {b1} AND {a1} >= {b0}",
    "t_meets": "{a1} = {b0}",
    "t_metby": "{a0} = {b1}",
    "t_overlappedby": "{a0} > {b0} AND {a0} < {b1} AND {a1} > {b1}",
    "t_overlaps": "{a0} < {b0} AND {a1} > {b0} AND {a1} < {b1}",
    "t_startedby": "{a0} = {b0} AND {a1} > {b1}",
    "t_starts": "{a0} = {b0} AND {a1} < {b1}",
}


def condition(node, source, crs=CRS84):
    """A boolean expression over source.rows(); coordinates in the filter are in `crs`.

    Raises BadRequest for an unknown property or operator, a value of another type, a shape that cannot be.
    """
    return _Translation(source, crs).boolean(node)


class _Sql(Func):
    template = "(%(expressions)s)"
    output_field = BooleanField()


class _Pattern(Func):
    """A condition written with the names of its operands."""

    output_field = BooleanField()

    def __init__(self, pattern, **operands):
        self.pattern, self.names = pattern, list(operands)
        super().__init__(*operands.values())

    def as_sql(self, compiler, connection, **kwargs):
        compiled = dict(zip(self.names, map(compiler.compile, self.source_expressions), strict=True))
        params = []

        def piece(match):
            sql, values = compiled[match[1]]
            params.extend(values)
            return sql

        return f"({re.sub(r'{(..)}', piece, self.pattern)})", params


class _Unaccented(Func):
    """Without accents, Arabic vowel signs, hamza seats and tatweel."""

    template = r"regexp_replace(normalize(%(expressions)s, NFD), '[\u0300-\u036f\u0640\u064b-\u065f\u0670]', '', 'g')"
    output_field = TextField()


class _Translation:
    def __init__(self, source, crs):
        self.source, self.crs, self.depth = source, crs, 0

    # Conditions

    def boolean(self, node):
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            raise too_deep()
        try:
            return self._boolean(node)
        finally:
            self.depth -= 1

    def _boolean(self, node):
        if isinstance(node, bool):
            return _Sql(Value(node, BooleanField()))
        if _is_property(node):
            if self._attribute(node).type != FieldType.BOOLEAN:
                raise refusal(
                    _("“%(name)s” is not a yes or no; compare it with something.") % {"name": node["property"]}
                )
            return _Sql(self.source.value(node["property"]))
        op, args = _call(node)
        if op in {"and", "or"}:
            _count(op, args, 2, None)
            return _Sql(*map(self.boolean, args), arg_joiner=f" {op.upper()} ")
        if op == "not":
            _count(op, args, 1)
            return _Sql(self.boolean(args[0]), template="(NOT %(expressions)s)")
        if op in _COMPARISONS:
            _count(op, args, 2)
            return _Sql(*self._alike(args), arg_joiner=f" {op} ")
        if op == "like":
            _count(op, args, 2)
            return _Sql(self._value(args[0], FieldType.TEXT), self._value(args[1], FieldType.TEXT), arg_joiner=" LIKE ")
        if op == "between":
            _count(op, args, 3)
            value, low, high = self._alike(args)
            return _Sql(value, _Sql(low, high, arg_joiner=" AND ", template="%(expressions)s"), arg_joiner=" BETWEEN ")
        if op == "in":
            return self._in(args)
        if op == "isnull":
            _count(op, args, 1)
            if _is_property(args[0]) and args[0]["property"] == GEOMETRY:
                return _Sql(Value(False, BooleanField()))
            return _Sql(self._value(args[0], self._kind(args[0])), template="(%(expressions)s IS NULL)")
        if op in _SPATIAL:
            return self._spatial(op, args)
        if op in _TEMPORAL:
            return self._temporal(op, args)
        raise refusal(_("“%(op)s” is not an operator that this service knows here.") % {"op": str(op)[:40]})

    def _in(self, args):
        if len(args) != 2 or not isinstance(args[1], list) or not args[1]:
            raise refusal(_("“in” takes a value and a list."))
        if len(args[1]) > _MAX_LIST:
            raise refusal(_("A list in a filter has at most %(most)d values.") % {"most": _MAX_LIST})
        value, *listed = self._alike([args[0], *args[1]])
        return _Sql(value, _Sql(*listed), arg_joiner=" IN ")

    # Values

    def _alike(self, nodes):
        """The operands of a comparison, all of one type: that of a property where there is one."""
        kinds = [self._kind(node) for node in nodes]
        of_properties = [kind for node, kind in zip(nodes, kinds, strict=True) if not _is_literal(node)]
        kind = (of_properties or kinds)[0]
        if FieldType.DATETIME in of_properties:
            kind = FieldType.DATETIME
        return [self._value(node, kind) for node in nodes]

    def _kind(self, node):
        if _is_property(node):
            return self._attribute(node).type
        if isinstance(node, bool):
            return FieldType.BOOLEAN
        if isinstance(node, int | float):
            return FieldType.NUMBER
        if isinstance(node, str):
            return FieldType.TEXT
        if isinstance(node, dict) and "date" in node:
            return FieldType.DATE
        if isinstance(node, dict) and "timestamp" in node:
            return FieldType.DATETIME
        op, _args = _call(node)
        if op in {"casei", "accenti"}:
            return FieldType.TEXT
        if op in _ARITHMETIC or op in {"%", "div"}:
            return FieldType.NUMBER
        raise refusal(_("“%(op)s” is not a function that this service knows.") % {"op": str(op)[:40]})

    def _value(self, node, kind):
        """The expression of a value of that kind; raises BadRequest when it is of another."""
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            raise too_deep()
        try:
            own = self._kind(node)
            if _is_literal(node):
                return _literal(node, own, kind)
            if own != kind and not {own, kind} <= _NUMBERS and not {own, kind} <= _TIMES:
                raise mismatch(_label(node), kind)
            if _is_property(node):
                value = self.source.value(node["property"])
                return Cast(value, DateTimeField()) if own != kind and kind == FieldType.DATETIME else value
            return self._function(*_call(node))
        finally:
            self.depth -= 1

    def _function(self, op, args):
        if op in {"casei", "accenti"}:
            _count(op, args, 1)
            value = self._value(args[0], FieldType.TEXT)
            return Lower(value) if op == "casei" else _Unaccented(value)
        _count(op, args, 2)
        numbers = [Cast(self._value(arg, FieldType.NUMBER), FloatField()) for arg in args]
        if op in _ARITHMETIC:
            return _Sql(*numbers, arg_joiner=_ARITHMETIC[op], output_field=FloatField())
        if op == "div":
            quotient = _Sql(*numbers, arg_joiner=" / ", output_field=FloatField())
            return Func(quotient, function="TRUNC", output_field=FloatField())
        exact = [Func(n, template="%(expressions)s::numeric", output_field=FloatField()) for n in numbers]
        return Func(*exact, function="MOD", output_field=FloatField())

    def _attribute(self, node):
        name = node["property"]
        attribute = self.source.attribute(name) if isinstance(name, str) else None
        if attribute is None:
            raise refusal(_("This layer has no attribute “%(name)s”.") % {"name": str(name)[:63]})
        return attribute

    # Space

    def _spatial(self, op, args):
        _count(op, args, 2)
        places = [_is_property(arg) for arg in args]
        if sorted(places) != [False, True]:
            raise refusal(_("“%(op)s” takes the property “geometry” and a shape.") % {"op": op})
        at = places.index(True)
        if args[at]["property"] != GEOMETRY:
            raise refusal(_("“%(name)s” is not a geometry.") % {"name": str(args[at]["property"])[:63]})
        operands = [None, None]
        operands[at], operands[1 - at] = self._geometries(args[1 - at])
        return Func(*operands, function=_SPATIAL[op], output_field=BooleanField())

    def _geometries(self, node):
        """(column, literal), the literal transformed to the column's system."""
        if isinstance(node, dict) and "bbox" in node:
            return self._box(node["bbox"])
        try:
            literal = shape(node)
        except Exception:  # shapely raises whatever the coordinates break in it
            raise refusal(_("A shape in the filter cannot be read.")) from None
        literal = shapely.force_2d(literal)
        if literal.is_empty:
            raise refusal(_("A shape in the filter is empty."))
        if self.crs.latitude_first:
            literal = shapely.transform(literal, lambda pairs: pairs[:, ::-1])
        self._check(*literal.bounds)
        if not literal.is_valid:
            raise refusal(
                _("A shape in the filter crosses itself: %(where)s") % {"where": shapely.is_valid_reason(literal)}
            )
        return F(self.source.geometry), self._value_of(literal, MUNI_SRID)

    def _box(self, corners):
        if not (isinstance(corners, list) and len(corners) in {4, 6} and all(_is_number(c) for c in corners)):
            raise refusal(_("A box is four numbers, or six with heights."))
        a, b, c, d = corners if len(corners) == 4 else [*corners[:2], *corners[3:5]]
        west, south, east, north = (b, a, d, c) if self.crs.latitude_first else (a, b, c, d)
        self._check(west, south, east, north)
        if south > north or (west > east and not self.crs.is_degrees):
            raise refusal(_("The corners of a box are in the wrong order."))
        if not self.crs.is_degrees:
            return F(self.source.geometry), self._value_of(shapely.box(west, south, east, north), MUNI_SRID)
        south, north = (max(-_MERCATOR_LATITUDE, min(_MERCATOR_LATITUDE, edge)) for edge in (south, north))
        spans = [(west, east)] if west <= east else [(west, 180), (-180, east)]
        boxes = shapely.union_all([shapely.box(left, south, right, north) for left, right in spans])
        return F(self.source.geometry_3857), self._value_of(boxes, WEB_MERCATOR)

    def _check(self, *bounds):
        if not all(map(isfinite, bounds)) or max(map(abs, bounds)) > 1e8:
            raise refusal(_("A shape in the filter has coordinates out of range."))
        if self.crs.is_degrees:
            for lon, lat in (bounds[:2], bounds[2:]):
                parameters.check_lonlat(lon, lat, "filter")

    def _value_of(self, literal, srid):
        if self.crs.is_degrees and srid != WEB_MERCATOR:
            span = max(literal.bounds[2] - literal.bounds[0], literal.bounds[3] - literal.bounds[1])
            literal = shapely.segmentize(literal, max(_STEP_DEGREES, span / 1000))
        geometry = GEOSGeometry(memoryview(shapely.to_wkb(literal)), srid=self.crs.srid)
        value = Value(geometry, GeometryField(srid=self.crs.srid))
        return value if srid == self.crs.srid else Transform(value, srid)

    # Time

    def _temporal(self, op, args):
        _count(op, args, 2)
        ends = [end for arg in args for end in self._ends(arg)]
        kinds = {self._attribute(end).type for end, _is_open in ends if _is_property(end)}
        if not kinds or not kinds <= _TIMES:
            raise refusal(_("“%(op)s” compares a date with dates.") % {"op": op})
        kind = FieldType.DATETIME if FieldType.DATETIME in kinds else FieldType.DATE
        a0, a1, b0, b1 = (self._bound(*end, kind, is_end=bool(i % 2)) for i, end in enumerate(ends))
        return _Pattern(_TEMPORAL[op], a0=a0, a1=a1, b0=b0, b1=b1)

    def _ends(self, node):
        """Beginning and end, each with whether an empty one is open."""
        if isinstance(node, dict) and "interval" in node:
            if not isinstance(node["interval"], list) or len(node["interval"]) != 2:
                raise refusal(_("A span of time has a beginning and an end."))
            return [(end, True) for end in node["interval"]]
        return (node, False), (node, False)

    def _bound(self, node, is_open, kind, *, is_end):
        text = node
        if isinstance(node, dict) and not _is_property(node):
            text = node.get("date", node.get("timestamp"))
        if text == "..":
            infinity = Value("infinity" if is_end else "-infinity", TextField())
            return Func(infinity, template=f"%(expressions)s::{'date' if kind == FieldType.DATE else 'timestamptz'}")
        if isinstance(text, str):
            moment = parameters.moment(text, "filter")
            span = parameters.Interval(moment, moment)
            is_date = kind == FieldType.DATE
            return Value(
                (span.dates() if is_date else span.instants())[is_end], DateField() if is_date else DateTimeField()
            )
        value = self._value(node, kind)
        if not is_open:
            return value
        open_end = "infinity" if is_end else "-infinity"
        return Func(value, template=f"COALESCE(%(expressions)s, '{open_end}')", output_field=TextField())


def _literal(node, own, kind):
    """A literal as a value of `kind`."""
    if kind in _NUMBERS:
        if not _is_number(node):
            raise mismatch(_label(node), kind)
        return Value(int(node) if float(node).is_integer() and abs(node) < 2**53 else float(node))
    if kind == FieldType.TEXT:
        if own != FieldType.TEXT:
            raise mismatch(_label(node), kind)
        return Value(clean(node, "filter"), TextField())
    if kind == FieldType.BOOLEAN:
        if not isinstance(node, bool):
            raise mismatch(_label(node), kind)
        return Value(node, BooleanField())
    text = node if isinstance(node, str) else next(iter(node.values())) if isinstance(node, dict) else None
    if not isinstance(text, str):
        raise mismatch(_label(node), kind)
    moment = parameters.moment(text, "filter")
    span = parameters.Interval(moment, moment)
    if kind == FieldType.DATE:
        return Value(span.dates()[0], DateField())
    return Value(span.instants()[0], DateTimeField())


def clean(text, parameter):
    """Text that PostgreSQL can hold: no NUL, no half of a surrogate pair."""
    try:
        text.encode()
    except UnicodeEncodeError:
        text = "\x00"
    if "\x00" in text:
        raise parameters.refuse(parameter, _("A text holds a character that cannot be stored."))
    return text


def _call(node):
    if isinstance(node, dict) and isinstance(node.get("op"), str) and isinstance(node.get("args"), list):
        return node["op"].lower(), node["args"]
    raise refusal(_("A part of the filter is neither a condition nor a value: %(part)s") % {"part": _label(node)})


def _count(op, args, least, most=0):
    if len(args) < least or (most is not None and len(args) > (most or least)):
        raise refusal(_("“%(op)s” has the wrong number of operands.") % {"op": op})


def _is_property(node):
    return isinstance(node, dict) and "property" in node


def _is_number(node):
    return isinstance(node, int | float) and not isinstance(node, bool)


def _is_literal(node):
    return not isinstance(node, dict) or "date" in node or "timestamp" in node


def _label(node):
    return str(node["property"]) if _is_property(node) else json.dumps(node, ensure_ascii=False)[:80]
