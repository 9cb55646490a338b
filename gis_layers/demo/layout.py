"""How a town is laid out on its plane: river, bridges, avenues, quarters and blocks, all cuts of one polygon."""

from dataclasses import dataclass

import numpy as np
import shapely

from gis_layers.demo import kinds
from gis_layers.demo.cells import Cells, Lines, across, unit
from gis_layers.demo.warp import Warp

HIGHWAY, ARTERIAL, COLLECTOR, LOCAL, ALLEY, BRIDGE, BACK, SIDE = range(8)
ROAD_CLASSES = ("highway", "arterial", "collector", "local", "alley", "bridge")
WATER = -1  # instead of a quarter's number

CORNICHE = 16.0  # width of the road along the water, metres
EMBANKMENT = 14.0  # between that road and the water
RING_ROAD = 30.0
BOULEVARD = 50.0  # the axis of a town without river
BRIDGE_WIDTH = 18.0
ALLEY_WIDTH = 6.0  # streets up to this width are alleys
STUB = 0.5  # metres; no edge of a block or of a parcel is shorter where it was cut
LEAST_BLOCK = 60.0  # m2; less is left to the street

PLOT, DEPTH, LENGTH = kinds.measure("plot"), kinds.measure("depth"), kinds.measure("length")
STREET, MAIN_STREET = kinds.measure("street"), kinds.measure("collector")
TILT, WAVER, ZONE = kinds.measure("tilt"), kinds.measure("waver"), kinds.measure("zone")
HOMES = [kinds.OLD, kinds.INNER, kinds.MODERN, kinds.WIDE, kinds.VILLA, kinds.INFORMAL, kinds.NEW]
HOMES_TO_A_PLACE = 420  # plots that share a block of public places


@dataclass
class Plan:
    """A town on its plane. ``cells`` reach to the middle of their streets, and include water; ``blocks`` lie inside.

    Both have the columns ``quarter``, ``kind``, ``axis``; blocks also ``cell``, their row in ``cells``, ``plot``, the
    area of their parcels (m2 on the ground), ``zone``, and ``public``, true where those are public places.
    """

    warp: Warp
    lines: Lines
    outline: Cells
    quarters: Cells
    cells: Cells
    blocks: Cells
    waters: list
    half_length: float

    @property
    def expected_parcels(self):
        """Parcels that the blocks will give, by area."""
        area = self.blocks.area * self.warp.growth(self.blocks.centre)
        return float(np.maximum(area / self.blocks["plot"], 1).sum())


@dataclass(frozen=True)
class Water:
    """A straight water course on the plane: start and direction (2,), width in metres, name (Arabic, English)."""

    start: np.ndarray
    direction: np.ndarray
    width: float
    name: tuple

    @property
    def shore(self):
        """From its middle to the middle of the road along it, metres."""
        return self.width / 2 + EMBANKMENT + CORNICHE / 2


def lay_out(spec, radius, rng):
    """Plan a town of about ``radius`` metres from its specification (see ``province.read``)."""
    half_length, half_breadth = radius * 1.16, radius * 0.88
    old_radius = min(spec["old_town"], 0.4 * radius)
    old_town = np.array([0.0, spec["old_bank"] * (river_shore(spec) + 0.6 * old_radius)])
    warp = Warp(
        rng,
        centre=spec["centre"],
        bearing=spec["bearing"],
        meander=spec["meander"],
        wavelength=spec["wavelength"],
        old_town=old_town,
        old_radius=old_radius,
    )
    lines = Lines(road=np.int8, width=float)
    town = outline(rng, half_length, half_breadth, lines)
    banks, water, waters = part_the_waters(spec, town, lines, half_length)
    land = Cells.concat([cut_avenues(spec, bank, cells, lines, half_length) for bank, cells in banks.items()])
    quarters = cut_quarters(land, lines, old_town, old_radius, rng)
    quarters = settle(quarters, np.array([half_length, half_breadth]), old_town, old_radius, rng)
    cells = cut_blocks(quarters, lines, rng)
    blocks = open_streets(cells, lines, warp)
    blocks = furnish(blocks.given(cell=np.arange(len(cells))).take(blocks.area > LEAST_BLOCK), lines, rng)
    if water is not None:
        nowhere = np.full(len(water), WATER)
        water = water.given(quarter=nowhere, kind=nowhere, axis=np.zeros((len(water), 2)))
        cells = Cells.concat([cells, water])
    return Plan(warp, lines, town, quarters, cells, blocks, waters, half_length)


