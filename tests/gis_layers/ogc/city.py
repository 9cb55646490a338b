"""A small layer with every type of attribute, and the same rows in Python for comparison."""

import random
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

from django.contrib.gis.geos import GEOSGeometry, Point
from django.db import connection
from django.test.utils import CaptureQueriesContext
from shapely import Point as ShapelyPoint
from shapely import box, to_wkb

from muni.core.srids import LONLAT, MUNI_SRID
from tests.factories import LayerFactory, LayerFieldFactory, fill

TYPES = {
    "name": "text",
    "storeys": "integer",
    "height": "number",
    "paved": "boolean",
    "built": "date",
    "seen": "datetime",
}
NAMES = ["سوق العمارة", "مدرسة دجلة", "Café Tigris", "100%_sure", "a\\b", "O'Hara", "الزهراء", None]
WEST, SOUTH = 47.1, 31.8


def stored(shape):
    geometry = GEOSGeometry(memoryview(to_wkb(shape)), srid=LONLAT)
    geometry.transform(MUNI_SRID)
    return geometry


def make_rows(count, seed=1):
    """[(shapely geometry in degrees, attributes as stored in JSON)]"""
    dice = random.Random(seed)
    rows = []
    for i in range(count):
        lon, lat = WEST + dice.random() * 0.1, SOUTH + dice.random() * 0.1
        shape = ShapelyPoint(lon, lat) if i % 3 else box(lon, lat, lon + 0.012, lat + 0.009)
        maybe = lambda value: None if dice.random() < 0.1 else value  # noqa: E731
        seen = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=dice.randrange(5000))
        rows.append(
            (
                shape,
                {
                    "name": dice.choice(NAMES),
                    "storeys": maybe(dice.randrange(8)),
                    "height": maybe(round(dice.uniform(-5, 40), 2)),
                    "paved": maybe(dice.random() < 0.5),
                    "built": maybe((date(2000, 1, 1) + timedelta(days=dice.randrange(9000))).isoformat()),
                    "seen": maybe(seen.isoformat().replace("+00:00", "Z")),
                },
            )
        )
    return rows


def make_layer(rows, **kwargs):
    layer = LayerFactory(**{"public": True, "slug": "city", "geometry_type": "Geometry", **kwargs})
    for position, (name, kind) in enumerate(TYPES.items()):
        LayerFieldFactory(layer=layer, name=name, type=kind, position=position)
    return fill(layer, *((stored(shape), attributes) for shape, attributes in rows))


@contextmanager
def queries():
    """The statements made meanwhile, without the savepoints that only tests need."""
    made = []
    with CaptureQueriesContext(connection) as captured:
        yield made
    made += [q["sql"] for q in captured if "SAVEPOINT" not in q["sql"]]


def point(lon, lat):
    shape = Point(lon, lat, srid=LONLAT)
    shape.transform(MUNI_SRID)
    return shape
