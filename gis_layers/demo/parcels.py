"""Blocks into parcels, and houses onto them."""

import numpy as np
import shapely

from gis_layers.demo import kinds
from gis_layers.demo.cells import Cells, across
from gis_layers.demo.layout import BACK, BRIDGE, DEPTH, SIDE, STUB, at_reach, divide, thickness, turned

SPREAD, TILT = kinds.measure("spread"), kinds.measure("tilt")
FRONT_YARD, BACK_YARD = kinds.measure("front"), kinds.measure("back")
PARTY_GAP = 0.15  # metres kept from a side boundary, so that a wall never stands on the neighbour's land
PASSAGE = 1.2  # metres that some houses leave beside them
DOUBLE_PLOTS, HALF_PLOTS = 0.10, 0.07  # shares of plots that were merged or split since they were allotted
LEAST_THICKNESS = 1.6  # metres of area over perimeter; a plot of 6 by 12 metres has 2
MILLIMETRES = 3


def cut_parcels(blocks, lines, warp, rng):
    """Blocks with a column ``plot`` (wanted m2 on the ground) into parcels, with columns ``block`` and ``key``.

    Fences are appended to ``lines``.
    """
    growth = warp.growth(blocks.centre)
    blocks = blocks.given(block=np.arange(len(blocks)), want=blocks["plot"] / growth, axis=blocks.longest_edge())

    def rows(cells):
        aside = across(cells["axis"])
        low, high = cells.extent(aside)
        reach = low + (high - low) * (0.5 + 0.03 * rng.standard_normal(len(cells)))
        deep = np.maximum(DEPTH[cells["kind"]], 0.9 * np.sqrt(cells["want"]))
        facts = {"road": np.full(len(cells), BACK), "width": np.zeros(len(cells))}
        deep_enough = (cells["share"] == 1) & (high - low > 1.45 * deep)
        return deep_enough, at_reach(cells, aside, reach), cells["axis"], facts

    def plots(cells):
        n, kind = len(cells), cells["kind"]
        pieces = np.round(cells.area / cells["want"]).astype(int)
        draw = rng.random(n)
        usual = cells["want"] < 1000
        halved = usual & (pieces == 1) & (cells["want"] > 150) & (draw < HALF_PLOTS)
        doubled = usual & (pieces == 2) & (draw < DOUBLE_PLOTS)
        low, high = middle_reach(cells, cells["axis"])
        pace = (high - low) / np.maximum(pieces, 1)
        reach = np.where(halved, (low + high) / 2, low + pace * (pieces // 2))
        reach = reach + pace * SPREAD[kind] * 0.6 * rng.uniform(-1, 1, n)
        direction = turned(across(cells["axis"]), TILT[kind] * rng.standard_normal(n))
        facts = {"road": np.full(n, SIDE), "width": np.zeros(n)}
        return (pieces > 1) & ~doubled | halved, at_reach(cells, cells["axis"], reach), direction, facts

    def usable(cells):
        reached = (cells.used & (lines["road"][cells.line] <= BRIDGE)).any(axis=1)  # from a street
        shortest = np.where(cells.used, cells.edge_lengths, np.inf).min(axis=1)
        sound = (shortest > STUB) & (thickness(cells) > LEAST_THICKNESS)
        return reached & sound & (cells.area > 0.42 * cells["want"])

    halves = divide(blocks, lines, rows, usable)
    spread = np.exp(SPREAD[halves["kind"]] * rng.standard_normal(len(halves)))
    parcels = divide(halves.given(row=halves["key"], want=halves["want"] * spread), lines, plots, usable)
    order = np.lexsort([parcels["key"], parcels["row"], parcels["block"]])
    return parcels.take(order)


def middle_reach(cells, direction):
    """Where a row of plots begins and ends (n,) along a direction, half way up its slanted ends."""
    reach = np.einsum("nkc,nc->nk", cells.xy, direction)
    lowest = np.sort(np.where(cells.used, reach, np.inf), axis=1)[:, :2]
    highest = np.sort(np.where(cells.used, -reach, np.inf), axis=1)[:, :2]
    return lowest.mean(axis=1), -highest.mean(axis=1)


def on_ground(woven, warp):
    """Ring vertices (m, 2) of woven cells on the ground, to the millimetre."""
    return np.round(warp(woven.xy), MILLIMETRES)


def polygons(xy, owner, count):
    """Array (count,) of shapely polygons from flat rings; a vertex that repeats the one before is left out."""
    previous = np.roll(xy, 1, axis=0)
    starts = np.searchsorted(owner, np.arange(count))
    stops = np.searchsorted(owner, np.arange(count), side="right")
    previous[starts] = xy[stops - 1]
    fresh = (xy != previous).any(axis=1)
    return shapely.polygons(shapely.linearrings(xy[fresh], indices=owner[fresh]))


def as_cells(xy, line, owner, count):
    """Flat rings as a batch of cells: vertices (m, 2), lines (m,) under the edges that leave them, owners (m,)."""
    size = np.bincount(owner, minlength=count)
    first = np.cumsum(size) - size
    slot = np.minimum(np.arange(size.max(initial=3)), size[:, None])
    index = first[:, None] + np.where(slot < size[:, None], slot, 0)
    return Cells(xy[index], line[index], size)


def yards(parcels, lines, kind, rng):
    """How far (n, k) a house stands from each boundary of its parcel, metres."""
    n = len(parcels)
    road = lines["road"][parcels.line]
    front = FRONT_YARD[kind] * rng.uniform(0.7, 1.3, n)
    back = BACK_YARD[kind] * rng.uniform(0.6, 1.6, n)
    passage = np.where((rng.random(n) < 0.3) & (FRONT_YARD[kind] > 1), PASSAGE, PARTY_GAP)
    return np.where(road == BACK, back[:, None], np.where(road == SIDE, passage[:, None], front[:, None]))


def build_houses(ground, lines, kind, rng):
    """Footprints: cells (n,) of size 0 where nothing fits. ``ground`` are parcels as cells on the ground."""
    return ground.inset(yards(ground, lines, kind, rng))


def notch(xy, rng):
    """Corners (n, 4, 2) of houses to L-shaped rings (n, 6, 2): one corner is left out as a yard."""
    n = len(xy)
    corner = rng.integers(0, 4, n)
    ring = np.take_along_axis(xy, ((corner[:, None] + np.arange(4)) % 4)[..., None], axis=1)
    out, after, far, before = (ring[:, i] for i in range(4))
    one, two = rng.uniform(0.25, 0.5, (2, n, 1))
    on_after = out + (after - out) * one
    on_before = out + (before - out) * two
    inner = on_after + on_before - out
    return np.stack([on_after, after, far, before, on_before, inner], axis=1)
