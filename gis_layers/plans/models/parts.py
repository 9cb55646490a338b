from django.contrib.gis.db.models import GeometryField
from django.contrib.postgres.indexes import GistIndex
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from gis_layers.plans.models.plan import Plan, Stage
from muni.core.space import WebMercator
from muni.core.srids import MUNI_SRID, WEB_MERCATOR


class PlanPart(models.Model):
    """The street lines or the public facilities of a plan as they were laid open or enacted, with the words that
    described them. Written once, with the zones of that stage."""

    class Kind(models.TextChoices):
        STREETS = "streets", _("street lines")
        FACILITIES = "facilities", _("public facilities")

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="parts")
    stage = models.CharField(max_length=8, choices=Stage.choices)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    layer = models.CharField(max_length=60, help_text=_("Address of the layer in which they were drawn."))
    revision = models.PositiveBigIntegerField(help_text=_("Of the layer."))
    schema = models.JSONField(default=list)
    description = models.JSONField(default=dict)
    label_field = models.CharField(max_length=63, blank=True)

    class Meta:
        verbose_name = _("part of a plan")
        verbose_name_plural = _("parts of plans")
        ordering = ["plan_id", "stage", "-kind"]
        constraints = [models.UniqueConstraint("plan", "stage", "kind", name="a_plan_has_one_part_of_each_kind")]

    def __str__(self):
        return f"{self.plan_id}/{self.kind}"

    @property
    def title(self):
        told = self.description
        return (told["title_ar"] if get_language() == "ar" else told["title_en"]) or told["title_ar"]


class PlanFeature(models.Model):
    """A street line or a public facility of a plan that was laid open or is law."""

    id = models.BigAutoField(primary_key=True)
    part = models.ForeignKey(PlanPart, models.CASCADE, related_name="features")
    number = models.BigIntegerField(help_text=_("Of the feature in its layer."))
    attributes = models.JSONField(default=dict)
    geom = GeometryField(srid=MUNI_SRID, spatial_index=False)
    geom_3857 = models.GeneratedField(
        expression=WebMercator("geom"),
        output_field=GeometryField(srid=WEB_MERCATOR, spatial_index=False),
        db_persist=True,
    )

    class Meta:
        verbose_name = _("feature of a plan")
        verbose_name_plural = _("features of plans")
        ordering = ["number", "pk"]
        indexes = [GistIndex("part", "geom_3857", name="plan_feature_3857")]

    def __str__(self):
        return f"{self.part_id}/{self.number}"
