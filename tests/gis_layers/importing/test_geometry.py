"""Judging geometries: no row vanishes, what is stored is valid, flat and where it belongs."""

import struct

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS

from gis_layers.importing import crs
from gis_layers.importing.geometry import geometry_type_of, judge
from tests.gis_layers.importing.files import bow_tie, box

SEVEN, NAN = struct.pack("<d", 7), struct.pack("<d", float("nan"))
NOWHERE = crs.Transformation("none", 0.0, None)
WGS84 = CRS.from_epsg(4326)


def judged(*shapes, transformation=NOWHERE, is_geographic=False, geometry_type="Geometry"):
    wkb = [s if s is None or isinstance(s, bytes) else shapely.to_wkb(s, flavor="iso") for s in shapes]
    return judge(wkb, [None] * len(wkb), transformation, is_geographic, geometry_type)


def metres(shape):
    return shapely.transform(shape, lambda points: points * 1000)


@pytest.mark.parametrize(
    ("shape", "why"),
    [
        (None, "no geometry"),
        (b"\x01\x02", "cannot be read"),
        (shapely.Point(), "empty"),
        (shapely.to_wkb(shapely.LineString([(0, 0), (7, 1)])).replace(SEVEN, NAN), "not numbers"),
        (shapely.Point(np.inf, 1), "not numbers"),
        (shapely.Point(200, 10), "out of range"),
        (shapely.Point(10, 95), "out of range"),
        (shapely.Point(10, 89), "pole"),
        (shapely.Polygon([(0, 0), (1, 1), (0, 0), (0, 0)]), "cannot be repaired"),
    ],
)
def test_what_cannot_be_used_is_rejected_with_its_reason(shape, why):
    from django.utils import translation

    with translation.override("en"):
        result = judged(shape, shapely.Point(47, 31), is_geographic=True)
    assert list(result.rejected) == [0]
    assert why in result.rejected[0]
    assert result.shapes[0] is None
    assert result.shapes[1] == shapely.Point(47, 31)


def test_repairs_keep_the_dimension_and_are_listed():
    result = judged(metres(bow_tie(0, 0, 1)), metres(box(5, 5, 1)))
    assert list(result.repaired) == [0]
    assert result.shapes[0].is_valid
    assert shapely.get_dimensions(result.shapes[0]) == 2
    assert result.shapes[0].area == pytest.approx(500_000)


def test_an_unclosed_ring_is_closed():
    ring = shapely.to_wkb(shapely.Polygon([(0, 0), (4, 0), (4, 4), (0, 4), (0, 0)]))
    unclosed = ring[:9] + (4).to_bytes(4, "little") + ring[13:-16]
    result = judged(unclosed)
    assert 0 in result.repaired
    assert result.shapes[0].area == pytest.approx(16)


def test_heights_are_laid_down_and_counted():
    result = judged(shapely.Point(1, 2, 3), shapely.Point(1, 2))
    assert result.flattened == 1
    assert not shapely.has_z(result.shapes).any()


@pytest.mark.parametrize(
    ("layer_type", "kept"), [("Point", [0, 3]), ("LineString", [1]), ("Polygon", [2, 3]), ("Geometry", [0, 1, 2, 3])]
)
def test_a_layer_takes_its_own_kind_of_geometry(layer_type, kept):
    mixed = shapely.GeometryCollection([shapely.Point(0, 0), metres(box(1, 1, 1))])
    shapes = [shapely.Point(1, 1), shapely.LineString([(0, 0), (1, 1)]), metres(box(0, 0, 1)), mixed]
    result = judged(*shapes, geometry_type=layer_type)
    assert [row for row in range(4) if row not in result.rejected] == kept


def test_the_type_of_a_new_layer_is_what_it_holds():
    assert geometry_type_of({2: 5}) == "Polygon"
    assert geometry_type_of({2: 5, 0: 1}) == "Geometry"
    assert geometry_type_of({3: 1}) == "Geometry"


@pytest.mark.parametrize("code", [3889, 3891, 3391, 3392, 3393, 7005, 7006, 7007, 6646, 32637, 3857, 2193, 4326])
def test_every_crs_lands_where_its_own_inverse_says(code):
    here = crs.parse(f"EPSG:{code}")
    lon, lat = (174.9, -36.8) if code == 2193 else (47.145, 31.84)
    back = crs.lonlat(here)
    x, y = back.transform(lon, lat, direction="INVERSE")
    way = crs.transformation(here, [x - 1e-3, y - 1e-3, x + 1e-3, y + 1e-3])
    result = judged(shapely.Point(x, y), transformation=way, is_geographic=here.is_geographic)
    from pyproj import Transformer

    from muni.core.srids import MUNI_SRID

    arrived = Transformer.from_crs(MUNI_SRID, 4326, always_xy=True).transform(result.shapes[0].x, result.shapes[0].y)
    assert arrived == pytest.approx((lon, lat), abs=2e-4 if way.accuracy else 1e-8)
    assert way.name
    assert way.accuracy is None or way.accuracy >= 0


def test_an_old_datum_says_its_accuracy():
    way = crs.transformation(crs.parse("EPSG:3392"))
    assert way.accuracy > 0
    assert "Karbala" in way.name


numbers = st.one_of(st.floats(-200, 200), st.sampled_from([float("nan"), float("inf"), 1e30, -1e300, 0.0]))
points = st.tuples(numbers, numbers)


@st.composite
def soups(draw):
    with np.errstate(all="ignore"):
        return _soup(draw)


def _soup(draw):
    kind = draw(st.sampled_from(["point", "line", "ring", "collection", "none", "bytes"]))
    if kind == "none":
        return None
    if kind == "bytes":
        return draw(st.binary(max_size=60))
    coordinates = draw(st.lists(points, min_size=1, max_size=8))
    if kind == "point":
        return shapely.to_wkb(shapely.Point(coordinates[0]))
    if kind == "line":
        return shapely.to_wkb(shapely.LineString((coordinates * 2)[: max(2, len(coordinates))]))
    corners = (coordinates * 4)[: max(3, len(coordinates))]
    try:
        ring = shapely.Polygon([*corners, corners[0]])
    except shapely.errors.GEOSException:  # a first corner that is not a number closes no ring
        return None
    if kind == "ring":
        return shapely.to_wkb(ring)
    return shapely.to_wkb(shapely.GeometryCollection([ring, shapely.Point(coordinates[0])]))


@settings(max_examples=150, deadline=None)
@given(st.lists(soups(), max_size=12), st.sampled_from(["Point", "LineString", "Polygon", "Geometry"]), st.booleans())
def test_no_row_vanishes_and_all_that_is_kept_is_sound(wkb, layer_type, is_geographic):
    way = crs.transformation(WGS84) if is_geographic else NOWHERE
    result = judge(wkb, [None] * len(wkb), way, is_geographic, layer_type)
    kept = [row for row, shape in enumerate(result.shapes) if shape is not None]
    assert sorted([*kept, *result.rejected]) == list(range(len(wkb)))
    assert set(result.repaired) <= set(kept)
    shapes = result.shapes[kept]
    assert shapely.is_valid(shapes).all()
    assert not shapely.is_empty(shapes).any()
    assert np.isfinite(shapely.get_coordinates(shapes)).all()
