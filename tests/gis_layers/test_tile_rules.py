"""Our tiles keep the rules of the vector tile specification, whatever is drawn."""

import gzip
import json
import math
from pathlib import Path

import pytest
import shapely
from django.contrib.auth.models import AnonymousUser
from django.contrib.gis.geos import GEOSGeometry
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from gis_layers.tiles.tile import tile
from muni.core.srids import MUNI_SRID
from tests import mvt
from tests.factories import LayerFactory, fill

FIXTURES = Path(__file__).parents[2] / "node_modules/@mapbox/mvt-fixtures/fixtures"
STRICTER = {"016": "type UNKNOWN", "039": "version 1", "057": "a count beyond the content"}
"""Fixtures that a lenient reader may accept; ours does not, and our tiles need not be read by a lenient one."""


@pytest.mark.skipif(not FIXTURES.exists(), reason="npm ci has not run")
@pytest.mark.parametrize("folder", sorted(FIXTURES.glob("[0-9]*")) if FIXTURES.exists() else [], ids=lambda f: f.name)
def test_the_reader_agrees_with_the_published_fixtures(folder):
    is_valid = json.loads((folder / "info.json").read_text())["validity"]["v2"] and folder.name not in STRICTER
    content = (folder / "tile.mvt").read_bytes()
    if is_valid:
        mvt.check(content)
    else:
        with pytest.raises(mvt.TileError):
            mvt.check(content)


METRES = st.floats(-3000, 3000, allow_nan=False)
SIZE = st.sampled_from([0.05, 1, 30, 800, 60_000])


@st.composite
def shapes(draw):
    """Points, lines, stars with and without holes, from centimetres to a governorate, near Amarah."""
    kind = draw(st.sampled_from(["point", "line", "star", "ring", "multi"]))
    x, y, size = 703_000 + draw(METRES), 3_525_000 + draw(METRES), draw(SIZE)
    if kind == "point":
        return shapely.Point(x, y)
    spokes = draw(st.lists(st.floats(0.2, 1), min_size=5, max_size=40))
    corners = [
        (x + size * r * math.cos(2 * math.pi * n / len(spokes)), y + size * r * math.sin(2 * math.pi * n / len(spokes)))
        for n, r in enumerate(spokes)
    ]
    if kind == "line":
        return shapely.LineString(corners)
    star = shapely.Polygon(corners)
    if kind == "ring":
        return star.difference(star.buffer(-0.1 * size))
    if kind == "multi":
        return shapely.MultiPolygon([star, shapely.affinity.translate(star, 3 * size)])
    return star


class TileRules(TestCase):
    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        st.lists(shapes().filter(lambda s: s.is_valid and not s.is_empty), min_size=1, max_size=20), st.integers(5, 17)
    )
    def test_any_shapes_at_any_zoom(self, drawn, z):
        layer = LayerFactory(public=True, geometry_type="Geometry")
        fill(layer, *((GEOSGeometry(memoryview(shapely.to_wkb(s)), srid=MUNI_SRID), {}) for s in drawn))
        layer.refresh_from_db()
        lon, lat = GEOSGeometry("POINT(703000 3525000)", srid=MUNI_SRID).transform(4326, clone=True).coords
        x = int((lon + 180) / 360 * 2**z)
        y = int((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * 2**z)
        content = tile(layer, AnonymousUser(), z, x, y).content
        counts = mvt.check(gzip.decompress(content)) if content else {}
        assert counts.get(layer.slug, 0) <= len(drawn)
