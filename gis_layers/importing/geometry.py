"""Judges a batch of geometries: what is kept, what was repaired and how, what cannot be used and why."""

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import shapely
from django.utils.translation import gettext as _

from gis_layers.models import Layer
from muni.core.srids import MUNI_SRID

_POINTS, _LINES, _AREAS = 0, 1, 2
DIMENSION = {
    Layer.GeometryType.POINT: _POINTS,
    Layer.GeometryType.LINE: _LINES,
    Layer.GeometryType.POLYGON: _AREAS,
}
COLLECTION = shapely.GeometryType.GEOMETRYCOLLECTION
WEB_MERCATOR_LIMIT = 85.06  # degrees of latitude: beyond it there are no tiles


@dataclass
class Judged:
    """`shapes`: array in MUNI_SRID, two-dimensional and valid, None where rejected; row positions in the batch."""

    shapes: np.ndarray
    rejected: dict[int, str] = field(default_factory=dict)
    repaired: dict[int, str] = field(default_factory=dict)
    flattened: int = 0
    kinds: Counter = field(default_factory=Counter)


def judge(wkb, problems, transformation, is_geographic, geometry_type=Layer.GeometryType.ANY):
    """wkb: list of bytes or None in the file's CRS; problems: what the reader already found, by row.

    transformation: see crs.Transformation. geometry_type: what the layer takes; ANY takes all.
    """
    with np.errstate(all="ignore"):  # what is not a number is found and rejected
        return _judge(wkb, problems, transformation, is_geographic, geometry_type)


def _judge(wkb, problems, transformation, is_geographic, geometry_type):
    judged = Judged(_parse(wkb))
    for row, problem in enumerate(problems):
        if problem:
            _reject(judged, row, _reader_problem(problem))
    _fix_unclosed(judged, wkb)
    _reject_where(judged, shapely.is_missing(judged.shapes), _("has no geometry"))
    judged.flattened = int((shapely.has_z(judged.shapes) | shapely.has_m(judged.shapes)).sum())
    judged.shapes = shapely.force_2d(judged.shapes)
    _reject_where(judged, shapely.is_empty(judged.shapes), _("geometry is empty"))
    _check_coordinates(judged, is_geographic)
    _transform(judged, transformation)
    _make_valid(judged)
    _match_type(judged, DIMENSION.get(geometry_type))
    judged.kinds = Counter(int(d) for d in _dimensions(judged.shapes) if d >= 0)
    return judged


def geometry_type_of(kinds):
    """The type of a layer made of these: `kinds` counts dimensions, 3 stands for mixed collections."""
    present = [kind for kind, count in kinds.items() if count]
    names = {dimension: name for name, dimension in DIMENSION.items()}
    return names.get(present[0], Layer.GeometryType.ANY) if len(present) == 1 else Layer.GeometryType.ANY


def _parse(wkb):
    return shapely.from_wkb(np.array(wkb, dtype=object), on_invalid="ignore")


def _fix_unclosed(judged, wkb):
    """Rings that do not return to their start are closed."""
    broken = [
        row
        for row in np.flatnonzero(shapely.is_missing(judged.shapes))
        if wkb[row] is not None and row not in judged.rejected
    ]
    for row in broken:
        shape = shapely.from_wkb(wkb[row], on_invalid="fix")
        if shape is None:
            _reject(judged, row, _("geometry cannot be read: too few points, or damaged"))
        else:
            judged.shapes[row] = shape
            judged.repaired[int(row)] = _("ring was not closed")


def _check_coordinates(judged, is_geographic):
    bounds = shapely.bounds(judged.shapes)
    points, owner = shapely.get_coordinates(judged.shapes, return_index=True)
    infinite = np.zeros(len(judged.shapes), bool)
    infinite[owner[~np.isfinite(points).all(axis=1)]] = True
    _reject_where(judged, infinite, _("coordinates are not numbers"))
    if is_geographic:
        with np.errstate(invalid="ignore"):
            outside = (np.abs(bounds[:, [0, 2]]) > 180.0000001).any(axis=1) | (np.abs(bounds[:, [1, 3]]) > 90).any(
                axis=1
            )
            beyond = (np.abs(bounds[:, [1, 3]]) > WEB_MERCATOR_LIMIT).any(axis=1)
        _reject_where(
            judged, outside, _("coordinates out of range: longitude is at most 180, latitude at most 90 degrees")
        )
        _reject_where(judged, beyond, _("lies too near a pole for the map"))


def _transform(judged, transformation):
    judged.shapes = transformation.apply(judged.shapes)
    points, owner = shapely.get_coordinates(judged.shapes, return_index=True)
    lost = np.zeros(len(judged.shapes), bool)
    lost[owner[~np.isfinite(points).all(axis=1) | (np.abs(points) > 5e7).any(axis=1)]] = True
    _reject_where(judged, lost, _("coordinates out of range of the coordinate system"))


