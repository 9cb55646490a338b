"""Tiles of one plan by the tile SQL of the catalogue's layers; who sees the plan sees them."""

from math import asinh, floor, pi, radians, tan

from gis_layers.fields import Attribute, Choice, FieldType
from gis_layers.plans.layers import PlanZones
from gis_layers.registry import LayerSource, PlannerLayer, source_of
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


class FrozenPart(PlannerLayer):
    """The frozen street lines or public facilities of a plan, as a layer's source."""

    id_field = "number"

    def __init__(self, part):
        LayerSource.__init__(self, None)
        self.part = part
        self.attributes = tuple(_attribute(**described) for described in part.schema)

    def rows(self, user):
        return self.part.features.all()


def _attribute(*, type, choices, **facts):  # noqa: A002
    return Attribute(type=FieldType(type), choices=tuple(Choice(**choice) for choice in choices), **facts)


def render(plan, stage, z, x, y):
    """A tile of the plan: its frozen zones and other parts of that stage; for None the draft of the zones as its layer
    has it now. Layers of a tile follow one another, so they are put together by appending."""
    return b"".join(statement.render(z, x, y) for statement in statements(plan, stage))


def statements(plan, stage):
    if stage is None:
        source = source_of(plan.zone_layer)
        return [Statement(source, source.rows(None), [plan.zone_attribute], NAME)]
    source = FrozenZones(plan, stage)
    found = [Statement(source, source.rows(None), ATTRIBUTES, NAME)]
    for part in plan.parts.filter(stage=stage):
        source = FrozenPart(part)
        found.append(Statement(source, source.rows(None), part_attributes(part), part.kind))
    return found


def part_attributes(part):
    """What of a part's attributes travels in tiles: its label."""
    return [described["name"] for described in part.schema if described["name"] == part.label_field]


def covering(box, zoom):
    """(x, y) of the tiles of a zoom that touch the box: west, south, east, north in degrees."""
    west, south, east, north = box
    size = 2**zoom
    xs = [min(size - 1, floor((lon + 180) / 360 * size)) for lon in (west, east)]
    ys = [min(size - 1, floor((1 - asinh(tan(radians(lat))) / pi) / 2 * size)) for lat in (north, south)]
    return [(x, y) for x in range(xs[0], xs[1] + 1) for y in range(ys[0], ys[1] + 1)]
