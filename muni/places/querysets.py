from functools import reduce
from operator import or_

from django.db import models
from django.db.models import Q
from django.utils import timezone

from muni.core.periods import DatedQuerySet
from muni.core.space import metric_point
from muni.core.text import Fold, fold


def below(paths, name="path"):
    """Condition: the path in column `name` is one of these or below one; without paths, never."""
    return reduce(or_, (Q(**{f"{name}__startswith": path}) for path in paths), Q(pk=None))


class PlaceQuerySet(models.QuerySet):
    def at(self, lon, lat, on=None):
        """Places whose boundary held the point on that day, the widest first; one query on the subdivided boundaries.

        lon, lat: degrees (EPSG:4326). A point on a border is in the places on both sides.
        """
        point = metric_point(lon, lat)
        if point is None:
            return self.none()
        day = on or timezone.localdate()
        in_force = Q(boundaries__valid_to=None) | Q(boundaries__valid_to__gt=day)
        return (
            self.filter(in_force, boundaries__valid_from__lte=day, boundaries__pieces__geom__intersects=point)
            .order_by("level", "code", "pk")
            .distinct()
        )

    def within(self, place):
        """The place itself and everything below it."""
        return self.filter(path__startswith=place.path)

    def covering(self, place):
        """The place itself and everything above it."""
        codes = place.path.strip("/").split("/")
        return self.filter(path__in=["/" + "/".join(codes[: depth + 1]) + "/" for depth in range(len(codes))])

    def named_like(self, text):
        """Spelling-folded search in both languages."""
        needle = fold(text)
        return self.annotate(_ar=Fold("name_ar"), _en=Fold("name_en")).filter(
            Q(_ar__contains=needle) | Q(_en__contains=needle)
        )


class BoundaryQuerySet(DatedQuerySet):
    def visible_to(self, user):
        """Boundaries are public."""
        return self