def _make_valid(judged):
    bad = np.flatnonzero(~shapely.is_valid(judged.shapes) & ~shapely.is_missing(judged.shapes))
    if not len(bad):
        return
    reasons = shapely.is_valid_reason(judged.shapes[bad])
    mended = shapely.make_valid(judged.shapes[bad], method="structure", keep_collapsed=False)
    for row, reason, before, after in zip(bad, reasons, judged.shapes[bad], mended, strict=True):
        shape = _parts_of_dimension(after, _dimension(before))
        if shape is None or not shapely.is_valid(shape):
            _reject(judged, row, _("geometry cannot be repaired: %(reason)s") % {"reason": _defect(reason)})
        else:
            judged.shapes[row] = shape
            judged.repaired[int(row)] = _defect(reason)


def _match_type(judged, wanted):
    """Takes the parts of the layer's own kind out of collections; rejects what has none."""
    dimensions = _dimensions(judged.shapes)
    if wanted is None:
        for row in np.flatnonzero(dimensions == 3):
            kinds = {_dimension(part) for part in _leaves(judged.shapes[row])}
            if len(kinds) == 1:
                judged.shapes[row] = _parts_of_dimension(judged.shapes[row], kinds.pop())
        return
    for row in np.flatnonzero((dimensions >= 0) & (dimensions != wanted)):
        shape = _parts_of_dimension(judged.shapes[row], wanted) if dimensions[row] == 3 else None
        if shape is None:
            _reject(
                judged,
                row,
                _("wrong kind of geometry: %(found)s in a layer of %(wanted)s")
                % {"found": _kind_name(dimensions[row]), "wanted": _kind_name(wanted)},
            )
        else:
            judged.shapes[row] = shape
            judged.repaired[int(row)] = _("only the %(wanted)s of a collection were kept") % {
                "wanted": _kind_name(wanted)
            }


def _dimensions(shapes):
    """0 points, 1 lines, 2 areas, 3 collection, -1 nothing."""
    found = shapely.get_dimensions(shapes)
    found[shapely.get_type_id(shapes) == COLLECTION] = 3
    return found


def _dimension(shape):
    return 3 if shape.geom_type == "GeometryCollection" else shapely.get_dimensions(shape)


def _leaves(shape):
    parts = shapely.get_parts(shape)
    for part in parts:
        if part.geom_type == "GeometryCollection":
            yield from _leaves(part)
        else:
            yield part


def _parts_of_dimension(shape, dimension):
    """The parts of one dimension as one geometry; the whole for collections (3); None when there are none."""
    if dimension == 3 or (shape.geom_type != "GeometryCollection" and _dimension(shape) == dimension):
        return None if shape.is_empty else shape
    parts = [
        p for leaf in _leaves(shape) for p in shapely.get_parts(leaf) if _dimension(p) == dimension and not p.is_empty
    ]
    if not parts:
        return None
    if len(parts) == 1:
        return parts[0]
    return {_POINTS: shapely.multipoints, _LINES: shapely.multilinestrings, _AREAS: shapely.union_all}[dimension](parts)


def _reject_where(judged, mask, reason):
    for row in np.flatnonzero(mask):
        _reject(judged, row, reason)


def _reject(judged, row, reason):
    judged.rejected.setdefault(int(row), reason)
    judged.repaired.pop(int(row), None)
    judged.shapes[row] = None


def _reader_problem(code):
    return {
        "bad_coordinates": _("the coordinates are missing or not numbers"),
        "bad_wkt": _("the WKT cannot be read"),
        "ragged": _("the row has more cells than the table has columns"),
    }[code]


def _defect(reason):
    """GEOS's words in the user's language; the place stays: it helps finding the spot."""
    words, _bracket, place = reason.partition("[")
    sentence = {
        "Self-intersection": _("crosses itself"),
        "Ring Self-intersection": _("touches itself"),
        "Hole lies outside shell": _("hole outside its area"),
        "Holes are nested": _("holes inside one another"),
        "Interior is disconnected": _("holes cut the area in two"),
        "Nested shells": _("areas inside one another"),
        "Duplicate Rings": _("the same ring twice"),
        "Too few points in geometry component": _("too few points"),
        "Invalid Coordinate": _("coordinates are not numbers"),
        "Ring is not closed": _("ring was not closed"),
    }.get(words.strip(), words.strip())
    return f"{sentence} [{place}" if place else sentence


def _kind_name(dimension):
    return {_POINTS: _("points"), _LINES: _("lines"), _AREAS: _("areas")}.get(int(dimension), _("mixed geometry"))


def to_ewkb_hex(shapes):
    return shapely.to_wkb(shapely.set_srid(shapes, MUNI_SRID), hex=True, include_srid=True, byte_order=1)
