"""Many convex polygons at once, as numpy arrays: cut them, inset them, weave their shared edges together.

A city is one convex polygon that was cut again and again: by the river, by avenues, streets, back fences and party
walls. Each edge remembers the line that made it, so neighbours can be given exactly the same vertices afterwards.
Coordinates are metres on a plane; rings run anticlockwise.
"""

from dataclasses import dataclass, field, replace

import numpy as np

ON_LINE = 1e-6  # metres: a vertex this near to a cut lies on it


def unit(angle):
    """Direction vectors (n, 2) of angles in radians."""
    return np.stack([np.cos(angle), np.sin(angle)], axis=-1)


def across(direction):
    """Directions turned left by a right angle."""
    return np.stack([-direction[..., 1], direction[..., 0]], axis=-1)


class Lines:
    """The lines that cells were cut by: a direction and some facts each, found by number.

    ``facts`` name the columns (numpy dtype of each); a line's number is its row.
    """

    def __init__(self, **facts):
        self.direction = np.empty((0, 2))
        self.facts = {name: np.empty(0, dtype) for name, dtype in facts.items()}

    def __len__(self):
        return len(self.direction)

    def __getitem__(self, fact):
        return self.facts[fact]

    def copy(self):
        """The same lines, to which others can be added without touching these."""
        lines = Lines()
        lines.direction, lines.facts = self.direction, dict(self.facts)
        return lines

    def add(self, direction, **facts):
        """Append lines and return their numbers."""
        first = len(self)
        self.direction = np.concatenate([self.direction, direction])
        for name, column in self.facts.items():
            value = np.broadcast_to(np.asarray(facts[name], column.dtype), len(direction))
            self.facts[name] = np.concatenate([column, value])
        return np.arange(first, len(self))


