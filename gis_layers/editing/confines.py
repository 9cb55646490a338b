"""Where a changeset may edit: one of a register within its place; any other not far from the province of its layer."""

from functools import cached_property

import shapely
from django.contrib.gis.db.models import Extent
from django.utils.translation import gettext as _

from muni.places.models import Boundary

EDGE_M = 1.0
"""Metres: limits that were surveyed apart never meet exactly."""

REACH_KM = 50
"""What is drawn farther away than this, from the owner's governorate and from what the layer holds, is a slip."""


def reach_of(layer):
    """Where shapes of a layer may lie, as a prepared shapely geometry in MUNI_SRID; None where nothing says: a register
    without owner, a governorate without boundary."""
    if layer.department_id is None:
        return None
    governorate = layer.department.place.path.strip("/").partition("/")[0]
    box = Boundary.objects.current().filter(place__code=governorate).aggregate(box=Extent("geom"))["box"]
    if box is None:
        return None
    boxes = [box, *([layer.extent.extent] if layer.extent else [])]
    reach = shapely.union_all([shapely.box(*each).buffer(REACH_KM * 1_000, join_style="mitre") for each in boxes])
    shapely.prepare(reach)
    return reach


def confines_of(changeset):
    """The Confines of a changeset that has a place of its own, else None."""
    return Confines(changeset.place) if changeset.place_id and not changeset.layer.department_id else None


class Confines:
    def __init__(self, place):
        self.place = place

    def refusal(self, *states):
        """Why a feature with these States (None: not there) may not be edited here, or None."""
        if self._outline is None:
            return _("%(place)s has no boundary yet, so nothing can be edited in it.") % {"place": self.place}
        shapes = [shapely.from_wkb(state.geometry) for state in states if state and state.geometry]
        if all(shapely.covers(self._outline, shape) for shape in shapes):
            return None
        return _("This lies outside %(place)s: only what lies wholly in it is edited in this changeset.") % {
            "place": self.place
        }

    @cached_property
    def _outline(self):
        """In MUNI_SRID, EDGE_M wider than the boundary in force today."""
        boundary = Boundary.objects.current().filter(place=self.place).first()
        if boundary is None:
            return None
        outline = shapely.buffer(shapely.make_valid(shapely.from_wkb(bytes(boundary.geom.wkb))), EDGE_M)
        shapely.prepare(outline)
        return outline
