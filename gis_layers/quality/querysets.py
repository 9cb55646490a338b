from django.db import models
from django.db.models import Exists, OuterRef

from gis_layers.models import Layer


class RuleQuerySet(models.QuerySet):
    def of(self, layer):
        return self.filter(layer=layer)


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
        """Adds `waived`: whether an exception that still holds covers the finding."""
        return self.annotate(waived=Exists(self._waivers()))

    def blocking(self):
        """Those that stop a publication: of a blocking rule and without an exception."""
        return self.filter(~Exists(self._waivers()), rule__severity="blocking")

    def _waivers(self):
        waivers = self.model._meta.get_field("rule").related_model._meta.get_field("waivers").related_model
        return waivers.objects.filter(
            rule=OuterRef("rule"), subject=OuterRef("subject"), fingerprint=OuterRef("fingerprint")
        )
