from django.contrib.gis.db.models.functions import Transform
from django.contrib.postgres.aggregates import StringAgg
from django.db import models
from django.db.models import FloatField, Func, Q
from django.db.models.functions import Collate

from muni.core.periods import DatedQuerySet
from muni.core.srids import LONLAT
from muni.core.text import Fold, fold
from muni.places.querysets import below
from property.rules.identity import identity_number

SEES_PERSONS = "property.view_party"


def _of_register(user, path):
    """Condition: the row's register is one whose persons the user may see."""
    return below(user.granted_paths(SEES_PERSONS) if user.is_authenticated else [], path)


class ParcelQuerySet(DatedQuerySet):
    def current(self):
        return self.filter(status=self.model.Status.CURRENT)

    def numbered(self, beginning="", block=""):
        """Whose number begins so in whatever spelling, in the block of that number; in the order of their numbers."""
        rows = self.alias(_no=Collate(Fold("parcel_no"), "C")).order_by("_no", "pk")
        if block:
            rows = rows.alias(_block=Collate(Fold("block_no"), "C")).filter(_block=fold(block))
        return rows.filter(_no__startswith=fold(beginning)) if beginning else rows

    def pending(self):
        return self.filter(status=self.model.Status.PENDING)

    def recorded(self):
        """Whatever stands or stood in the register; not what is only proposed."""
        return self.exclude(status=self.model.Status.PENDING)

    def visible_to(self, user):
        """Parcel outlines and numbers are public; persons are not part of them."""
        return self

    def measured(self):
        """Adds `geodesic_m2`: the area on the ellipsoid, square metres."""
        on_ellipsoid = Func(Transform("geom", LONLAT), template="ST_Area((%(expressions)s)::geography)")
        return self.annotate(geodesic_m2=models.ExpressionWrapper(on_ellipsoid, output_field=FloatField()))


class UnitQuerySet(DatedQuerySet):
    def visible_to(self, user):
        """Officials of its register alone."""
        return self.filter(_of_register(user, "place__path"))


class PartyQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Persons are seen by officials of their own register alone."""
        return self.filter(_of_register(user, "place__path"))

    def named_like(self, text):
        return self.alias(_name=Fold("name")).filter(
            Q(_name__contains=fold(text)) | Q(identifier=identity_number(text))
        )


class RightQuerySet(DatedQuerySet):
    def in_force(self):
        return self.filter(valid_to=None)

    def visible_to(self, user):
        """Who holds what is seen by officials of the unit's register alone."""
        return self.filter(_of_register(user, "unit__place__path"))

    def with_shares(self):
        return self.select_related("on_share_of").prefetch_related("shares__party__members")


class CaseQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Officials of its register alone."""
        return self.filter(_of_register(user, "place__path"))

    def under_way(self):
        return self.exclude(state__in=self.model.ENDED)

    def with_names(self):
        """What a list shows of each case, without a question for each."""
        return self.select_related("place", "opened_by", "signed_by").annotate(
            parcel_numbers=StringAgg("holds__unit__parcels__parcel_no", ", ", distinct=True, default="")
        )


class HoldQuerySet(models.QuerySet):
    def standing(self):
        return self.filter(is_released=False)


class SourceQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Papers of a case are seen by officials of its register alone."""
        return self.filter(_of_register(user, "case__place__path"))


class PendingParcelQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Officials of the case's register alone: what is only proposed is nobody else's business."""
        return self.filter(_of_register(user, "case__place__path"))


class SurveyQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Officials of its register alone: a survey file may hold more than outlines."""
        return self.filter(_of_register(user, "place__path"))

    def at_hand(self):
        """Without those whose parcels are in the register, or that were thrown away."""
        return self.exclude(state=self.model.State.CANCELLED).exclude(case__state="signed")


class SurveyRowQuerySet(models.QuerySet):
    def accepted(self):
        return self.filter(is_accepted=True)

    def rejected(self):
        return self.filter(is_accepted=False)

    def remarkable(self):
        """Rows of which something was found."""
        return self.exclude(findings=[])


class IdentificationQuerySet(models.QuerySet):
    def standing(self):
        return self.filter(ended_at=None)

    def visible_to(self, user):
        """Officials of the card's register; to the account itself `property.holders` tells."""
        return self.filter(_of_register(user, "party__place__path"))


class RequestQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Officials of its register; to whoever sent it `property.holders` tells."""
        return self.filter(_of_register(user, "unit__place__path"))

    def waiting(self):
        return self.filter(state=self.model.State.SENT)
