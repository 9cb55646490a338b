"""Some quarters' worth of parcels, houses and public places, made together."""

from functools import cached_property

import numpy as np
import shapely

from gis_layers.demo import kinds, naming
from gis_layers.demo.cells import Cells, weave
from gis_layers.demo.kinds import FACILITIES, KINDS, LAND_KINDS, OFFICE
from gis_layers.demo.layout import BRIDGE
from gis_layers.demo.parcels import MILLIMETRES, as_cells, build_houses, cut_parcels, notch, on_ground, polygons

WINDING = 6.0  # metres between the points of a wall that winds with its alley
SMALL_MOSQUES = 1 / 260  # of corner plots and others of fitting size
FARMHOUSE = 0.05  # share of an orchard
LARGEST_COVER = {kinds.VILLA: 0.6, kinds.INDUSTRY: 0.65, kinds.ORCHARD: FARMHOUSE}
LEAST_HOUSE = 20.0  # m2
STOREY = 3.2  # metres
LIVING = {"mixed": "residential"}
TRADE_WIDTH = 20.0  # metres of street that shops look for
TRADE_SHARE = {kinds.OLD: 0.7, kinds.INNER: 0.7, kinds.MODERN: 0.35, kinds.WIDE: 0.3, kinds.INFORMAL: 0.35}


