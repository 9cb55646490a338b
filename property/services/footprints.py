"""Buildings stay where they stand: when parcels change, each goes to the parcel which holds it."""

from django.utils.translation import gettext as _

from property.models import Building
from property.services.holding import RegisterRefusal, to_shapely

ASTRIDE_M2 = 0.1
"""A building whose smaller part beyond a new line measures no more is not cut by it: the tolerance of overlaps."""


def divide(parcel, children):
    """The buildings of a parcel go to its parts. Raises RegisterRefusal for one that a new line would cut, and for one
    without a footprint, of which nobody knows where it stands."""
    shapes = [(child, to_shapely(child.geom)) for child in children]
    for building in Building.objects.filter(parcel=parcel).order_by("pk"):
        if building.geom is None:
            raise RegisterRefusal(
                _("Nobody has drawn where building %(name)s stands: draw its footprint first.") % {"name": building}
            )
        footprint = to_shapely(building.geom)
        parts = sorted(((shape.intersection(footprint).area, child.pk, child) for child, shape in shapes), reverse=True)
        if len(parts) > 1 and parts[1][0] > ASTRIDE_M2:
            raise RegisterRefusal(
                _("A new boundary would cut building %(name)s in two, between parcels %(numbers)s.")
                % {
                    "name": building,
                    "numbers": _(", ").join(child.parcel_no for area, _pk, child in parts if area > ASTRIDE_M2),
                }
            )
        Building.objects.filter(pk=building.pk).update(parcel=parts[0][2])


def take_over(parents, child):
    """The buildings of parcels go to the one that comes after them."""
    Building.objects.filter(parcel__in=parents).update(parcel=child)
