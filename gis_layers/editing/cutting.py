"""Shapes cut and joined: pure functions over shapely geometries in metres (MUNI_SRID). Nothing is stored."""

import numpy as np
import shapely
from django.utils.translation import gettext as _
from shapely.ops import linemerge, split

from muni.core.errors import BadRequest

GRID_M = 0.0001
"""Neighbours whose common border differs by less than this are joined without a sliver between them."""

SAME_PLACE_M = 0.001


def split_by(shape, line):
    """The parts of a line or an area on either side of a line, the largest first; parts of a multi-part shape that the
    line does not touch stay with the largest. Raises BadRequest when nothing is cut."""
    if shapely.get_dimensions(shape) == 0:
        raise BadRequest(_("A point cannot be split."))
    whole, cut = [], []
    for part in shapely.get_parts(shape):
        pieces = shapely.get_parts(split(part, line))
        (cut if len(pieces) > 1 else whole).extend(pieces)
    if not cut:
        raise BadRequest(_("The line does not cut the feature: draw it right across."))
    measure = shapely.area if shapely.get_dimensions(shape) == 2 else shapely.length
    cut.sort(key=measure, reverse=True)
    return [_joined([cut[0], *whole]), *cut[1:]]


def merged(shapes):
    """One shape of several: areas without the borders between them, lines run together where they meet. What does not
    touch becomes a shape of several parts. Raises BadRequest for points, areas and lines together."""
    dimensions = set(shapely.get_dimensions(shapes).tolist())
    if len(dimensions) > 1:
        raise BadRequest(_("Only features of one kind can be merged: areas with areas, lines with lines."))
    if len(shapes) < 2:
        raise BadRequest(_("Select at least two features to merge."))
    if dimensions == {2}:
        united = shapely.union_all(shapely.remove_repeated_points(shapes), grid_size=GRID_M)
        return _exact(united, shapes)
    united = shapely.union_all(shapes)
    return linemerge(united) if dimensions == {1} and united.geom_type == "MultiLineString" else united


def with_hole(shape, hole):
    """The area without what lies inside the hole. Raises BadRequest when the hole is not wholly inside."""
    if shapely.get_dimensions(shape) != 2:
        raise BadRequest(_("Holes can be cut into areas only."))
    if not shapely.is_valid(hole) or hole.area <= 0:
        raise BadRequest(_("The outline of the hole crosses itself."))
    if not shapely.contains_properly(shape, hole):
        raise BadRequest(_("The hole has to lie wholly inside the area."))
    return shapely.difference(shape, hole)


def _joined(parts):
    flat = [piece for part in parts for piece in shapely.get_parts(part)]
    if len(flat) == 1:
        return flat[0]
    return shapely.multipolygons(flat) if shapely.get_dimensions(flat[0]) == 2 else shapely.multilinestrings(flat)


def _exact(shape, sources):
    """The shape with its vertices where the sources have theirs: the grid may have moved them by a tenth of a
    millimetre."""
    targets = shapely.get_coordinates(sources)
    points = shapely.get_coordinates(shape)
    found, nearest = shapely.STRtree(shapely.points(targets)).query_nearest(
        shapely.points(points), max_distance=SAME_PLACE_M, all_matches=False
    )
    moved = np.array(points)
    moved[found] = targets[nearest]
    return shapely.set_coordinates(shape, moved)
