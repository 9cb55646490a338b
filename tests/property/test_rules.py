"""Shares and divisions: arithmetic and shapes, without a database."""

from decimal import Decimal
from fractions import Fraction

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from property.rules import division
from property.rules.shares import SharesRefused, moved, whole
from tests.property.factories import box

HALF, THIRD = Fraction(1, 2), Fraction(1, 3)


@pytest.mark.parametrize(
    ("before", "moves", "after"),
    [
        ({1: Fraction(1)}, [(1, 2, Fraction(1))], {2: Fraction(1)}),
        ({1: Fraction(1)}, [(1, 2, THIRD)], {1: Fraction(2, 3), 2: THIRD}),
        ({1: HALF, 2: HALF}, [(1, 2, HALF)], {2: Fraction(1)}),
        ({1: Fraction(1)}, [(1, 2, HALF), (2, 3, HALF)], {1: HALF, 3: HALF}),
    ],
)
def test_shares_pass_from_hand_to_hand_exactly(before, moves, after):
    assert moved(before, moves) == after


@pytest.mark.parametrize(
    "moves", [[(1, 2, Fraction(2, 3))], [(3, 1, THIRD)], [(1, 1, THIRD)], [(1, 2, Fraction(0))], [(1, 2, -THIRD)]]
)
def test_nobody_gives_what_they_do_not_hold(moves):
    with pytest.raises(SharesRefused):
        moved({1: HALF, 2: HALF}, moves)


@pytest.mark.parametrize("shares", [{}, {1: HALF}, {1: HALF, 2: HALF, 3: THIRD}, {1: Fraction(2), 2: Fraction(-1)}])
def test_shares_are_one_and_positive(shares):
    with pytest.raises(SharesRefused):
        whole(shares)


def test_a_share_that_the_columns_cannot_hold_is_refused():
    tiny = Fraction(1, 10**16)
    with pytest.raises(SharesRefused):
        whole({1: 1 - tiny, 2: tiny})


def test_a_line_cuts_and_the_cut_is_the_same_on_both_sides():
    parcel = box(0, 0, 20, 10)
    west, east = division.by_lines(parcel, [shapely.LineString([(703_005.1, 3.52e6), (703_007.7, 3.53e6)])])
    assert west.centroid.x < east.centroid.x
    assert west.area + east.area == pytest.approx(parcel.area)
    shared = set(west.exterior.coords) & set(east.exterior.coords)
    assert len(shared) == 2


def test_a_line_that_ends_inside_cuts_nothing():
    with pytest.raises(division.DivisionRefused, match="right across"):
        division.by_lines(box(0, 0, 20, 10), [shapely.LineString([(702_990, 3_525_005), (703_010, 3_525_005)])])


@pytest.mark.parametrize("azimuth", [0, 33, 90, 180, 271.5])
def test_the_part_cut_off_has_the_area_asked_for(azimuth):
    parcel = box(0, 0, 40, 25)
    part, rest = division.by_area(parcel, 300, azimuth)
    assert division.geodesic_m2(part) == pytest.approx(300, abs=0.01)
    assert part.area + rest.area == pytest.approx(parcel.area)


def test_north_is_up():
    part, rest = division.by_area(box(0, 0, 40, 25), 300, 0)
    assert part.centroid.y > rest.centroid.y
    part, rest = division.by_area(box(0, 0, 40, 25), 300, 90)
    assert part.centroid.x > rest.centroid.x


@pytest.mark.parametrize("area", [0, 0.5, 1000.7, 5000])
def test_more_than_there_is_cannot_be_cut_off(area):
    with pytest.raises(division.DivisionRefused):
        division.by_area(box(0, 0, 40, 25), area, 0)


@settings(deadline=None, max_examples=40)
@given(number=st.integers(2, 9), azimuth=st.floats(0, 360), width=st.floats(8, 60), depth=st.floats(8, 60))
def test_equal_parts_are_equal_and_make_up_the_whole(number, azimuth, width, depth):
    parcel = box(0, 0, width, depth)
    parts = division.in_equal_parts(parcel, number, azimuth)
    assert len(parts) == number
    for part in parts:
        assert part.area == pytest.approx(parcel.area / number, abs=0.01)
    assert shapely.union_all(parts, grid_size=1e-6).symmetric_difference(parcel).area < 0.01


def test_a_part_may_not_fall_into_pieces():
    u = shapely.Polygon([(0, 0), (30, 0), (30, 30), (20, 30), (20, 10), (10, 10), (10, 30), (0, 30)])
    with pytest.raises(division.DivisionRefused, match="pieces"):
        division.in_equal_parts(shapely.transform(u, lambda xy: xy + (703_000, 3_525_000)), 4, 0)


def test_registered_areas_sum_to_the_hundredth():
    thirds = [box(0, 0, 1, 1)] * 3
    assert division.registered_areas(Decimal("100.00"), thirds) == [
        Decimal("33.33"),
        Decimal("33.34"),
        Decimal("33.33"),
    ]


def test_neighbours_join_and_others_do_not():
    one = division.joined([box(0, 0, 10, 10), box(10, 0, 10, 10)])
    assert (one.geom_type, one.area) == ("Polygon", 200)
    for other in (box(11, 0, 10, 10), box(10, 10, 10, 10)):
        with pytest.raises(division.DivisionRefused):
            division.joined([box(0, 0, 10, 10), other])


def test_a_hair_between_neighbours_is_closed():
    one = division.joined([box(0, 0, 10, 10), box(10.002, 0, 10, 10)])
    assert one.geom_type == "Polygon"
    assert not one.interiors
    assert one.area == pytest.approx(200, abs=0.1)


def test_the_tolerance_of_an_area_grows_with_its_border():
    assert division.area_tolerance_m2(box(0, 0, 20, 10), "0.1") == pytest.approx(6)
