"""Where the outline of a parcel may lie, and what has to lie on it."""

import numpy as np
from django.utils.translation import gettext as _

from muni.places.models import Boundary
from property.models import Building, Right
from property.rules.cleaning import outside
from property.rules.division import LEAST_M2, geodesic_m2
from property.services.holding import OUTSIDE_M2, RegisterRefusal, to_shapely


def refuse_ground(place, shape):
    """Raises RegisterRefusal for an outline that cannot be a parcel of the place; overlaps show when it is tried."""
    if shape.geom_type != "Polygon" or not shape.is_valid:
        raise RegisterRefusal(_("An outline crosses itself."))
    if geodesic_m2(shape) < LEAST_M2:
        raise RegisterRefusal(_("The outline measures less than one square metre."))
    boundary = Boundary.objects.filter(place=place).current().first()
    if boundary and outside(np.array([shape]), to_shapely(boundary.geom))[0]:
        raise RegisterRefusal(_("The outline does not lie in %(place)s.") % {"place": place})


def refuse_other_outline(parcel, shape):
    """Raises RegisterRefusal for a shapely outline which is not a correction of the parcel's, or leaves behind what
    lies or stands on it."""
    if to_shapely(parcel.geom).intersection(shape).area <= OUTSIDE_M2:
        raise RegisterRefusal(
            _("The corrected outline of parcel %(number)s lies in another place than the parcel.")
            % {"number": parcel.parcel_no}
        )
    for easement in Right.objects.in_force().filter(unit=parcel.unit_id).exclude(geom=None):
        if reaches_beyond(to_shapely(easement.geom), shape):
            raise RegisterRefusal(
                _("An easement on parcel %(number)s would reach beyond its corrected outline: end the easement first.")
                % {"number": parcel.parcel_no}
            )
    for building in Building.objects.filter(parcel=parcel).exclude(geom=None).order_by("pk"):
        if reaches_beyond(to_shapely(building.geom), shape):
            raise RegisterRefusal(
                _("Building %(name)s would stand beyond the corrected outline of parcel %(number)s.")
                % {"name": building, "number": parcel.parcel_no}
            )


def reaches_beyond(area, outline):
    """Whether more of an area lies beside the outline than rounding explains; both shapely, in MUNI_SRID."""
    return area.difference(outline).area > OUTSIDE_M2
