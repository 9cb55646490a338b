"""One town of a demo province: everything that the map shows of it, as GeoDataFrames in EPSG:32638."""

from functools import cached_property

import geopandas as gpd
import numpy as np
import shapely

from gis_layers.demo import kinds, naming
from gis_layers.demo.cells import Cells, across, weave
from gis_layers.demo.chunk import Chunk
from gis_layers.demo.layout import BRIDGE, ROAD_CLASSES, WATER, lay_out
from gis_layers.demo.parcels import MILLIMETRES, on_ground, polygons

CRS = "EPSG:32638"
BEND = 25.0  # metres between the points that give a street its curve
CHUNK = 20_000  # parcels made at a time
OUTSIDE = 3500.0  # metres that a river is drawn beyond the town


class Town:
    """A town of about ``parcels`` parcels. ``spec`` is its entry in fixtures/demo, ``seed`` a tuple of integers."""

    def __init__(self, *, spec, parcels, seed):
        self.spec, self.parcels, self.seed = spec, parcels, seed
        self.code, self.name_ar, self.name_en = spec["code"], spec["name_ar"], spec["name_en"]

    def rng(self, *stage):
        """The random numbers of one stage of the work, the same whatever was made before."""
        return np.random.default_rng([*self.seed, *stage])

    @cached_property
    def plan(self):
        """The layout whose blocks give nearest to the wanted number of parcels."""
        radius, best, error = np.sqrt(self.parcels * 440 / np.pi), None, np.inf
        for trial in range(12):
            drawn = lay_out(self.spec, radius, self.rng(0))
            share = drawn.expected_parcels / self.parcels
            if abs(share - 1) < error:
                best, error = drawn, abs(share - 1)
            if error < 0.02:
                break
            radius *= share ** (-0.5 if trial < 4 else -0.2)
        return best

    @cached_property
    def woven(self):
        """Block cells and water with all street corners, and the streets between them."""
        return weave(self.plan.cells, self.plan.lines.direction, step=BEND)

    def frame(self, geometry, **columns):
        return gpd.GeoDataFrame(columns, geometry=geometry, crs=CRS)

    @cached_property
    def quarter_names(self):
        """Arabic and English names (n, 2) of the quarters."""
        return naming.quarters(self.spec, self.plan.quarters["kind"] == kinds.OLD)

    @cached_property
    def neighbourhoods(self):
        """Quarters to the middle of their streets: number, name_ar, name_en, kind."""
        quarters, outline = self._land()
        return self.frame(
            quarters,
            number=np.arange(1, len(quarters) + 1),
            name_ar=self.quarter_names[:, 0],
            name_en=self.quarter_names[:, 1],
            kind=[kinds.KINDS[kind].code for kind in self.plan.quarters["kind"]],
        )

    @cached_property
    def municipality(self):
        """The town's boundary, a polygon that all quarters and waters fill."""
        return self._land()[1]

    def _land(self):
        quarters, outline = self.plan.quarters.only(), self.plan.outline.only()
        both = Cells.concat([quarters, outline])
        shapes = self._polygons(weave(both, self.plan.lines.direction, step=BEND), len(both))
        return shapes[:-1], shapes[-1]

    def _polygons(self, woven, count):
        return polygons(on_ground(woven, self.plan.warp), woven.owner, count)

    @cached_property
    def streets(self):
        """Centre lines from junction to junction: name_ar, name_en, road (see ROAD_CLASSES), width_m, neighbourhood (0
        between several)."""
        ends, segment = self._segments()
        line = self.woven.chain_line[ends]
        road, width = self.plan.lines["road"], self.plan.lines["width"]
        ground = np.round(self.plan.warp(self.woven.chain_xy), MILLIMETRES)
        vertex, owner = _chain_vertices(ends, segment)
        starts = np.flatnonzero(np.r_[True, np.diff(segment) > 0])
        lines = shapely.linestrings(ground[vertex], indices=owner)
        of_segment = line[starts]
        quarter, names = self.quarter_of_lines, self.street_names
        keep = shapely.length(lines) > 0
        return self.frame(
            lines[keep],
            name_ar=names[of_segment, 0][keep],
            name_en=names[of_segment, 1][keep],
            road=np.array(ROAD_CLASSES)[road[of_segment]][keep],
            width_m=width[of_segment][keep],
            neighbourhood=quarter[of_segment][keep] + 1,
        )

    def _segments(self):
        """Chain points at which an edge of a street begins, and the number of its segment between two junctions."""
        woven, cells, road = self.woven, self.plan.cells, self.plan.lines["road"]
        used = (cells["quarter"][woven.owner] != WATER) | (road[woven.line] == BRIDGE)
        begin = np.unique(np.minimum(woven.rank, woven.next_rank)[used])
        first = woven.is_node[begin] | np.r_[True, np.diff(begin) > 1]
        return begin, np.cumsum(first) - 1

    @cached_property
    def street_names(self):
        """Arabic and English name (lines, 2) of the street on each line."""
        return naming.streets(self.spec, self.plan, self.quarter_of_lines, self.quarter_names)

    @cached_property
    def quarter_of_lines(self):
        """Number of the quarter that each line lies in; -1 where it lies between quarters."""
        cells = self.plan.cells
        lowest = np.full(len(self.plan.lines), np.iinfo(int).max)
        highest = np.full(len(self.plan.lines), -1)
        quarter = np.repeat(cells["quarter"][:, None], cells.xy.shape[1], axis=1)[cells.used]
        np.minimum.at(lowest, cells.line[cells.used], quarter)
        np.maximum.at(highest, cells.line[cells.used], quarter)
        return np.where(lowest == highest, lowest, -1)

    @cached_property
    def zones(self):
        """Land use by plan: zone, neighbourhood. Zones of a quarter that touch are one."""
        cells, blocks = self.plan.cells, self.plan.blocks
        land = np.flatnonzero(cells["quarter"] != WATER)
        shapes = self._polygons(self.woven, len(cells))[land]
        zone = kinds.measure("zone")[cells["kind"][land]].astype(object)
        zone[blocks["cell"]] = blocks["zone"]
        whole = self.frame(shapes, zone=zone, neighbourhood=cells["quarter"][land] + 1)
        whole = whole.dissolve(["neighbourhood", "zone"], method="coverage").explode().reset_index()
        return whole[["zone", "neighbourhood", "geometry"]]

    @cached_property
    def water(self):
        """River and branches, reaching beyond the town: name_ar, name_en."""
        rng, courses = self.rng(1), self.plan.waters
        shapes = np.empty(len(courses), object)
        shapes[:] = [self._course(water, rng, is_river=number == 0) for number, water in enumerate(courses)]
        shapes[1:] = shapely.difference(shapes[1:], shapes[:1], grid_size=10**-MILLIMETRES)
        return self.frame(
            shapes, name_ar=[water.name[0] for water in courses], name_en=[water.name[1] for water in courses]
        )

    def _course(self, water, rng, *, is_river):
        beyond = self.plan.half_length + OUTSIDE
        at = np.arange(-beyond if is_river else 0, beyond, 20.0)
        middle = water.start + at[:, None] * water.direction
        half = water.width / 2 + np.zeros((2, len(at)))
        for pace in rng.uniform(2 * np.pi / 900, 2 * np.pi / 250, 5):
            half += min(0.03 * water.width, 2.5) * np.sin(pace * at + rng.uniform(0, 2 * np.pi, (2, 1)))
        aside = across(water.direction)
        left, right = middle + half[0][:, None] * aside, middle - half[1][:, None] * aside
        ring = np.concatenate([right, left[::-1]])
        return shapely.make_valid(shapely.Polygon(np.round(self.plan.warp(ring), MILLIMETRES)))

    def chunks(self):
        """Parcels, houses and public places, some 20,000 parcels at a time, whole quarters in each."""
        blocks = self.plan.blocks
        order = np.argsort(blocks["quarter"], kind="stable")
        blocks = blocks.take(order)
        ordinal = np.arange(len(blocks)) - np.searchsorted(blocks["quarter"], blocks["quarter"]) + 1
        blocks = blocks.given(ordinal=ordinal, number=np.arange(1, len(blocks) + 1))
        reached = np.cumsum(np.maximum(blocks.area / blocks["plot"], 1))
        part = (reached[np.arange(len(blocks)) - ordinal + 1] / CHUNK).astype(int)
        for number in np.unique(part):
            yield Chunk(self, blocks.take(part == number), self.rng(2, number))


def _chain_vertices(begin, segment):
    """All chain points of each segment in order, with the segment's number."""
    last = np.flatnonzero(np.r_[np.diff(segment) > 0, True])
    vertex = np.concatenate([begin, begin[last] + 1])
    owner = np.concatenate([segment, segment[last]])
    order = np.lexsort([vertex, owner])
    return vertex[order], owner[order]
