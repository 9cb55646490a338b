"""The drawing of a parcel plan: its scale, its sides, and where on the paper everything lies. Metres in, millimetres
out; x to the right, y downwards from the upper left corner of the frame."""

from dataclasses import dataclass
from math import atan2, degrees, hypot

import numpy as np
import shapely
from pyproj import Geod, Transformer

from muni.core.srids import LONLAT, MUNI_SRID

FRAME_MM = (180, 100)
SCALES = (100, 200, 250, 500, 1000, 2000, 2500, 5000, 10_000, 20_000, 25_000, 50_000, 100_000)
MARGIN = 1.35
"""How much wider the frame is than the parcel at least, so that neighbours can be seen."""
LABELLED_MM = 9
"""Shorter sides have their length in the table alone."""
_VERTEX_MM = 4
"""Vertices closer than this to the last numbered one are numbered in the table alone."""

_to_lonlat = Transformer.from_crs(MUNI_SRID, LONLAT, always_xy=True)
_geod = Geod(ellps="WGS84")


def scale_for(bounds):
    """The largest round scale at which the bounds (metres) fit the frame."""
    west, south, east, north = bounds
    for scale in SCALES:
        width, height = (side * scale / 1000 for side in FRAME_MM)
        if (east - west) * MARGIN <= width and (north - south) * MARGIN <= height:
            return scale
    return SCALES[-1]


def frame_of(bounds, scale):
    """The frame on the ground, a shapely box in metres, with the bounds in its middle."""
    west, south, east, north = bounds
    x, y = (west + east) / 2, (south + north) / 2
    width, height = (side * scale / 2000 for side in FRAME_MM)
    return shapely.box(x - width, y - height, x + width, y + height)


def rings_of(shape):
    """Rings of a polygon as [[easting, northing]] to the centimetre, not closed: the outer one clockwise from its most
    north-western vertex, then the holes."""
    found = []
    for ring in (shape.exterior, *shape.interiors):
        points = np.round(shapely.get_coordinates(ring)[:-1], 2)
        if ring.is_ccw:
            points = points[::-1]
        first = int(np.argmax(points[:, 1] - points[:, 0]))
        found.append(np.roll(points, -first, axis=0).tolist())
    return found


def lengths_of(ring):
    """Length of the side after each vertex, metres on the ellipsoid."""
    lon, lat = _to_lonlat.transform(*np.array([*ring, ring[0]]).T)
    return [round(float(length), 2) for length in _geod.line_lengths(lon, lat)]


def spot_in(shape):
    """Where a label lies well inside a polygon: (x, y, metres to its edge)."""
    circle = shapely.maximum_inscribed_circle(shape, max(shape.length / 1000, 0.01))
    middle = shape.centroid
    room = shape.boundary.distance(middle) if shape.contains(middle) else 0
    spot = middle if room >= 0.8 * circle.length else shapely.Point(circle.coords[0])
    return spot.x, spot.y, max(room, circle.length)


def neighbour_spot(other, shape, scale):
    """Where the number of a neighbour lies: clear of the parcel's figures and of what stands in the frame's corners,
    else anywhere within it; None where there is no room and it doesn't touch the parcel. Metres."""
    frame = frame_of(shape.bounds, scale)
    west, south, east, north = frame.bounds
    mm = scale / 1000
    arrow = shapely.box(east - 22 * mm, north - 26 * mm, east, north)
    bar = shapely.box(west, south, west + 62 * mm, south + 18 * mm)
    room = other.intersection(frame.buffer(-4 * mm)) - shape.buffer(6.5 * mm) - arrow - bar
    parts = [part for part in shapely.get_parts(room) if part.area > 0]
    if parts:
        x, y, radius = spot_in(max(parts, key=lambda part: part.area))
        if radius >= 3.2 * mm:
            return x, y
    if other.distance(shape) > 0.01:
        return None
    parts = [part for part in shapely.get_parts(other.intersection(frame)) if part.area > 0]
    return spot_in(max(parts, key=lambda part: part.area))[:2] if parts else None


@dataclass(frozen=True)
class Label:
    """x, y: its middle, mm. turn: degrees clockwise. kind: its class."""

    text: str
    x: float
    y: float
    kind: str
    turn: float = 0

    @property
    def style(self):
        return f"left:{self.x - 20:.2f}mm;top:{self.y - 3:.2f}mm;transform:rotate({self.turn:.1f}deg)"