class Chunk:
    """Frames of a town's ``blocks``; each is made when it is first asked for, and always the same."""

    def __init__(self, town, blocks, rng):
        self.town, self._blocks = town, blocks
        self._seeds = rng.integers(0, 2**63, 3)

    @cached_property
    def _land(self):
        """Parcels as cells of the plane, with the lines under their edges."""
        lines = self.town.plan.lines.copy()
        cells = cut_parcels(self._blocks, lines, self.town.plan.warp, np.random.default_rng(self._seeds[0]))
        return cells, lines

    @cached_property
    def _rings(self):
        """Rings of parcels, then blocks, on the ground: vertices, the lines under their edges, their owners."""
        cells, lines = self._land
        both = Cells.concat([cells.only(), self._blocks.only()])
        group = np.concatenate([cells["block"], np.arange(len(self._blocks))])
        warp = self.town.plan.warp
        step = np.where(warp.winds(self._blocks.centre), WINDING, np.inf)
        woven = weave(both, lines.direction, group=group, step=step[group])
        return on_ground(woven, warp), woven.line, woven.owner

    @cached_property
    def _shapes(self):
        """Polygons of the parcels and of the blocks."""
        xy, _, owner = self._rings
        n = len(self._land[0])
        shapes = polygons(xy, owner, n + len(self._blocks))
        return shapes[:n], shapes[n:]

    @cached_property
    def blocks(self):
        """Land between streets: number (in the town), name (quarter-block), neighbourhood, area_m2."""
        quarter, ordinal = self._blocks["quarter"] + 1, self._blocks["ordinal"]
        shapes = self._shapes[1]
        return self.town.frame(
            shapes,
            number=self._blocks["number"],
            name=[f"{q}-{o}" for q, o in zip(quarter, ordinal, strict=True)],
            neighbourhood=quarter,
            area_m2=np.round(shapely.area(shapes), 1),
        )

    @cached_property
    def parcels(self):
        """parcel_no, muqataa (number of its cadastral block), block, neighbourhood, land_kind, land_use, area_m2; of
        the street in front street_ar, street_en, street_width_m."""
        cells, _ = self._land
        block, shapes = cells["block"], self._shapes[0]
        facts = self._facts
        first = np.searchsorted(block, block)
        child, original = np.arange(len(block)) - first + 1, self._blocks["ordinal"][block]
        alone = np.bincount(block)[block] == 1
        numbers = [
            str(o) if one else f"{c}/{o}" for c, o, one in zip(child.tolist(), original.tolist(), alone, strict=True)
        ]
        front = facts["front"]
        return self.town.frame(
            shapes,
            parcel_no=numbers,
            muqataa=self._blocks["quarter"][block] + 1,
            block=self._blocks["number"][block],
            neighbourhood=self._blocks["quarter"][block] + 1,
            land_kind=np.array(LAND_KINDS, object)[facts["land"]],
            land_use=facts["use"],
            area_m2=np.round(shapely.area(shapes), 2),
            street_ar=self.town.street_names[front, 0],
            street_en=self.town.street_names[front, 1],
            street_width_m=self.town.plan.lines["width"][front],
        )

    @cached_property
    def _facts(self):
        """What each parcel is: front (line of its widest street), facility (-1: none), use, land, built."""
        rng = np.random.default_rng(self._seeds[1])
        cells, lines = self._land
        n, kind, block = len(cells), cells["kind"], cells["block"]
        is_street = cells.used & (lines["road"][cells.line] <= BRIDGE)
        width = np.where(is_street, lines["width"][cells.line], -1)
        front = cells.line[np.arange(n), width.argmax(axis=1)]
        street = np.where(is_street, cells.line, front[:, None])
        is_corner = street.min(axis=1) != street.max(axis=1)

        facility = np.full(n, -1)
        large = self._blocks["public"][block]
        rank = _rank_in(self._blocks["quarter"][block[large]])
        facility[large] = np.array(naming.CYCLE)[rank % len(naming.CYCLE)]
        facility[kind == kinds.CIVIC] = OFFICE
        fits = ~large & is_corner & (cells["want"] > 90) & (kind <= kinds.INFORMAL)
        facility[fits & (rng.random(n) < SMALL_MOSQUES * n / max(fits.sum(), 1))] = kinds.MOSQUE

        built = rng.random(n) < kinds.measure("built")[kind]
        zone = self._blocks["zone"][block]
        share = np.select([zone == "commercial", width.max(axis=1) >= TRADE_WIDTH], [0.75, _by_kind(TRADE_SHARE, kind)])
        living = np.array([LIVING.get(k.zone, k.zone) for k in KINDS], object)[kind]
        use = np.where(built, np.where(rng.random(n) < share, "commercial", living), "vacant").astype(object)
        use[kind == kinds.ORCHARD] = "agricultural"

        weights = np.cumsum(kinds.measure("land"), axis=1) / kinds.measure("land").sum(axis=1, keepdims=True)
        together = rng.random(len(self._blocks))[block]  # land of one kind lies together
        draw = np.where(rng.random(n) < 0.6, together, rng.random(n))
        land = (draw[:, None] >= weights[kind]).sum(axis=1)
        served = facility >= 0
        use[served] = np.array([place.use for place in FACILITIES], object)[facility[served]]
        land[served] = np.array([place.land for place in FACILITIES])[facility[served]]
        built[served] = facility[served] != kinds.PARK
        return {"front": front, "facility": facility, "use": use, "land": land, "built": built}

    @cached_property
    def facilities(self):
        """Public places as points: kind, name_ar, name_en, neighbourhood."""
        facility = self._facts["facility"]
        served = np.flatnonzero(facility >= 0)
        cells, _ = self._land
        quarter = self._blocks["quarter"][cells["block"][served]]
        kind = facility[served]
        rank = _rank_in(quarter * len(FACILITIES) + kind)
        # Quarters count from different names, so that neighbouring schools are not called the same.
        count = np.where(kind == OFFICE, rank, rank + quarter * 5 + kind * 11)
        spec, of_quarter = self.town.spec, self.town.quarter_names
        names = naming.pairs(
            [naming.facilities(spec, k, c, of_quarter[q]) for k, c, q in zip(kind, count, quarter, strict=True)]
        )
        return self.town.frame(
            shapely.point_on_surface(self._shapes[0][served]),
            kind=np.array([place.code for place in FACILITIES], object)[kind],
            name_ar=names[:, 0],
            name_en=names[:, 1],
            neighbourhood=quarter + 1,
        )

    @cached_property
    def buildings(self):
        """Footprints: use, storeys, height_m, neighbourhood, and parcel, the row of ``parcels`` it stands on."""
        rng = np.random.default_rng(self._seeds[2])
        facts, (cells, lines), (xy, line, owner) = self._facts, self._land, self._rings
        ground = as_cells(xy, line, owner, len(cells) + len(self._blocks)).take(np.flatnonzero(facts["built"]))
        kind, facility = cells["kind"][facts["built"]], facts["facility"][facts["built"]]
        houses = build_houses(ground, lines, kind, rng)
        cover = _by_kind(LARGEST_COVER, kind, otherwise=1.0)
        cover = np.where(facility < 0, cover, np.array([place.share for place in FACILITIES])[facility])
        scale = np.sqrt(np.minimum(cover * ground.area / np.maximum(houses.area, 1), 1))[:, None, None]
        middle = houses.centre[:, None]
        houses.xy = middle + (houses.xy - middle) * scale

        stands = np.flatnonzero((houses.size > 0) & (houses.area > LEAST_HOUSE))
        houses, kind, facility = houses.take(stands), kind[stands], facility[stands]
        parcel = np.flatnonzero(facts["built"])[stands]
        angular = rng.random(len(stands)) < np.where(facility >= 0, 0.7, 0.4)
        notched = angular & (houses.size == 4) & (kinds.measure("front")[kind] > 0.4)
        plain = houses.take(~notched)
        shapes = np.empty(len(stands), object)
        shapes[notched] = shapely.polygons(np.round(notch(houses.xy[notched, :4], rng), MILLIMETRES))
        shapes[~notched] = polygons(np.round(plain.xy[plain.used], MILLIMETRES), np.nonzero(plain.used)[0], len(plain))
        storeys = _draw([k.storeys for k in KINDS], kind, rng)
        storeys[facts["use"][parcel] == "religious"] = 1
        return self.town.frame(
            shapes,
            use=facts["use"][parcel],
            storeys=storeys,
            height_m=np.round(storeys * STOREY + rng.uniform(0.3, 1.4, len(stands)), 1),
            neighbourhood=self._blocks["quarter"][cells["block"][parcel]] + 1,
            parcel=parcel,
        )


def _rank_in(group):
    """How many of the same group stand before each (n,)."""
    order = np.argsort(group, kind="stable")
    rank = np.empty(len(group), int)
    rank[order] = np.arange(len(group)) - np.searchsorted(group[order], group[order])
    return rank


def _by_kind(table, kind, otherwise=0.0):
    """A value for each kind from a table that names only some."""
    return np.array([table.get(number, otherwise) for number in range(len(KINDS))])[kind]


def _draw(weights, kind, rng):
    """Numbers from 1 on, drawn by the weights of each kind."""
    most = max(map(len, weights))
    table = np.cumsum([[*w, *[0] * (most - len(w))] for w in weights], axis=1, dtype=float)
    table /= table[:, -1:]
    return (rng.random(len(kind))[:, None] >= table[kind]).sum(axis=1) + 1
