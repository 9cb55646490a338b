"""Tiles of one plan by the tile SQL of the catalogue's layers; who sees the plan sees them."""

from math import asinh, floor, pi, radians, tan

from gis_layers.plans.layers import PlanZones
from gis_layers.registry import source_of
from gis_layers.tiles.sql import Statement

ATTRIBUTES = ["code", "name_ar", "name_en", "colour"]
NAME = "zones"


class FrozenZones(PlanZones):
    """The zones of one plan as a layer's source."""

    def __init__(self, plan, stage):
        super().__init__(None)
        self.plan, self.stage = plan, stage

    def rows(self, user):
        return self.plan.zones.filter(stage=self.stage)


def statement(plan, stage):
    """SQL of the plan's tiles: its frozen zones of that stage, or for None the draft as its layer has it now."""
    if stage is None:
        source = source_of(plan.zone_layer)
        return Statement(source, source.rows(None), [plan.zone_attribute], NAME)
    source = FrozenZones(plan, stage)
    return Statement(source, source.rows(None), ATTRIBUTES, NAME)


def covering(box, zoom):
    """(x, y) of the tiles of a zoom that touch the box: west, south, east, north in degrees."""
    west, south, east, north = box
    size = 2**zoom
    xs = [min(size - 1, floor((lon + 180) / 360 * size)) for lon in (west, east)]
    ys = [min(size - 1, floor((1 - asinh(tan(radians(lat))) / pi) / 2 * size)) for lat in (north, south)]
    return [(x, y) for x in range(xs[0], xs[1] + 1) for y in range(ys[0], ys[1] + 1)]
