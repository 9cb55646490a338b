"""What is wrong with the parcels of a survey: pure functions over arrays of shapely polygons in metres (MUNI_SRID)."""

import numpy as np
import shapely

OVERLAP_CORE_M, OVERLAP_M2 = 0.005, 0.1
"""What the register's overlap triggers take for rounding: narrower overlaps, and smaller ones."""

SLIVER_RATIO = 50
BOUNDARY_SLACK_M = 1.0
_SAME_M = 3
"""Decimals of a metre to which two outlines that are one agree."""


def slivers(shapes):
    """Mask of polygons like a rectangle more than SLIVER_RATIO times as long as wide, by area and perimeter."""
    area, quarter = shapely.area(shapes), shapely.length(shapes) / 4
    long = quarter + np.sqrt(np.maximum(quarter**2 - area, 0))
    return long**2 > SLIVER_RATIO * area


def overlaps(shapes):
    """{(i, j): square metres} of pairs i < j that overlap by more than the register takes for rounding."""
    cores = shapely.buffer(shapes, -OVERLAP_CORE_M, join_style="mitre")
    one, other = shapely.STRtree(shapes).query(cores, predicate="intersects")
    pairs = np.unique(np.sort(np.column_stack([one, other])[one != other], axis=1), axis=0).reshape(-1, 2)
    areas = shapely.area(shapely.intersection(shapes[pairs[:, 0]], shapes[pairs[:, 1]]))
    return {(int(i), int(j)): float(area) for (i, j), area in zip(pairs, areas, strict=True) if area > OVERLAP_M2}


def outside(shapes, boundary):
    """Mask of polygons that reach more than BOUNDARY_SLACK_M beyond the boundary."""
    around = boundary.buffer(BOUNDARY_SLACK_M)
    shapely.prepare(around)
    return ~shapely.covers(around, shapes)


def same_shapes(shapes):
    """[[positions]] of polygons that are one and the same to the millimetre, wherever their rings begin."""
    rounded = shapely.normalize(shapely.transform(shapes, lambda points: np.round(points, _SAME_M)))
    groups = {}
    for position, key in enumerate(shapely.to_wkb(rounded)):
        groups.setdefault(key, []).append(position)
    return [group for group in groups.values() if len(group) > 1]
