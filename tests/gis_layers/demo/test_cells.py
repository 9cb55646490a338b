import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis_layers.demo.cells import Cells, Lines, unit, weave

seeds = st.integers(0, 2**32 - 1)


def convex(rng, count=20):
    """Convex polygons with numbers of vertices from 3 to 9, some 100 m wide; every edge has line 0."""
    parts = []
    for _ in range(count):
        hull = shapely.MultiPoint(rng.uniform(0, 100, (rng.integers(4, 10), 2))).convex_hull.exterior
        ring = shapely.get_coordinates(hull if hull.is_ccw else hull.reverse())[:-1]
        parts.append(Cells.from_ring(ring, np.zeros(len(ring), int)))
    return Cells.concat(parts)


def polygons(cells):
    return np.array(
        [
            shapely.Polygon(xy[:size]) if size else shapely.Polygon()
            for xy, size in zip(cells.xy, cells.size, strict=True)
        ]
    )


def lines_through(cells, rng):
    n = len(cells)
    return cells.centre + rng.uniform(-40, 40, (n, 2)), unit(rng.uniform(0, 2 * np.pi, n)), np.arange(1, n + 1)


@settings(deadline=None, max_examples=40)
@given(seeds)
def test_the_two_parts_of_a_cut_cell_make_up_the_whole_and_meet_in_the_cut_only(seed):
    rng = np.random.default_rng(seed)
    cells = convex(rng)
    left, right = cells.cut(*lines_through(cells, rng))
    np.testing.assert_allclose(left.area + right.area, cells.area, rtol=1e-9)
    assert shapely.area(shapely.intersection(polygons(left), polygons(right))).max() < 1e-6
    np.testing.assert_allclose(shapely.area(polygons(left)), left.area, atol=1e-9)


@settings(deadline=None, max_examples=40)
@given(seeds)
def test_edges_know_the_line_that_made_them(seed):
    rng = np.random.default_rng(seed)
    cells = convex(rng)
    origin, direction, line = lines_through(cells, rng)
    for part in cells.cut(origin, direction, line):
        row, slot = np.nonzero(part.used & (part.line > 0))
        for end in (part.xy, part.ends):
            away = end[row, slot] - origin[row]
            assert np.abs(away[:, 0] * direction[row, 1] - away[:, 1] * direction[row, 0]).max(initial=0) < 1e-6
        assert np.isin(part.line[part.used], [0, *line]).all()
        assert (part.line[row, slot] == line[row]).all()


@settings(deadline=None, max_examples=40)
@given(seeds, st.floats(0.5, 20))
def test_an_inset_is_what_lies_that_far_from_every_edge(seed, distance):
    cells = convex(np.random.default_rng(seed))
    inset = cells.inset(np.full(cells.line.shape, distance))
    expected = shapely.buffer(polygons(cells), -distance, join_style="mitre", mitre_limit=100)
    np.testing.assert_allclose(inset.area, shapely.area(expected), atol=0.05)


def test_a_line_that_misses_leaves_the_cell_whole():
    square = Cells.from_ring([(0, 0), (10, 0), (10, 10), (0, 10)], [0, 0, 0, 0])
    left, right = square.cut(np.array([[0.0, 20.0]]), np.array([[-1.0, 0.0]]), np.array([1]))
    assert (left.area, right.area) == (100, 0)
    assert right.size == [0]


def test_a_chamfer_takes_the_corners_off():
    square = Cells.from_ring([(0, 0), (10, 0), (10, 10), (0, 10)], [0, 0, 0, 0])
    cut = square.chamfer(np.array([2.0]))
    assert cut.size == [8]
    np.testing.assert_allclose(cut.area, 100 - 4 * 2)


@settings(deadline=None, max_examples=40)
@given(seeds)
def test_woven_neighbours_share_their_vertices_exactly(seed):
    rng = np.random.default_rng(seed)
    lines = Lines()
    rim = lines.add(np.array([[1.0, 0], [0, 1.0], [-1.0, 0], [0, -1.0]]))
    cells = Cells.from_ring([(0, 0), (100, 0), (100, 80), (0, 80)], rim)
    for _ in range(5):
        n = len(cells)
        direction = unit(rng.uniform(0, 2 * np.pi, n))
        halves = cells.cut(cells.centre + rng.uniform(-3, 3, (n, 2)), direction, lines.add(direction))
        cells = Cells.concat([half.take(half.size > 0) for half in halves])
    woven = weave(cells, lines.direction, step=7.0)
    shapes = shapely.polygons(shapely.linearrings(woven.xy, indices=woven.owner))
    assert shapely.is_valid(shapes).all()
    assert shapely.coverage_is_valid(shapes)
    np.testing.assert_allclose(shapely.area(shapes).sum(), 8000, rtol=1e-9)


def test_cells_on_two_sides_of_a_street_are_woven_apart():
    lines = Lines()
    lines.add(np.array([[1.0, 0.0], [0.0, 1.0]]))
    long_block = Cells.from_ring([(0, 10), (50, 10), (50, 30), (0, 30)], [0, 1, 0, 1])
    short_block = Cells.from_ring([(20, -30), (40, -30), (40, -10), (20, -10)], [0, 1, 0, 1])
    both = Cells.concat([long_block, short_block])
    assert len(weave(both, lines.direction).xy) > 8
    assert len(weave(both, lines.direction, group=np.array([0, 1])).xy) == 8