def outline(rng, half_length, half_breadth, lines):
    """The town as one uneven convex cell about the origin, rimmed by a ring road."""
    angle = np.arange(18) * 2 * np.pi / 18 + rng.uniform(-0.12, 0.12, 18)
    points = unit(angle) * rng.uniform(0.86, 1.08, 18)[:, None] * [half_length, half_breadth]
    hull = shapely.MultiPoint(points).convex_hull.normalize().exterior
    ring = shapely.get_coordinates(hull if hull.is_ccw else hull.reverse())[:-1]
    edge = np.roll(ring, -1, axis=0) - ring
    edge /= np.hypot(edge[:, 0], edge[:, 1])[:, None]
    return Cells.from_ring(ring, lines.add(edge, road=HIGHWAY, width=RING_ROAD))


def slice_through(cells, start, direction, line):
    """Cut all cells by one line: (parts to the left, parts to the right)."""
    n = len(cells)
    halves = cells.cut(np.tile(start, (n, 1)), np.tile(direction, (n, 1)), np.full(n, line))
    return tuple(half.take(half.size > 0) for half in halves)


def crossings(spec, half_length):
    """Where bridges stand (or, in a town without river, avenues cross the boulevard), metres along the town's axis."""
    return np.array([crossing[0] for crossing in spec["crossings"]]) * half_length


def part_the_waters(spec, town, lines, half_length):
    """Cut river and branches out of the town.

    Returns the land by bank {1: cells, -1: cells}, the water cells, cut by bridges (None in a dry town), and the
    courses as ``Water``, the river first.
    """
    beds, waters = [], []

    def channel(cells, water, spans):
        side = across(water.direction)
        shore = side * water.shore
        bank = lines.add(np.tile(water.direction, (2, 1)), road=ARTERIAL, width=CORNICHE)
        left, rest = slice_through(cells, water.start + shore, water.direction, bank[0])
        bed, right = slice_through(rest, water.start - shore, water.direction, bank[1])
        for span in spans:
            bridge = lines.add(side[None], road=BRIDGE, width=BRIDGE_WIDTH)
            bed = Cells.concat(slice_through(bed, water.start + water.direction * span, side, bridge[0]))
        beds.append(bed)
        waters.append(water)
        return left, right

    along = np.array([1.0, 0.0])
    if spec["river"] is None:
        boulevard = lines.add(along[None], road=ARTERIAL, width=BOULEVARD)
        banks = dict(zip((1, -1), slice_through(town, np.zeros(2), along, boulevard[0]), strict=True))
        return banks, None, []
    river = Water(np.zeros(2), along, spec["river_width"], spec["river"])
    banks = dict(zip((1, -1), channel(town, river, crossings(spec, half_length)), strict=True))
    for branch in spec["branches"]:
        heading = unit(np.radians(branch["bank"] * branch["angle"]))
        start = np.array([branch["at"] * half_length, 0.0])
        water = Water(start, heading, branch["width"], branch["name"])
        land = banks[branch["bank"]]
        crossed = land.hold(start + heading * 0.5 * half_length)
        parts = channel(land.take(crossed), water, np.array(branch["bridges"]) * half_length)
        banks[branch["bank"]] = Cells.concat([land.take(~crossed), *parts])
    return banks, Cells.concat(beds), waters


def cut_avenues(spec, bank, cells, lines, half_length):
    """Avenues from the bridgeheads of one bank, fanning out."""
    for crossing in crossings(spec, half_length):
        heading = unit(np.array(np.pi / 2 - bank * 0.55 * crossing / half_length))
        avenue = lines.add(heading[None], road=ARTERIAL, width=spec["avenue_width"])
        start = np.array([crossing, bank * river_shore(spec)])
        cells = Cells.concat(slice_through(cells, start, heading, avenue[0]))
    return cells