@dataclass
class Cells:
    """``n`` convex polygons of at most ``k`` vertices.

    ``xy`` is (n, k, 2) with unused slots repeating vertex 0, ``line`` (n, k) the number of the line under the edge that
    leaves each vertex, ``size`` (n,) the number of vertices, ``data`` further columns of length n.
    """

    xy: np.ndarray
    line: np.ndarray
    size: np.ndarray
    data: dict = field(default_factory=dict)

    @classmethod
    def from_ring(cls, xy, line, **data):
        """One polygon from its vertices (k, 2) and the lines under its edges (k,)."""
        xy, line = np.asarray(xy, float)[None], np.asarray(line)[None]
        return cls(xy, line, np.array([xy.shape[1]]), {name: np.array([value]) for name, value in data.items()})

    @classmethod
    def concat(cls, parts):
        """All cells of several batches with the same columns."""
        parts = [part for part in parts if len(part)] or parts[:1]
        k = max(part.xy.shape[1] for part in parts)
        parts = [part.widen(k) for part in parts]
        return cls(
            np.concatenate([part.xy for part in parts]),
            np.concatenate([part.line for part in parts]),
            np.concatenate([part.size for part in parts]),
            {name: np.concatenate([part.data[name] for part in parts]) for name in parts[0].data},
        )

    def __len__(self):
        return len(self.size)

    def __getitem__(self, column):
        return self.data[column]

    def take(self, index):
        """The cells at an index or mask."""
        k = max(int(self.size[index].max(initial=3)), 3)
        return Cells(
            self.xy[index][:, :k],
            self.line[index][:, :k],
            self.size[index],
            {name: column[index] for name, column in self.data.items()},
        )

    def given(self, **columns):
        """The same cells with further columns."""
        return replace(self, data=self.data | columns)

    def only(self, *columns):
        """The same cells with these columns alone."""
        return replace(self, data={name: self.data[name] for name in columns})

    def widen(self, k):
        """The same cells with room for ``k`` vertices."""
        short = k - self.xy.shape[1]
        if short <= 0:
            return self
        return replace(
            self,
            xy=np.concatenate([self.xy, np.repeat(self.xy[:, :1], short, axis=1)], axis=1),
            line=np.concatenate([self.line, np.repeat(self.line[:, :1], short, axis=1)], axis=1),
        )

    @property
    def used(self):
        """Mask (n, k) of slots that hold a vertex."""
        return np.arange(self.xy.shape[1]) < self.size[:, None]

    @property
    def ends(self):
        """Far end (n, k, 2) of the edge that leaves each vertex."""
        return np.roll(self.xy, -1, axis=1)

    @property
    def edge_lengths(self):
        """Metres (n, k) of the edge that leaves each vertex; 0 in unused slots."""
        edge = self.ends - self.xy
        return np.hypot(edge[..., 0], edge[..., 1])

    @property
    def headings(self):
        """Direction (n, k, 2) of the edge that leaves each vertex; any direction in unused slots."""
        length = self.edge_lengths[..., None]
        return np.where(length > 0, (self.ends - self.xy) / np.where(length > 0, length, 1), [1.0, 0.0])

    @property
    def area(self):
        """Square metres (n,)."""
        rest = self.xy - self.xy[:, :1]  # near the origin, so that small areas keep their digits
        ends = np.roll(rest, -1, axis=1)
        return 0.5 * (rest[..., 0] * ends[..., 1] - rest[..., 1] * ends[..., 0]).sum(axis=1)

    @property
    def centre(self):
        """Mean of the vertices (n, 2)."""
        return (self.xy * self.used[..., None]).sum(axis=1) / np.maximum(self.size, 1)[:, None]

    def extent(self, direction):
        """Lowest and highest reach (n,) along a direction for each cell (n, 2)."""
        reach = np.einsum("nkc,nc->nk", self.xy, direction)
        return reach.min(axis=1), reach.max(axis=1)

    def hold(self, point):
        """Mask of the cells that a point (2,) lies in or on."""
        side = ((point - self.xy) * across(self.ends - self.xy)).sum(axis=-1)
        return (side >= 0).all(axis=1) & (self.size > 0)

    def longest_edge(self):
        """Unit direction (n, 2) of each cell's longest edge."""
        longest = self.edge_lengths.argmax(axis=1)
        return self.headings[np.arange(len(self)), longest]

    def cut(self, origin, direction, line):
        """Cut each cell by its own line, given by a point (n, 2), a direction (n, 2) and a number (n,).

        Returns the parts to the left and to the right; a part that the line misses has size 0.
        """
        side, crosses, crossing = self._crossings(origin, direction)
        return self._half(side, crosses, crossing, line), self._half(-side, crosses, crossing, line)

    def left_of(self, origin, direction, line):
        """The part of each cell to the left of a line; see ``cut``."""
        return self._half(*self._crossings(origin, direction), line)

    def _crossings(self, origin, direction):
        """Distance (n, k) of each vertex to the left of its cell's line, edges that cross it, and where they do."""
        side = np.einsum("nkc,nc->nk", self.xy - origin[:, None], across(direction))
        side[np.abs(side) < ON_LINE] = 0
        beyond = np.roll(side, -1, axis=1)
        crosses = self.used & (side * beyond < 0)
        share = np.where(crosses, side / np.where(crosses, side - beyond, 1), 0)[..., None]
        return side, crosses, self.xy + share * (self.ends - self.xy)

    def _half(self, side, crosses, crossing, line):
        """The part of each cell where ``side`` is not negative."""
        n, k = side.shape
        inside = self.used & (side >= 0)
        leaves = inside & (np.roll(side, -1, axis=1) < 0)
        cut_line = line[:, None]
        label = np.stack(
            [np.where(leaves & ~crosses, cut_line, self.line), np.where(leaves, cut_line, self.line)], axis=2
        )
        keep = np.stack([inside, crosses], axis=2).reshape(n, 2 * k)
        xy = np.stack([self.xy, crossing], axis=2).reshape(n, 2 * k, 2)
        return _packed(keep, xy, label.reshape(n, 2 * k), self.data)

    def without_stubs(self, length):
        """The same cells without edges shorter than ``length`` metres: the vertex that one leaves is dropped."""
        return _packed(self.used & (self.edge_lengths >= length), self.xy, self.line, self.data)

    def inset(self, distance):
        """Move every edge inwards by its own distance (n, k) in metres; what closes up has size 0."""
        headings = self.headings
        origin = self.xy + across(headings) * distance[..., None]
        shape = replace(self, xy=self.xy.copy(), line=self.line.copy(), size=self.size.copy())
        for k in range(self.xy.shape[1]):
            moved = np.flatnonzero((k < self.size) & (distance[:, k] > 0))
            shape._cut_off(moved, origin[moved, k], headings[moved, k], self.line[moved, k])
        return shape

    def chamfer(self, length):
        """Cut every corner off, ``length`` (n,) metres along both its edges; the new edge has the first one's line."""
        ends, before = self.ends, np.roll(self.xy, 1, axis=1)
        before[:, 0] = self.xy[np.arange(len(self)), self.size - 1]
        shape = replace(self, xy=self.xy.copy(), line=self.line.copy(), size=self.size.copy())
        for k in range(self.xy.shape[1]):
            cut = np.flatnonzero((k < self.size) & (length > 0))
            corner, reach = self.xy[cut, k], length[cut]
            start, end = _step(corner, before[cut, k] - corner, reach), _step(corner, ends[cut, k] - corner, reach)
            shape._cut_off(cut, start, _step(0, end - start, np.ones(len(cut))), self.line[cut, k])
        return shape

    def _cut_off(self, index, origin, direction, line):
        """Keep of some cells, in place, what lies to the left of a line."""
        left = Cells(self.xy[index], self.line[index], self.size[index]).left_of(origin, direction, line)
        wide = self.widen(left.xy.shape[1])
        self.xy, self.line = wide.xy, wide.line
        left = left.widen(self.xy.shape[1])
        self.xy[index], self.line[index], self.size[index] = left.xy, left.line, left.size


