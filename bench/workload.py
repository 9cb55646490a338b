"""What is asked of every server: one list of tiles, one of boxes, one of ids; the same in every run."""

import math
import random

from pyproj import Transformer

ZOOMS = {10: 8, 11: 12, 12: 16, 13: 24, 14: 40, 15: 40, 16: 36, 17: 24}
"""Tiles asked for at each zoom: people open the map far out and then spend their time close by."""

DETAIL_ZOOM = 14
"""From here on no tile holds more than 10,000 parcels, where TiPg cuts tiles off."""

PARCELS = 1_000_000
LIMIT = 1_000

_WEST, _SOUTH, _EAST, _NORTH = 690_300, 3_510_300, 712_700, 3_532_700  # metres in EPSG:32638, inside the data
_BOX_METRES = 690  # nearly 1,000 parcels
_COUNT = 200

_lonlat = Transformer.from_crs(32638, 4326, always_xy=True).transform


def tiles():
    """[(z, x, y)], shuffled, so that every stretch of the list holds every zoom."""
    chance = random.Random(1)
    found = []
    for z, count in ZOOMS.items():
        for _ in range(count):
            found.append(tile_at(*_lonlat(chance.uniform(_WEST, _EAST), chance.uniform(_SOUTH, _NORTH)), z))
    chance.shuffle(found)
    return found


def tile_at(lon, lat, z):
    """(z, x, y) of WebMercatorQuad."""
    x = (lon + 180) / 360 * 2**z
    y = (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * 2**z
    return z, int(x), int(y)


def boxes():
    """[(west, south, east, north)], degrees."""
    chance = random.Random(2)
    found = []
    for _ in range(_COUNT):
        x, y = chance.uniform(_WEST, _EAST - _BOX_METRES), chance.uniform(_SOUTH, _NORTH - _BOX_METRES)
        corners = *_lonlat(x, y), *_lonlat(x + _BOX_METRES, y + _BOX_METRES)
        found.append(tuple(round(edge, 6) for edge in corners))
    return found


def ids():
    chance = random.Random(3)
    return [chance.randint(1, PARCELS) for _ in range(_COUNT)]