@dataclass(frozen=True)
class Drawing:
    """parcel, neighbours: path data in mm. points: corners. bar_part: length of one of the scale bar's four
    parts, mm; bar_metres: what all four stand for. Numbers are strings as SVG wants them."""

    parcel: str
    neighbours: str
    points: tuple
    labels: tuple
    bar_part: str
    bar_metres: str

    @property
    def bar_width(self):
        return f"{4 * float(self.bar_part):.2f}"

    @property
    def bar_parts(self):
        fills = ("#111111", "#ffffff") * 2
        return [(f"{part * float(self.bar_part):.2f}", fill) for part, fill in enumerate(fills)]


def drawing_of(facts):
    """The Drawing of a plan's facts."""
    scale, (west, north) = facts["scale"], facts["corner"]

    def mm(point):
        return (point[0] - west) * 1000 / scale, (north - point[1]) * 1000 / scale

    rings = [[mm(point) for point in ring["vertices"]] for ring in facts["rings"]]
    labels = [Label(facts["number"], *mm(facts["at"]), "own")]
    labels += [Label(each["number"], *mm(each["at"]), "neighbour") for each in facts["neighbours"] if each["at"]]
    points, number = [], 0
    for ring, told in zip(rings, facts["rings"], strict=True):
        last = None
        for index, vertex in enumerate(ring):
            number += 1
            points.append((f"{vertex[0]:.2f}", f"{vertex[1]:.2f}"))
            if last is None or hypot(vertex[0] - last[0], vertex[1] - last[1]) >= _VERTEX_MM:
                labels.append(_vertex_label(number, ring[index - 1], vertex, ring[(index + 1) % len(ring)]))
                last = vertex
            if label := _side_label(told["lengths"][index], vertex, ring[(index + 1) % len(ring)]):
                labels.append(label)
    bar_mm, bar_metres = bar_of(scale)
    lines = [[mm(point) for point in line] for each in facts["neighbours"] for line in each["lines"]]
    return Drawing(
        parcel="".join(f"{_path(ring)}Z" for ring in rings),
        neighbours="".join(_path(line) for line in lines),
        points=tuple(points),
        labels=tuple(labels),
        bar_part=f"{bar_mm:.2f}",
        bar_metres=f"{bar_metres:g}",
    )


def bar_of(scale):
    """(mm of a quarter, metres of the whole) of the scale bar, which is 40 or 50 mm long."""
    metres = scale * 40 / 1000 if scale not in (200, 2000, 20_000) else scale * 50 / 1000
    return metres * 250 / scale, metres


def _path(points):
    return "M" + "L".join(f"{x:.2f} {y:.2f}" for x, y in points)


def _side_label(length, start, end):
    """Along the side, on its outer hand (rings run clockwise on the ground and on the paper), never upside down."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    long = hypot(dx, dy)
    if long < LABELLED_MM:
        return None
    turn = degrees(atan2(dy, dx))
    x, y = (start[0] + end[0]) / 2 + dy / long * 2.6, (start[1] + end[1]) / 2 - dx / long * 2.6
    if turn > 90 or turn <= -90:
        turn += 180 if turn < 0 else -180
    return Label(f"{length:.2f}", x, y, "side", turn)


def _vertex_label(number, before, vertex, after):
    """Outside the corner, away from the middle of its neighbours."""
    ways = []
    for other in (before, after):
        dx, dy = vertex[0] - other[0], vertex[1] - other[1]
        long = hypot(dx, dy) or 1
        ways.append((dx / long, dy / long))
    dx, dy = ways[0][0] + ways[1][0], ways[0][1] + ways[1][1]
    turns_right = ways[0][0] * -ways[1][1] + ways[0][1] * ways[1][0]
    long = hypot(dx, dy)
    if long < 0.15:
        # Nearly straight: to the outer hand of the way from `before`.
        dx, dy, long = ways[0][1], -ways[0][0], 1
    elif turns_right < 0:
        dx, dy = -dx, -dy
    return Label(str(number), vertex[0] + dx / long * 3.2, vertex[1] + dy / long * 3.2, "vertex")