def _packed(keep, xy, line, data):
    """Cells of the vertices (n, k, 2) that are kept (n, k), moved to the front; fewer than three are none."""
    n, k = keep.shape
    size = keep.sum(axis=1)
    size[size < 3] = 0
    room = max(int(size.max(initial=3)), 3)
    spare = np.arange(room) >= size[:, None]
    order = np.argsort(~keep, axis=1, kind="stable")[:, :room]
    order = np.where(spare, order[:, :1], order) + np.arange(n)[:, None] * k
    return Cells(xy.reshape(-1, 2)[order], line.reshape(-1)[order], size, data)


def _step(start, path, length):
    """Points (n, 2) some metres (n,) along a path (n, 2) from the start."""
    return start + path * (length / np.maximum(np.hypot(path[:, 0], path[:, 1]), 1e-9))[:, None]


@dataclass
class Weave:
    """Cells whose rings hold every vertex that a neighbour has on a common line.

    Rings are flat: ``xy`` (m, 2), ``owner`` (m,) the cell of each vertex, ``line`` (m,) the line under the edge that
    leaves it, which runs from chain point ``rank`` (m,) to its neighbour ``next_rank`` (m,). Chains are the lines
    themselves: ``chain_xy`` (c, 2) sorted by ``chain_line`` (c,) and along it, and ``is_node`` (c,) false for points
    that only give a line its shape.
    """

    xy: np.ndarray
    owner: np.ndarray
    line: np.ndarray
    rank: np.ndarray
    next_rank: np.ndarray
    chain_xy: np.ndarray
    chain_line: np.ndarray
    is_node: np.ndarray


def weave(cells, direction, *, group=None, step=np.inf):
    """Give neighbouring cells the same vertices along the lines they share.

    ``direction`` (lines, 2) is each line's direction. Only cells of the same ``group`` (n,) are neighbours: two blocks
    bear the number of the street between them, but do not touch. Edges get a further vertex every ``step`` metres (a
    number, or one for each cell of a group), so that they can be bent afterwards.
    """
    used = cells.used
    owner, line = np.nonzero(used)[0], cells.line[used]
    start, end = cells.xy[used], cells.ends[used]
    along = direction[line]
    first, last = (np.einsum("mc,mc->m", point, along) for point in (start, end))
    chain_of = line if group is None else line + group[owner] * len(direction)
    # Complex numbers sort by chain, then along it.
    knots = np.concatenate([chain_of + 1j * first, chain_of + 1j * last])
    points = np.concatenate([start, end])
    is_node = np.ones(len(knots), bool)
    edge, shape_at, shape_xy = _shape_points(first, start, last, end, np.broadcast_to(step, len(cells))[owner])
    knots = np.concatenate([knots, chain_of[edge] + 1j * shape_at])
    points = np.concatenate([points, shape_xy])
    is_node = np.concatenate([is_node, np.zeros(len(shape_at), bool)])
    chain, seen, rank = np.unique(knots, return_index=True, return_inverse=True)
    points = points[seen]

    begin, finish = rank[: len(line)], rank[len(line) : 2 * len(line)]
    count = np.abs(finish - begin)
    offset = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    step_along = np.repeat(np.sign(finish - begin), count)
    ring = np.repeat(begin, count) + step_along * offset
    return Weave(
        points[ring],
        np.repeat(owner, count),
        np.repeat(line, count),
        ring,
        ring + step_along,
        points,
        chain.real.astype(int),
        is_node[seen],
    )


def _shape_points(first, start, last, end, step):
    """Points every ``step`` (m,) metres of each line's own measure under an edge: (edge, measure, xy)."""
    low, high = np.minimum(first, last), np.maximum(first, last)
    from_tick, to_tick = np.floor(low / step).astype(int) + 1, np.ceil(high / step).astype(int) - 1
    count = np.maximum(to_tick - from_tick + 1, 0)
    edge = np.repeat(np.arange(len(first)), count)
    offset = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    at = (np.repeat(from_tick, count) + offset) * step[edge]
    xy = start[edge] + (end - start)[edge] * ((at - first[edge]) / (last - first)[edge])[:, None]
    return edge, at, xy
