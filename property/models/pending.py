"""What cases under way are about, as the database's view tells it: shown on the map, never written to."""

from django.contrib.gis.db.models import GeometryField
from django.db import models
from django.utils.translation import gettext_lazy as _

from muni.core.srids import MUNI_SRID, WEB_MERCATOR
from property.models.cases import Case
from property.querysets import PendingParcelQuerySet


class PendingParcel(models.Model):
    """A parcel that a case under way touches or proposes, the accepted rows of a survey among them. Its number is that
    of the parcel, or of the parcel to come."""

    class Part(models.TextChoices):
        TOUCHED = "touched", _("touched by a case")
        PROPOSED = "proposed", _("proposed")

    id = models.BigIntegerField(primary_key=True)
    case = models.ForeignKey(Case, models.DO_NOTHING, related_name="+", verbose_name=_("case"))
    act = models.CharField(_("act"), max_length=10, choices=Case.Kind.choices)
    part = models.CharField(_("part in the case"), max_length=10, choices=Part.choices)
    parcel_no = models.CharField(_("parcel number"), max_length=30)
    block_no = models.CharField(_("block number"), max_length=20)
    area_m2 = models.DecimalField(_("registered area (m²)"), max_digits=14, decimal_places=2)
    opened_on = models.DateField(_("case opened on"))
    geom = GeometryField(srid=MUNI_SRID)
    geom_3857 = GeometryField(srid=WEB_MERCATOR)

    objects = PendingParcelQuerySet.as_manager()

    class Meta:
        managed = False
        db_table = "property_pendingparcel"
        verbose_name = _("parcel in a case under way")
        verbose_name_plural = _("parcels in cases under way")
        ordering = ["pk"]

    def __str__(self):
        return f"{self.parcel_no} / {self.block_no}"
