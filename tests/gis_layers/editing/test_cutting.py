"""Splitting, merging and holes, in metres."""

import pytest
import shapely
from shapely import LineString, MultiPolygon, Point, Polygon, box

from gis_layers.editing.cutting import merged, split_by, with_hole
from muni.core.errors import BadRequest

FIELD = box(0, 0, 100, 40)


def test_an_area_is_split_where_the_line_crosses_it_and_keeps_its_corners():
    large, small = split_by(FIELD, LineString([(30, -5), (30, 45)]))
    assert (large.area, small.area) == (2800, 1200)
    corners = {*map(tuple, shapely.get_coordinates([large, small]))}
    assert corners == {(0, 0), (0, 40), (100, 0), (100, 40), (30, 0), (30, 40)}


def test_a_line_is_split_at_every_crossing():
    parts = split_by(LineString([(0, 0), (100, 0)]), LineString([(20, -5), (20, 5), (60, 5), (60, -5)]))
    assert [part.length for part in parts] == [40, 40, 20]


def test_an_area_with_a_hole_is_split_into_halves_without_it():
    ring = FIELD.difference(box(40, 10, 60, 30))
    parts = split_by(ring, LineString([(-5, 20), (105, 20)]))
    assert [part.area for part in parts] == [1800, 1800]


def test_parts_that_the_line_leaves_alone_stay_with_the_largest():
    two = MultiPolygon([FIELD, box(200, 0, 210, 10)])
    large, small = split_by(two, LineString([(30, -5), (30, 45)]))
    assert (large.area, small.area) == (2900, 1200)
    assert shapely.get_num_geometries(large) == 2


@pytest.mark.parametrize("line", [[(30, -5), (30, 20)], [(200, 0), (200, 40)]])
def test_a_line_that_does_not_cut_is_refused(line):
    with pytest.raises(BadRequest):
        split_by(FIELD, LineString(line))


def test_a_point_is_not_split():
    with pytest.raises(BadRequest):
        split_by(Point(0, 0), LineString([(0, 0), (1, 1)]))


def test_neighbours_merge_into_one_area_without_the_border_between_them():
    united = merged([FIELD, box(100, 0, 150, 40)])
    assert united.geom_type == "Polygon"
    assert united.area == 6000


def test_a_border_that_differs_by_less_than_a_tenth_of_a_millimetre_leaves_no_sliver():
    neighbour = Polygon([(100.00004, 0), (150, 0), (150, 40), (100.00003, 40), (100.00004, 0)])
    united = merged([FIELD, neighbour])
    assert united.geom_type == "Polygon"
    assert not united.interiors
    assert united.area == pytest.approx(6000, abs=0.01)


def test_vertices_stay_exactly_where_they_were():
    odd = Polygon([(0.123456789, 0), (10.987654321, 0), (10, 10.111111111), (0.123456789, 0)])
    united = merged([odd, box(50, 50, 60, 60)])
    assert {*map(tuple, shapely.get_coordinates(odd))} <= {*map(tuple, shapely.get_coordinates(united))}


def test_lines_that_meet_run_together():
    assert merged([LineString([(0, 0), (5, 0)]), LineString([(5, 0), (5, 5)])]).geom_type == "LineString"


@pytest.mark.parametrize("shapes", [[FIELD], [FIELD, LineString([(0, 0), (1, 1)])]])
def test_one_feature_or_different_kinds_are_not_merged(shapes):
    with pytest.raises(BadRequest):
        merged(shapes)


def test_a_hole_lies_wholly_inside():
    assert with_hole(FIELD, box(10, 10, 20, 20)).area == 3900
    for outside in (box(90, 10, 110, 20), box(0, 10, 20, 20), FIELD):
        with pytest.raises(BadRequest):
            with_hole(FIELD, outside)
