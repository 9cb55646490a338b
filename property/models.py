from django.contrib.gis.db.models import GeometryField, PolygonField
from django.contrib.postgres.indexes import GistIndex
from django.db import models
from django.db.models import Q
from django.db.models.functions import Collate
from django.utils.translation import gettext_lazy as _

from muni.core.space import WebMercator
from muni.core.srids import MUNI_SRID, WEB_MERCATOR
from muni.core.text import Fold
from muni.places.models import Place
from property.querysets import ParcelQuerySet


class Block(models.Model):
    """مقاطعة: the cadastral block whose number, with the parcel's, names a parcel."""

    number = models.CharField(_("block number"), max_length=20)
    name = models.CharField(_("block name"), max_length=200, blank=True)
    place = models.ForeignKey(Place, models.PROTECT, related_name="blocks", verbose_name=_("place"))
    is_demo = models.BooleanField(_("demo data"), default=False)

    class Meta:
        verbose_name = _("cadastral block")
        verbose_name_plural = _("cadastral blocks")
        ordering = ["place_id", "number", "pk"]
        constraints = [models.UniqueConstraint("place", "number", name="block_number_is_unique_in_its_place")]

    def __str__(self):
        return f"{self.number} {self.name}".strip()


class Parcel(models.Model):
    """LA_SpatialUnit: a piece of land with its number. Rights over it come with the register."""

    class LandKind(models.TextChoices):
        MULK = "mulk", _("mulk (owned)")
        MIRI = "miri", _("miri (state land)")
        WAQF = "waqf", _("waqf (endowed)")
        MATRUKA = "matruka", _("matruka (left for public use)")
        MAWAT = "mawat", _("mawat (dead land)")

    class LandUse(models.TextChoices):
        RESIDENTIAL = "residential", _("residential")
        COMMERCIAL = "commercial", _("commercial")
        INDUSTRIAL = "industrial", _("industrial")
        AGRICULTURAL = "agricultural", _("agricultural")
        EDUCATION = "education", _("education")
        HEALTH = "health", _("health")
        RELIGIOUS = "religious", _("religious")
        PUBLIC = "public", _("public services")
        GREEN = "green", _("green")
        VACANT = "vacant", _("vacant")

    class Status(models.TextChoices):
        PENDING = "pending", _("pending")
        CURRENT = "current", _("current")
        HISTORIC = "historic", _("historic")

    parcel_no = models.CharField(_("parcel number"), max_length=30)
    block = models.ForeignKey(Block, models.PROTECT, related_name="parcels", verbose_name=_("cadastral block"))
    block_no = models.CharField(_("block number"), max_length=20, editable=False)
    block_name = models.CharField(_("block name"), max_length=200, blank=True, editable=False)
    land_kind = models.CharField(_("land kind"), max_length=10, choices=LandKind.choices)
    land_use = models.CharField(_("land use"), max_length=40, blank=True, choices=LandUse.choices)
    area_m2 = models.DecimalField(_("registered area (m²)"), max_digits=14, decimal_places=2)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.CURRENT)
    geom = PolygonField(srid=MUNI_SRID, spatial_index=False)
    geom_3857 = models.GeneratedField(
        expression=WebMercator("geom"),
        output_field=GeometryField(srid=WEB_MERCATOR, spatial_index=False),
        db_persist=True,
    )
    is_demo = models.BooleanField(_("demo data"), default=False)

    objects = ParcelQuerySet.as_manager()

    class Meta:
        verbose_name = _("parcel")
        verbose_name_plural = _("parcels")
        ordering = ["block_id", "parcel_no", "pk"]
        indexes = [
            GistIndex("geom", name="parcel_geom"),
            GistIndex("geom_3857", name="parcel_current_3857", condition=Q(status="current")),
            *(
                # Search finds the beginning of a folded value in its order: see gis_layers.map.search.
                models.Index(Collate(Fold(name), "C"), name=f"parcel_current_{name}", condition=Q(status="current"))
                for name in ("parcel_no", "block_no", "block_name")
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                "block", "parcel_no", condition=Q(status="current"), name="parcel_number_is_unique_in_its_block"
            ),
            models.CheckConstraint(name="parcel_area_is_positive", condition=Q(area_m2__gt=0)),
        ]

    def __str__(self):
        return f"{self.parcel_no} / {self.block}"
