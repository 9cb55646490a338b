from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from muni.core.periods import Dated
from muni.places.models import Place
from property.querysets import UnitQuerySet


class PropertyUnit(Dated):
    """LA_BAUnit: what rights hang on; one or more parcels under the same rights, or one flat or shop."""

    place = models.ForeignKey(Place, models.PROTECT, related_name="property_units", verbose_name=_("place"))
    opened_by = models.ForeignKey("Case", models.PROTECT, null=True, editable=False, related_name="opened_units")
    closed_by = models.ForeignKey("Case", models.PROTECT, null=True, editable=False, related_name="closed_units")
    is_demo = models.BooleanField(_("demo data"), default=False)

    objects = UnitQuerySet.as_manager()

    class Meta:
        verbose_name = _("property unit")
        verbose_name_plural = _("property units")
        ordering = ["pk"]
        permissions = [
            ("issue_extract", _("Can issue extracts of title and parcel plans")),
            ("revoke_extract", _("Can revoke extracts of title and parcel plans")),
        ]
        constraints = [
            models.CheckConstraint(
                name="unit_ends_not_before_it_begins", condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from"))
            )
        ]

    def __str__(self):
        return str(self.pk)
