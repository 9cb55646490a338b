"""Where a changeset of a register may edit: within its place."""

from functools import cached_property

import shapely
from django.utils.translation import gettext as _

from muni.places.models import Boundary

EDGE_M = 1.0
"""Metres: limits that were surveyed apart never meet exactly."""


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
