from pathlib import Path

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from gis_layers.plans.models.plan import Plan


class Archive(models.Model):
    """A published plan as one file that never changes, with its checksum."""

    class Format(models.TextChoices):
        GPKG = "gpkg", "GeoPackage"
        PMTILES = "pmtiles", "PMTiles"

    MEDIA_TYPES = {Format.GPKG: "application/geopackage+sqlite3", Format.PMTILES: "application/vnd.pmtiles"}

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="archives")
    format = models.CharField(max_length=8, choices=Format.choices)
    size = models.PositiveBigIntegerField(_("size"))
    sha256 = models.CharField(_("checksum (SHA-256)"), max_length=64)
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["plan_id", "format"]
        constraints = [models.UniqueConstraint("plan", "format", name="a_plan_has_one_archive_of_each_format")]

    def __str__(self):
        return f"{self.plan_id}.{self.format}"

    @classmethod
    def file_of(cls, plan_id, format):  # noqa: A002
        return Path(settings.MEDIA_ROOT) / "plans" / str(plan_id) / f"plan-{plan_id}.{format}"

    @property
    def file(self):
        return self.file_of(self.plan_id, self.format)
