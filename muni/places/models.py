from django.contrib.gis.db.models import GeometryField, MultiPolygonField
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.contrib.postgres.indexes import GinIndex, GistIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from muni.core.names import Named
from muni.core.periods import Dated, DateRange
from muni.core.space import WebMercator
from muni.core.srids import MUNI_SRID, WEB_MERCATOR
from muni.core.text import Fold
from muni.places.querysets import BoundaryQuerySet, PlaceQuerySet


class Place(Named):
    """A unit of the province. `path` lists the codes from the governorate down, so "below" is a prefix."""

    class Level(models.IntegerChoices):
        GOVERNORATE = 1, _("governorate")
        QADHA = 2, _("qadha")
        NAHIYA = 3, _("nahiya")
        MUNICIPALITY = 4, _("municipality")
        NEIGHBOURHOOD = 5, _("neighbourhood")

    level = models.PositiveSmallIntegerField(_("level"), choices=Level.choices)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    code = models.CharField(_("code"), max_length=40, unique=True, help_text=_("P-code, or the municipality's own"))
    iso_code = models.CharField(_("ISO 3166-2 code"), max_length=6, blank=True)
    path = models.CharField(max_length=250, editable=False, unique=True)
    is_demo = models.BooleanField(_("demo data"), default=False)

    objects = PlaceQuerySet.as_manager()

    class Meta:
        verbose_name = _("place")
        verbose_name_plural = _("places")
        ordering = ["level", "name_ar", "pk"]
        indexes = [
            GinIndex(OpClass(Fold("name_ar"), "gin_trgm_ops"), name="place_name_ar_trgm"),
            GinIndex(OpClass(Fold("name_en"), "gin_trgm_ops"), name="place_name_en_trgm"),
            models.Index(OpClass(F("path"), "varchar_pattern_ops"), name="place_path_prefix"),
        ]
        constraints = [
            models.CheckConstraint(
                name="only_a_governorate_has_no_parent",
                condition=Q(level=1, parent=None) | (Q(level__gt=1) & Q(parent__isnull=False)),
            ),
            models.UniqueConstraint("iso_code", condition=~Q(iso_code=""), name="iso_code_is_unique"),
        ]

    def save(self, *args, **kwargs):
        self.path = f"{self.parent.path if self.parent_id else '/'}{self.code}/"
        super().save(*args, **kwargs)


class Boundary(Dated):
    place = models.ForeignKey(Place, models.CASCADE, related_name="boundaries", verbose_name=_("place"))
    geom = MultiPolygonField(_("boundary"), srid=MUNI_SRID)
    geom_3857 = models.GeneratedField(
        expression=WebMercator("geom"),
        output_field=GeometryField(srid=WEB_MERCATOR, spatial_index=False),
        db_persist=True,
    )
    source = models.CharField(_("source"), max_length=300, blank=True)
    licence = models.CharField(_("licence"), max_length=100, blank=True)

    objects = BoundaryQuerySet.as_manager()

    class Meta:
        verbose_name = _("boundary")
        verbose_name_plural = _("boundaries")
        ordering = ["place_id", "valid_from", "pk"]
        indexes = [GistIndex("geom_3857", name="boundary_3857")]
        constraints = [
            ExclusionConstraint(
                name="a_place_has_one_boundary_at_a_time",
                expressions=[("place", RangeOperators.EQUAL), (DateRange.of_period(), RangeOperators.OVERLAPS)],
            ),
            models.CheckConstraint(
                name="boundary_ends_after_it_begins",
                condition=Q(valid_to=None) | Q(valid_to__gt=F("valid_from")),
                violation_error_message=_("The last day is before the first."),
            ),
        ]

    def __str__(self):
        return f"{self.place} {self.valid_from}"


class BoundaryPiece(models.Model):
    """A boundary cut by ST_Subdivide: small boxes make point look-up quick. Kept by a trigger."""

    boundary = models.ForeignKey(Boundary, models.CASCADE, related_name="pieces")
    geom = GeometryField(srid=MUNI_SRID)

    def __str__(self):
        return f"{self.boundary_id}/{self.pk}"


class Department(Named):
    """An office of a municipality or of a governorate."""

    place = models.ForeignKey(Place, models.PROTECT, related_name="departments", verbose_name=_("place"))
    code = models.SlugField(_("code"), max_length=60)
    is_demo = models.BooleanField(_("demo data"), default=False)

    class Meta:
        verbose_name = _("department")
        verbose_name_plural = _("departments")
        ordering = ["place_id", "name_ar", "pk"]
        constraints = [models.UniqueConstraint("place", "code", name="department_code_is_unique_in_its_place")]
