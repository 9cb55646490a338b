from django.contrib.gis.db.models import GeometryField, PolygonField
from django.contrib.postgres.indexes import GistIndex
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Collate
from django.utils.translation import gettext_lazy as _

from muni.core.periods import Dated
from muni.core.space import WebMercator
from muni.core.srids import MUNI_SRID, WEB_MERCATOR
from muni.core.text import Fold
from muni.places.models import Place
from property.models.units import PropertyUnit
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


class Parcel(Dated):
    """LA_SpatialUnit: a piece of land in one shape under one number, for its period. Never redrawn: an act closes the
    row and opens another."""

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

    class Survey(models.TextChoices):
        UNKNOWN = "unknown", _("not known")
        SHEET = "sheet", _("digitised from a cadastral sheet")
        IMAGE = "image", _("digitised from an aerial image")
        FIELD = "field", _("surveyed in the field")
        ACT = "act", _("calculated by an act of the register")

    parcel_no = models.CharField(_("parcel number"), max_length=30)
    block = models.ForeignKey(Block, models.PROTECT, related_name="parcels", verbose_name=_("cadastral block"))
    block_no = models.CharField(_("block number"), max_length=20, editable=False)
    block_name = models.CharField(_("block name"), max_length=200, blank=True, editable=False)
    land_kind = models.CharField(_("land kind"), max_length=10, choices=LandKind.choices)
    land_use = models.CharField(_("land use"), max_length=40, blank=True, choices=LandUse.choices)
    area_m2 = models.DecimalField(_("registered area (m²)"), max_digits=14, decimal_places=2)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.CURRENT)
    unit = models.ForeignKey(
        PropertyUnit, models.PROTECT, null=True, editable=False, related_name="parcels", verbose_name=_("property unit")
    )
    valid_from = models.DateField(_("valid from"), null=True, editable=False)
    opened_by = models.ForeignKey("Case", models.PROTECT, null=True, editable=False, related_name="opened_parcels")
    closed_by = models.ForeignKey("Case", models.PROTECT, null=True, editable=False, related_name="closed_parcels")
    parents = models.ManyToManyField(
        "self", through="Descent", through_fields=("child", "parent"), symmetrical=False, related_name="children"
    )
    survey_source = models.CharField(
        _("survey source"), max_length=10, choices=Survey.choices, default=Survey.UNKNOWN, db_default=Survey.UNKNOWN
    )
    accuracy_m = models.DecimalField(_("boundary accuracy (m)"), max_digits=6, decimal_places=2, null=True, blank=True)
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
            GistIndex("geom_3857", name="parcel_pending_3857", condition=Q(status="pending")),
            models.Index(
                F("block"),
                Collate(Fold("parcel_no"), "C"),
                name="parcel_current_in_block",
                condition=Q(status="current"),
            ),
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
            models.CheckConstraint(name="parcel_outline_is_valid", condition=Q(geom__isvalid=True)),
            models.CheckConstraint(
                name="parcel_dates_fit_its_status",
                condition=Q(status="pending", valid_from=None, valid_to=None)
                | Q(status="current", valid_from__isnull=False, valid_to=None)
                | Q(status="historic", valid_from__isnull=False, valid_to__gte=F("valid_from")),
            ),
            models.CheckConstraint(
                name="boundary_accuracy_is_positive", condition=Q(accuracy_m=None) | Q(accuracy_m__gt=0)
            ),
        ]

    def __str__(self):
        return f"{self.parcel_no} / {self.block}"


class Descent(models.Model):
    """Which parcel came from which, by a split, a merge or a correction."""

    parent = models.ForeignKey(Parcel, models.CASCADE, related_name="descents", verbose_name=_("parent"))
    child = models.ForeignKey(Parcel, models.CASCADE, related_name="ascents", verbose_name=_("child"))

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint("parent", "child", name="descent_is_told_once"),
            models.CheckConstraint(name="parcel_is_not_its_own_child", condition=~Q(parent=F("child"))),
        ]

    def __str__(self):
        return f"{self.parent_id} → {self.child_id}"


class Building(models.Model):
    """A building on a parcel, whose flats and shops may be property units of their own."""

    parcel = models.ForeignKey(Parcel, models.PROTECT, related_name="buildings", verbose_name=_("parcel"))
    name = models.CharField(_("name"), max_length=120, blank=True)
    storeys = models.PositiveSmallIntegerField(_("storeys"), null=True, blank=True)
    geom = PolygonField(_("footprint"), srid=MUNI_SRID, null=True, blank=True)

    class Meta:
        verbose_name = _("building")
        verbose_name_plural = _("buildings")
        ordering = ["pk"]

    def __str__(self):
        return self.name or str(self.pk)


class BuildingUnit(models.Model):
    """LA_LegalSpaceBuildingUnit: a flat, a shop or another closed part of a building."""

    class Use(models.TextChoices):
        FLAT = "flat", _("flat")
        SHOP = "shop", _("shop")
        OFFICE = "office", _("office")
        STORE = "store", _("store room")
        GARAGE = "garage", _("garage")

    building = models.ForeignKey(Building, models.PROTECT, related_name="units", verbose_name=_("building"))
    unit = models.ForeignKey(
        PropertyUnit, models.PROTECT, null=True, related_name="building_units", verbose_name=_("property unit")
    )
    number = models.CharField(_("number"), max_length=20)
    storey = models.SmallIntegerField(_("storey"), default=0)
    use = models.CharField(_("use"), max_length=10, choices=Use.choices, default=Use.FLAT)
    area_m2 = models.DecimalField(_("area (m²)"), max_digits=10, decimal_places=2)

    class Meta:
        verbose_name = _("building unit")
        verbose_name_plural = _("building units")
        ordering = ["building_id", "storey", "number", "pk"]
        constraints = [
            models.UniqueConstraint("building", "number", name="unit_number_is_unique_in_its_building"),
            models.CheckConstraint(name="building_unit_area_is_positive", condition=Q(area_m2__gt=0)),
        ]

    def __str__(self):
        return f"{self.get_use_display()} {self.number}"
