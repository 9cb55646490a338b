from django.db import models
from django.db.models import Case, Count, Exists, OuterRef, Subquery, When
from django.db.models.functions import Coalesce

from gis_layers.models import Layer


class RuleQuerySet(models.QuerySet):
    def leaning_on(self, layer):
        """Rules of other layers about how their features lie on this one's."""
        return self.filter(parameters__layer=layer.slug)

    def with_counts(self):
        """Adds `found`: how many findings of the rule have no exception."""
        finding = self.model._meta.get_field("findings").related_model
        open_ones = finding.objects.filter(rule=OuterRef("pk")).without_waiver().order_by().values("rule")
        count = open_ones.annotate(n=Count("*")).values("n")
        return self.annotate(found=Coalesce(Subquery(count), 0))


class FindingQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Findings are for those who may change the layer that they are about."""
        if user.is_superuser:
            return self
        if not user.is_authenticated:
            return self.filter(pk=None)
        return self.filter(rule__layer__in=Layer.objects.manageable_by(user))

    def of(self, layer):
        return self.filter(rule__layer=layer)

    def on_the_map(self):
        return self.filter(geom__isnull=False)

    def with_waivers(self):
        """Adds `waiver_id`, the exception that covers the finding, and `waived`: whether there is one."""
        return self.annotate(waived=Exists(self._waivers()), waiver_id=Subquery(self._waivers().values("pk")[:1]))

    def by_severity(self):
        rank = Case(When(rule__severity="blocking", then=0), When(rule__severity="warning", then=1), default=2)
        return self.order_by(rank, "rule_id", "pk")

    def blocking(self):
        """Those that stop a publication: of a blocking rule and without an exception."""
        return self.without_waiver().filter(rule__severity="blocking")

    def without_waiver(self):
        return self.filter(~Exists(self._waivers()))

    def _waivers(self):
        waivers = self.model._meta.get_field("rule").related_model._meta.get_field("waivers").related_model
        return waivers.objects.filter(
            rule=OuterRef("rule"), subject=OuterRef("subject"), fingerprint=OuterRef("fingerprint")
        )
