from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from gis_layers.models import Job, Layer
from gis_layers.rasters.querysets import RasterSheetQuerySet
from muni.places.models import Department


class RasterSheet(Job):
    """A scanned plan or an aerial picture: an upload that may resume, then a Cloud-Optimised GeoTIFF that gives tiles.

    States: waiting (the file is arriving), queued, running (being converted; `progress` of 100), done, failed,
    cancelled. Its files lie in `folder`: `incoming` while it arrives, `cog` when it is done.
    """

    FOLDER = "rasters"

    department = models.ForeignKey(Department, models.PROTECT, related_name="raster_sheets", verbose_name=_("owner"))
    visibility = models.CharField(
        _("who sees it"), max_length=10, choices=Layer.Visibility.choices, default=Layer.Visibility.PRIVATE
    )
    title_ar = models.CharField(_("Arabic title"), max_length=200)
    title_en = models.CharField(_("English title"), max_length=200, blank=True)
    source = models.CharField(_("source"), max_length=300, blank=True)
    licence = models.CharField(_("licence"), max_length=200, blank=True)

    file_name = models.CharField(_("file"), max_length=255)
    file_size = models.PositiveBigIntegerField(_("size"))
    sha256 = models.CharField(_("checksum (SHA-256)"), max_length=64, blank=True)

    crs = models.CharField(_("coordinate system"), max_length=300, blank=True)
    bounds = models.JSONField(_("bounds"), null=True, help_text=_("west, south, east, north in degrees"))
    resolution = models.FloatField(_("resolution (m)"), null=True, help_text=_("Of a pixel in the middle."))
    width = models.PositiveIntegerField(_("width (pixels)"), null=True)
    height = models.PositiveIntegerField(_("height (pixels)"), null=True)
    bands = models.PositiveSmallIntegerField(_("bands"), null=True)
    max_zoom = models.PositiveSmallIntegerField(_("to zoom"), null=True)
    stretch = models.JSONField(null=True, help_text=_("Lowest and highest value drawn of each band; empty: as it is."))
    cog_size = models.PositiveBigIntegerField(_("size of the tiles' file"), null=True)
    cog_sha256 = models.CharField(max_length=64, blank=True)

    objects = RasterSheetQuerySet.as_manager()

    class Meta:
        verbose_name = _("raster sheet")
        verbose_name_plural = _("raster sheets")
        ordering = ["-made_at", "pk"]
        constraints = [
            models.CheckConstraint(
                name="a_finished_sheet_lies_somewhere",
                condition=~models.Q(state="done") | models.Q(bounds__isnull=False, max_zoom__isnull=False),
            )
        ]

    def __str__(self):
        return self.title

    @property
    def title(self):
        return (self.title_ar if get_language() == "ar" else self.title_en) or self.title_ar

    @property
    def incoming(self):
        return self.folder / "incoming.tif"

    @property
    def cog(self):
        return self.folder / "sheet.tif"

    @property
    def received(self):
        """Bytes of the file that are here."""
        try:
            return self.incoming.stat().st_size
        except FileNotFoundError:
            return 0

    @property
    def percent_received(self):
        return 100 * self.received // self.file_size