def river_shore(spec):
    """From the town's axis to the middle of the road along its river, metres."""
    return Water(0, 0, spec["river_width"], None).shore if spec["river"] else 0.0


def divide(cells, lines, propose, accept):
    """Cut cells in two again and again, as long as ``propose`` finds a cut and ``accept`` likes both halves.

    ``propose(cells)`` gives a mask of cells to cut and, for all of them, origin, direction and facts of the new lines.
    ``key`` in the result runs from 0 to 1 through each first cell, so that neighbours follow each other; ``share`` is 1
    for a cell not cut yet and halves with each cut.
    """
    cells = cells.given(key=np.zeros(len(cells)), share=np.ones(len(cells)))
    done = []
    while len(cells):
        wanted, origin, direction, facts = propose(cells)
        done.append(cells.take(~wanted))
        cells = cells.take(wanted)
        line = lines.add(direction[wanted], **{name: fact[wanted] for name, fact in facts.items()})
        left, right = cells.cut(origin[wanted], direction[wanted], line)
        good = accept(left) & accept(right)
        done.append(cells.take(~good))
        half = cells["share"][good] / 2
        left = left.take(good).given(share=half)
        right = right.take(good).given(share=half, key=cells["key"][good] + half)
        cells = Cells.concat([left, right])
    return Cells.concat(done)


def at_reach(cells, direction, reach):
    """A point near each cell whose coordinate along a direction is ``reach``."""
    centre = cells.centre
    return centre + direction * (reach - np.einsum("nc,nc->n", centre, direction))[:, None]


def turned(direction, angle):
    """Directions (n, 2) turned left by angles (n,) in radians."""
    return unit(np.arctan2(direction[:, 1], direction[:, 0]) + angle)


def thickness(cells):
    """Area over perimeter (n,), metres: a quarter of a square's side, next to nothing for a sliver."""
    return cells.area / np.maximum(cells.edge_lengths.sum(axis=1), 1e-9)


def cut_quarters(land, lines, old_town, old_radius, rng):
    """Quarters between avenues: small in the old town, some 25 hectares outside."""

    def wanted_area(cells):
        distance = np.hypot(*(cells.centre - old_town).T) / old_radius
        return np.interp(distance, [0.5, 1.2, 3.0], [45_000, 130_000, 250_000])

    def propose(cells):
        axis = cells.longest_edge()
        side = across(axis)
        (low, high), (left, right) = cells.extent(axis), cells.extent(side)
        lengthwise = (high - low >= right - left)[:, None]
        axis = np.where(lengthwise, axis, side)
        low, high = np.where(lengthwise.T, [low, high], [left, right])
        origin = at_reach(cells, axis, low + (high - low) * rng.uniform(0.4, 0.6, len(cells)))
        direction = turned(across(axis), rng.normal(0, 0.09, len(cells)))
        area = cells.area
        width = np.select([area > 1_500_000, area > 500_000, wanted_area(cells) > 100_000], [40.0, 30.0, 24.0], 14.0)
        road = np.where(width > 24, ARTERIAL, COLLECTOR)
        return area > 1.45 * wanted_area(cells), origin, direction, {"road": road, "width": width}

    def accept(cells):
        return (cells.area > 0.3 * wanted_area(cells)) & (thickness(cells) > 40)

    return divide(land, lines, propose, accept).only()


def settle(quarters, half_axes, old_town, old_radius, rng):
    """Say what kind each quarter is and which way its streets run."""
    n = len(quarters)
    centre = quarters.centre
    out = np.hypot(*(centre / half_axes).T)  # 0 in the middle of the town, 1 at its rim
    old = np.hypot(*(centre - old_town).T) < old_radius
    draw = rng.random(n)
    ring = np.select([old, out < 0.36, out < 0.72], [0, 1, 2], 3)
    odds = np.array(
        # old, inner, modern, wide, villa, informal, new, industry, civic, orchard
        [
            [1, 0, 0, 0, 0, 0, 0, 0, 0, 0],
            [0, 62, 16, 6, 6, 2, 0, 0, 8, 0],
            [0, 4, 48, 22, 12, 8, 2, 2, 2, 0],
            [0, 0, 26, 10, 4, 20, 14, 6, 1, 19],
        ],
        float,
    )
    chance = np.cumsum(odds / odds.sum(axis=1, keepdims=True), axis=1)
    kind = (draw[:, None] > chance[ring]).sum(axis=1)
    order = np.lexsort([np.arctan2(centre[:, 1], centre[:, 0]), np.round(out * 4)])
    quarters = quarters.given(kind=kind, out=out).take(order)
    return quarters.given(quarter=np.arange(n), axis=quarters.longest_edge())


