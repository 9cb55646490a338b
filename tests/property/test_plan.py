"""The drawing of a parcel plan: metres to millimetres, without a database."""

import pytest
import shapely

from property.rules import plan
from tests.property.factories import ORIGIN, box


def facts_of(shape, neighbours=()):
    scale = plan.scale_for(shape.bounds)
    west, _south, _east, north = plan.frame_of(shape.bounds, scale).bounds
    rings = [{"vertices": ring, "lengths": plan.lengths_of(ring)} for ring in plan.rings_of(shape)]
    return {
        "number": "12/7",
        "scale": scale,
        "corner": [west, north],
        "at": plan.spot_in(shape)[:2],
        "rings": rings,
        "neighbours": list(neighbours),
    }


@pytest.mark.parametrize(
    ("width", "height", "scale"),
    [(8, 5, 100), (13.3, 5, 100), (13.4, 5, 200), (20, 20, 500), (60, 40, 1000), (400, 100, 5000), (5e4, 5e4, 100_000)],
)
def test_the_largest_round_scale_that_fits(width, height, scale):
    assert plan.scale_for(box(0, 0, width, height).bounds) == scale


def test_corners_run_clockwise_from_the_north_west_whatever_the_order_they_came_in():
    x, y = ORIGIN
    expected = [[x, y + 20], [x + 40, y + 20], [x + 40, y], [x, y]]
    shape = box(0, 0, 40, 20)
    for one in (shape, shape.reverse(), shapely.Polygon([*shape.exterior.coords[2:], *shape.exterior.coords[1:3]])):
        assert plan.rings_of(one) == [expected]


def test_holes_have_their_corners_too():
    ring = plan.rings_of(box(0, 0, 40, 20) - box(10, 5, 4, 4))
    assert [len(one) for one in ring] == [4, 4]


def test_sides_are_as_long_as_on_the_ellipsoid():
    ring = plan.rings_of(box(0, 0, 40, 20))[0]
    # 203 km east of the central meridian the grid is 1 part in 9,000 longer than the ellipsoid.
    assert plan.lengths_of(ring) == pytest.approx([40, 20, 40, 20], abs=0.02)


def test_everything_lies_within_the_frame_and_figures_outside_the_parcel():
    shape = box(0, 0, 40, 20)
    drawing = plan.drawing_of(facts_of(shape))
    width, height = plan.FRAME_MM
    corners = [(float(x), float(y)) for x, y in drawing.points]
    assert corners == pytest.approx([(50, 30), (130, 30), (130, 70), (50, 70)])
    outline = shapely.Polygon(corners)
    kinds = {}
    for label in drawing.labels:
        kinds.setdefault(label.kind, []).append(label.text)
        assert 0 < label.x < width
        assert 0 < label.y < height
        assert outline.contains(shapely.Point(label.x, label.y)) == (label.kind == "own")
    assert kinds == {"own": ["12/7"], "vertex": ["1", "2", "3", "4"], "side": ["40.00", "20.00"] * 2}
    assert all(-90 < label.turn <= 90 for label in drawing.labels)


def test_an_inner_corner_is_numbered_on_the_outside():
    shape = box(0, 0, 40, 40) - box(20, 20, 20, 20)
    drawing = plan.drawing_of(facts_of(shape))
    outline = shapely.Polygon([(float(x), float(y)) for x, y in drawing.points])
    for label in drawing.labels:
        if label.kind == "vertex":
            assert not outline.contains(shapely.Point(label.x, label.y)), label


def test_short_sides_and_crowded_corners_stand_in_the_table_alone():
    circle = shapely.Point(ORIGIN).buffer(20, quad_segs=40)
    drawing = plan.drawing_of(facts_of(circle))
    assert len(drawing.points) == 160
    assert len([label for label in drawing.labels if label.kind == "vertex"]) < 80
    assert not [label for label in drawing.labels if label.kind == "side"]


def test_a_neighbours_number_keeps_clear_of_the_parcels_figures():
    shape = box(0, 0, 40, 20)
    x, y = plan.neighbour_spot(box(40, 0, 30, 20), shape, 500)
    assert shape.distance(shapely.Point(x, y)) > 3
    assert plan.neighbour_spot(box(300, 300, 10, 10), shape, 500) is None
    assert plan.neighbour_spot(box(45, 0, 0.5, 20), shape, 500) is None
    assert plan.neighbour_spot(box(40, 0, 0.5, 20), shape, 500) is not None


@pytest.mark.parametrize("scale", plan.SCALES)
def test_the_scale_bar_is_true(scale):
    part, metres = plan.bar_of(scale)
    assert part * 4 * scale / 1000 == pytest.approx(metres)
    assert part * 4 in (40, 50)
