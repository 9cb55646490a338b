"""Which parcels a parcel came from, and which came from it."""

from dataclasses import dataclass

from django.db import connection
from django.db.models import F

from property.models import Descent, Parcel

MOST = 500
"""A tree larger than this is cut off: nobody could read it."""


@dataclass(frozen=True)
class Family:
    """parcels: the oldest first. descents: rows with parent_id, child_id and act."""

    parcels: list
    descents: list


def family_of(parcel):
    """The ancestors and descendants of a recorded parcel, itself among them; proposals are not."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH RECURSIVE up AS (
              SELECT %(pk)s::bigint AS id UNION
              SELECT d.parent_id FROM property_descent d JOIN up ON d.child_id = up.id
            ), down AS (
              SELECT %(pk)s::bigint AS id UNION
              SELECT d.child_id FROM property_descent d JOIN down ON d.parent_id = down.id
            )
            SELECT id FROM up UNION SELECT id FROM down LIMIT %(most)s
            """,
            {"pk": parcel.pk, "most": MOST},
        )
        numbers = [number for (number,) in cursor.fetchall()]
    parcels = Parcel.objects.recorded().filter(pk__in=numbers).defer("geom", "geom_3857").order_by("valid_from", "pk")
    members = list(parcels)
    known = [member.pk for member in members]
    descents = Descent.objects.filter(parent__in=known, child__in=known).annotate(act=F("child__opened_by__kind"))
    return Family(members, list(descents))