def cut_blocks(quarters, lines, rng):
    """Quarters into blocks two plots deep; cells reach to the middle of the streets."""

    def inside(cells):
        return cells.inset(lines["width"][cells.line] / 2)

    def propose(cells):
        n, kind = len(cells), cells["kind"]
        net, street = inside(cells), STREET[kind]
        along = cells["axis"]
        aside = across(along)
        (low, high), (left, right) = net.extent(along), net.extent(aside)
        columns = np.round((high - low + street) / (LENGTH[kind] + street)).astype(int)
        rows = np.round((right - left + street) / (2 * DEPTH[kind] + street)).astype(int)
        by_column = (columns > 1) & ((rows < 2) | (high - low > 0.8 * (right - left)))
        axis = np.where(by_column[:, None], along, aside)
        low, high = np.where(by_column, [low, high], [left, right])
        pieces = np.where(by_column, columns, rows)
        pace = (high - low + street) / np.maximum(pieces, 1)
        reach = low - street / 2 + pace * (pieces // 2) + pace * WAVER[kind] * rng.standard_normal(n)
        direction = turned(across(axis), TILT[kind] * rng.standard_normal(n))
        main = (cells["share"] > 0.3) & (cells.area > 60 * PLOT[kind])
        width = np.where(main, MAIN_STREET[kind], street)
        road = np.select([main, width <= ALLEY_WIDTH], [COLLECTOR, ALLEY], LOCAL)
        return pieces > 1, at_reach(cells, axis, reach), direction, {"road": road, "width": width}

    def accept(cells):
        net = inside(cells)
        return (net.area > 4 * PLOT[cells["kind"]]) & (thickness(net) > 0.4 * DEPTH[cells["kind"]])

    return divide(quarters, lines, propose, accept).only("quarter", "kind", "axis")


def open_streets(cells, lines, warp):
    """The land that streets leave of each cell when nowhere narrower than they should be; corners are cut off."""
    shrink = [
        warp.shrink(cells.xy + share * (cells.ends - cells.xy), cells.headings) for share in (0, 0.25, 0.5, 0.75, 1)
    ]
    half = lines["width"][cells.line] / 2 * np.max(shrink, axis=0)
    corner = np.where(STREET[cells["kind"]] >= 8, 3.5, 0.0)  # شطفة, metres along each street
    return cells.inset(half).chamfer(corner).without_stubs(STUB)


def furnish(blocks, lines, rng):
    """Say of each block how large its plots are, which are kept for public places, and its land use zone."""
    n, kind = len(blocks), blocks["kind"]
    aside = across(blocks.longest_edge())
    low, high = blocks.extent(aside)
    lived_in = np.isin(kind, HOMES)
    odd = lived_in & (high - low > 3.3 * DEPTH[kind]) & (blocks.area > 1500)  # too deep for two rows of plots
    chance = 0.9 * blocks.area / (HOMES_TO_A_PLACE * PLOT[kind])
    public = odd | (lived_in & (blocks.area > 2200) & (rng.random(n) < chance))
    plot = np.where(public, rng.uniform(1800, 4500, n), PLOT[kind])
    width = np.where(blocks.used, lines["width"][blocks.line], 0).max(axis=1)
    trade = ~public & np.isin(kind, [kinds.OLD, kinds.INNER]) & (width >= 24)
    zone = np.select([public, trade], ["public", "commercial"], ZONE[kind])
    return blocks.given(plot=plot, public=public, zone=zone)
