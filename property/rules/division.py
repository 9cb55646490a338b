"""Parcels divided and joined: pure functions over shapely polygons in metres (MUNI_SRID)."""

from decimal import Decimal
from itertools import pairwise

import numpy as np
import shapely
from django.utils.translation import gettext as _
from pyproj import Geod, Transformer
from shapely.ops import split

from gis_layers.editing.cutting import merged
from muni.core.errors import BadRequest
from muni.core.srids import LONLAT, MUNI_SRID

LEAST_M2 = 1.0
"""A part smaller than this is a slip of the hand."""

HAIR_M = 0.01
"""Gaps narrower than this between neighbours are rounding and are closed when they merge."""

CONSERVED_M2 = 0.01
_HALVINGS = 60

_geod = Geod(ellps="WGS84")
_to_lonlat = Transformer.from_crs(MUNI_SRID, LONLAT, always_xy=True)


class DivisionRefused(BadRequest):
    code = "division_refused"


def geodesic_m2(shape):
    """Area on the ellipsoid, square metres."""
    degrees = shapely.transform(shape, lambda xy: np.column_stack(_to_lonlat.transform(xy[:, 0], xy[:, 1])))
    return abs(_geod.geometry_area_perimeter(degrees)[0])


def area_tolerance_m2(shape, accuracy_m):
    """How far the area may be off when every boundary may be off by accuracy_m."""
    return float(accuracy_m) * shape.length


def by_lines(shape, lines):
    """The parts of a polygon between lines drawn across it, from west to east. Raises DivisionRefused."""
    parts = [shape]
    for line in lines:
        parts = [piece for part in parts for piece in shapely.get_parts(split(part, line))]
    if len(parts) < 2:
        raise DivisionRefused(_("The line does not cut the parcel: draw it right across."))
    return _checked(shape, sorted(parts, key=lambda part: (part.centroid.x, part.centroid.y)))


def by_area(shape, area_m2, azimuth):
    """[the part of that area at the side that faces azimuth, the rest].

    area_m2: geodesic. azimuth: degrees clockwise from grid north. Raises DivisionRefused.
    """
    whole = geodesic_m2(shape)
    if not LEAST_M2 <= float(area_m2) <= whole - LEAST_M2:
        raise DivisionRefused(
            _("The parcel has %(area).2f m²: ask for less than that, and leave something over.") % {"area": whole}
        )
    return _checked(shape, _sliced(shape, [float(area_m2) / whole], azimuth))


def in_equal_parts(shape, number, azimuth):
    """That many parts of one area, counted from the side that faces azimuth. Raises DivisionRefused."""
    if not 2 <= number <= 100:
        raise DivisionRefused(_("A parcel is divided into 2 to 100 parts."))
    return _checked(shape, _sliced(shape, [i / number for i in range(1, number)], azimuth))


def by_areas(shape, areas, azimuth):
    """Parts in the proportion of those areas, counted from the side that faces azimuth. Raises DivisionRefused."""
    reached = np.cumsum([float(area) for area in areas])
    return _checked(shape, _sliced(shape, list(reached[:-1] / reached[-1]), azimuth))


def joined(shapes):
    """One polygon of neighbours. Raises DivisionRefused where they do not touch along a border."""
    united = merged(shapes)
    if united.geom_type != "Polygon" or united.interiors:
        closed = united.buffer(HAIR_M, join_style="mitre").buffer(-HAIR_M, join_style="mitre")
        united = closed if closed.geom_type == "Polygon" else united
    if united.geom_type != "Polygon":
        raise DivisionRefused(_("The parcels do not touch along a border."))
    return united


def registered_areas(total, shapes):
    """The registered area shared out by the areas of the parts, to the hundredth; the sum is exactly the total.

    total: Decimal, square metres.
    """
    areas = [shape.area for shape in shapes]
    bounds = [Decimal(0)]
    for reached in np.cumsum(areas):
        bounds.append((total * Decimal(float(reached) / sum(areas))).quantize(Decimal("0.01")))
    return [after - before for before, after in pairwise(bounds)]


def _sliced(shape, fractions, azimuth):
    """Cut across the direction of azimuth so that each of the fractions of the area (ascending) lies before its cut."""
    angle = np.radians(azimuth)
    ahead = np.array([np.sin(angle), np.cos(angle)])
    reach = shapely.get_coordinates(shape) @ ahead
    near, far = reach.max(), reach.min()
    parts, rest = [], shape
    for fraction in fractions:
        low, high = far, near
        for _halving in range(_HALVINGS):
            middle = (low + high) / 2
            if shape.intersection(_side(shape, ahead, middle)).area > fraction * shape.area:
                low = middle
            else:
                high = middle
        pieces = shapely.get_parts(split(rest, _across(shape, ahead, (low + high) / 2)))
        before = [piece for piece in pieces if piece.representative_point().coords[0] @ ahead > (low + high) / 2]
        after = [piece for piece in pieces if piece.representative_point().coords[0] @ ahead <= (low + high) / 2]
        if len(before) != 1 or len(after) != 1:
            raise DivisionRefused(_("In this direction a part would fall into pieces: choose another, or draw lines."))
        parts.append(before[0])
        rest = after[0]
    return [*parts, rest]


def _across(shape, ahead, distance):
    """The line across `ahead` at that distance along it, longer than the shape."""
    west, south, east, north = shape.bounds
    aside = np.array([-ahead[1], ahead[0]])
    middle = ahead * distance + aside * (np.array([(west + east) / 2, (south + north) / 2]) @ aside)
    half = (east - west) + (north - south)
    return shapely.LineString([middle - aside * half, middle + aside * half])


def _side(shape, ahead, distance):
    """What lies beyond that line."""
    west, south, east, north = shape.bounds
    (a, b), deep = _across(shape, ahead, distance).coords, ahead * 2 * ((east - west) + (north - south))
    return shapely.Polygon([a, b, np.add(b, deep), np.add(a, deep)])


def _checked(shape, parts):
    if any(part.geom_type != "Polygon" or not part.is_valid for part in parts):
        raise DivisionRefused(_("A part would not be one whole area: draw the lines otherwise."))
    if any(part.area < LEAST_M2 for part in parts):
        raise DivisionRefused(_("A part would be smaller than one square metre: draw the lines otherwise."))
    if abs(sum(part.area for part in parts) - shape.area) > CONSERVED_M2:
        raise DivisionRefused(_("The parts do not make up the whole parcel."))
    return parts
