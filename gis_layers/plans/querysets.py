from django.contrib.postgres.expressions import ArraySubquery
from django.db import models
from django.db.models import OuterRef, Q
from django.db.models.functions import JSONObject
from django.utils import timezone

from gis_layers.plans.workflow import PROPOSED, PUBLIC, State
from muni.core.space import metric_point
from muni.places.querysets import below

INSIDERS = ("plans.change_plan", "plans.approve_plan")
READERS = ("plans.answer_objection", "plans.approve_plan")


class PlanQuerySet(models.QuerySet):
    def visible_to(self, user):
        """From the consultation on everybody; before it those who draft or approve plans in the plan's place."""
        public = Q(state__in=PUBLIC)
        if not user.is_authenticated:
            return self.filter(public)
        if user.is_superuser:
            return self.all()
        paths = {path for permission in INSIDERS for path in user.granted_paths(permission)}
        return self.filter(public | below(paths, "place__path")) if paths else self.filter(public)

    def in_force_on(self, day):
        return self.filter(Q(in_force_to=None) | Q(in_force_to__gt=day), in_force_from__lte=day)

    def in_force(self):
        return self.in_force_on(timezone.localdate())

    def in_preparation(self):
        return self.exclude(state__in=PUBLIC)

    def proposed(self):
        return self.filter(state__in=PROPOSED)

    def open_to_objections(self):
        today = timezone.localdate()
        return self.filter(state=State.CONSULTATION, consultation_from__lte=today, consultation_to__gte=today)


class PlanZoneQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Zones are frozen when a plan is laid open, so they are as public as the plan is from then on."""
        return self.filter(plan__state__in=PUBLIC)

    def law(self):
        return self.filter(stage=self.model.Stage.LAW)

    def proposals(self):
        return self.filter(stage=self.model.Stage.PROPOSAL, plan__state__in=PROPOSED)

    def in_force_on(self, day):
        ends_later = Q(plan__in_force_to=None) | Q(plan__in_force_to__gt=day)
        return self.law().filter(ends_later, plan__in_force_from__lte=day)

    def at(self, lon, lat, on=None):
        """Zones of the plans that held at the point on that day, with plan, zone type and `rules`, the provisions as
        dictionaries; one query, the master plan first. A point on a border is in the zones on both sides.

        lon, lat: degrees (EPSG:4326).
        """
        point = metric_point(lon, lat)
        if point is None:
            return self.none()
        provision = self.model._meta.get_field("zone_type").related_model._meta.get_field("provisions").related_model
        rules = provision.objects.filter(zone_type=OuterRef("zone_type")).order_by("position", "pk")
        fields = ("parameter", "value", "unit", "clause", "text_ar", "text_en")
        return (
            self.in_force_on(on or timezone.localdate())
            .filter(geom__intersects=point)
            .select_related("plan__place", "zone_type")
            .defer("geom", "geom_3857")
            .annotate(rules=ArraySubquery(rules.values(told=JSONObject(**{name: name for name in fields}))))
            .order_by("-plan__kind", "plan_id", "zone_type__code", "pk")
        )


class ObjectionQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Whole, with people and files: those who answer them."""
        return self._of_holders(user, "plans.answer_objection")

    def readable_by(self, user):
        """What was said: those who answer it, and those who approve plans upon it."""
        return self._of_holders(user, *READERS)

    def _of_holders(self, user, *permissions):
        if not user.is_authenticated:
            return self.none()
        return self.submitted().filter(below(user.granted_paths(*permissions), "plan__place__path"))

    def submitted(self):
        return self.exclude(state=self.model.State.DRAFT)

    def unanswered(self):
        return self.filter(state=self.model.State.SUBMITTED)
