from django.conf import settings
from django.contrib.gis.db.models import GeometryField, MultiPolygonField
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeBoundary, RangeOperators
from django.contrib.postgres.indexes import GistIndex
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Func, Q
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from gis_layers.models import Layer
from gis_layers.plans.querysets import PlanQuerySet, PlanZoneQuerySet
from gis_layers.plans.workflow import ENACTED, PUBLIC, State
from gis_layers.rasters.models import RasterSheet
from muni.core.names import Named
from muni.core.space import WebMercator
from muni.core.srids import MUNI_SRID, WEB_MERCATOR
from muni.places.models import Department, Place


class Plan(models.Model):
    """A city plan and where it stands in its life. The draft of its zones is a planner-made layer; what was laid open
    and what is law are PlanZone rows that nothing changes any more."""

    class Kind(models.TextChoices):
        MASTER = "master", _("master plan")
        DETAILED = "detailed", _("detailed plan")

    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices, default=Kind.MASTER)
    number = models.CharField(_("plan number"), max_length=60)
    title_ar = models.CharField(_("Arabic title"), max_length=200)
    title_en = models.CharField(_("English title"), max_length=200, blank=True)
    summary_ar = models.TextField(_("Arabic summary"), blank=True)
    summary_en = models.TextField(_("English summary"), blank=True)
    place = models.ForeignKey(Place, models.PROTECT, related_name="plans", verbose_name=_("place"))
    department = models.ForeignKey(Department, models.PROTECT, related_name="plans", verbose_name=_("department"))
    state = models.CharField(_("state"), max_length=12, choices=State.choices, default=State.DRAFT, editable=False)
    supersedes = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="successors", verbose_name=_("supersedes")
    )
    zone_layer = models.ForeignKey(
        Layer, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("layer of the zones")
    )
    zone_attribute = models.CharField(
        _("attribute with the zone's code"), max_length=63, default="zone", help_text=_("Of the layer of the zones.")
    )
    street_layer = models.ForeignKey(
        Layer, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("layer of the street lines")
    )
    facility_layer = models.ForeignKey(
        Layer, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("layer of the public facilities")
    )
    sheets = models.ManyToManyField(
        RasterSheet,
        through="PlanSheet",
        blank=True,
        related_name="plans",
        verbose_name=_("raster sheets"),
        help_text=_("Scanned sheets of the plan; each is shown to those who may see it."),
    )
    consultation_from = models.DateField(_("consultation from"), null=True, blank=True)
    consultation_to = models.DateField(_("last day of the consultation"), null=True, blank=True)
    considered_at = models.DateTimeField(
        null=True, editable=False, help_text=_("The report holds what was submitted until then.")
    )
    decree_number = models.CharField(_("decree number"), max_length=60, blank=True)
    decree_date = models.DateField(_("decree date"), null=True, blank=True)
    approved_revision = models.PositiveBigIntegerField(null=True, editable=False, help_text=_("Of the zones' layer."))
    approved_street_revision = models.PositiveBigIntegerField(null=True, editable=False)
    approved_facility_revision = models.PositiveBigIntegerField(null=True, editable=False)
    in_force_from = models.DateField(_("in force from"), null=True, blank=True)
    in_force_to = models.DateField(_("in force to"), null=True, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", editable=False)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", editable=False
    )
    made_at = models.DateTimeField(auto_now_add=True)
    is_demo = models.BooleanField(default=False, editable=False)

    objects = PlanQuerySet.as_manager()

    class Meta:
        verbose_name = _("city plan")
        verbose_name_plural = _("city plans")
        ordering = ["place_id", "kind", "-in_force_from", "-pk"]
        permissions = [("approve_plan", _("Can review, approve and publish city plans"))]
        constraints = [
            models.UniqueConstraint(
                "place",
                "number",
                name="plan_number_is_unique_in_its_place",
                violation_error_message=_("There is a plan of this number already."),
            ),
            ExclusionConstraint(
                name="a_place_has_one_master_plan_at_a_time",
                expressions=[
                    ("place", RangeOperators.EQUAL),
                    (
                        Func(
                            "in_force_from",
                            "in_force_to",
                            RangeBoundary(),
                            function="DATERANGE",
                            output_field=DateRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=Q(kind="master", in_force_from__isnull=False),
                violation_error_message=_("Another master plan is in force in this place on these days."),
            ),
            models.CheckConstraint(
                name="consultation_ends_after_it_begins",
                condition=Q(consultation_from=None, consultation_to=None)
                | Q(consultation_from__isnull=False, consultation_to__gte=F("consultation_from")),
                violation_error_message=_("The last day is before the first."),
            ),
            models.CheckConstraint(
                name="plan_in_force_has_a_decree",
                condition=~Q(state__in=["approved", "published", "superseded"])
                | (~Q(decree_number="") & Q(decree_date__isnull=False)),
            ),
            models.CheckConstraint(
                name="only_enacted_plans_are_in_force",
                condition=Q(state__in=ENACTED, in_force_from__isnull=False)
                | (~Q(state__in=ENACTED) & Q(in_force_from=None)),
            ),
            models.CheckConstraint(
                name="superseded_plan_has_an_end",
                condition=Q(state="superseded", in_force_to__isnull=False)
                | (~Q(state="superseded") & Q(in_force_to=None)),
            ),
            models.CheckConstraint(
                name="plan_ends_not_before_it_begins",
                condition=Q(in_force_to=None) | Q(in_force_to__gte=F("in_force_from")),
                violation_error_message=_("The last day is before the first."),
            ),
        ]

    def __str__(self):
        return f"{self.number} · {self.title}"

    def clean(self):
        """A plan ends plans of its own kind and place alone."""
        earlier = self.supersedes
        if earlier and (earlier.place_id, earlier.kind) != (self.place_id, self.kind):
            raise ValidationError(
                {"supersedes": _("A plan supersedes only a plan of the same kind in the same place.")}
            )

    @property
    def title(self):
        return (self.title_ar if get_language() == "ar" else self.title_en) or self.title_ar

    @property
    def summary(self):
        return (self.summary_ar if get_language() == "ar" else self.summary_en) or self.summary_ar

    @property
    def is_public(self):
        return self.state in PUBLIC

    @property
    def is_enacted(self):
        return self.state in ENACTED

    @property
    def takes_objections(self):
        return (
            self.state == State.CONSULTATION and self.consultation_from <= timezone.localdate() <= self.consultation_to
        )

    @property
    def has_report(self):
        """The answers to the objections are public once all are considered, and stay so: citizens hold the address."""
        return self.considered_at is not None

    @property
    def shown_stage(self):
        """The frozen zones that the plan's page shows; None while it is a draft."""
        if self.is_enacted:
            return Stage.LAW
        return Stage.PROPOSAL if self.is_public else None


class PlanSheet(models.Model):
    """A raster sheet of a plan; it cannot be deleted while a plan shows it."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="+")
    rastersheet = models.ForeignKey(RasterSheet, models.PROTECT, related_name="+")

    class Meta:
        db_table = "plans_plan_sheets"
        ordering = ["pk"]
        unique_together = [("plan", "rastersheet")]

    def __str__(self):
        return f"{self.plan_id}/{self.rastersheet_id}"


class ZoneType(Named):
    """What may be built in the zones of one code."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="zone_types")
    code = models.CharField(_("code"), max_length=20, help_text=_("As the layer of the zones has it."))
    colour = models.CharField(
        _("colour"),
        max_length=7,
        default="#f5ecd9",
        validators=[RegexValidator(r"^#[0-9a-fA-F]{6}$", _("A colour as #rrggbb."))],
    )
    uses = models.JSONField(_("permitted uses"), default=list, blank=True, help_text='[{"ar": "…", "en": "…"}]')
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("zone")
        verbose_name_plural = _("zones")
        ordering = ["position", "code", "pk"]
        constraints = [
            models.UniqueConstraint(
                "plan",
                "code",
                name="zone_code_is_unique_in_its_plan",
                violation_error_message=_("The plan has a zone of this code already."),
            )
        ]

    @property
    def use_names(self):
        language = "ar" if get_language() == "ar" else "en"
        return [use.get(language) or use.get("ar", "") for use in self.uses]


class Provision(models.Model):
    """One by-law parameter of a zone, with the clause that sets it."""

    class Parameter(models.TextChoices):
        SETBACK_FRONT = "setback_front", _("front setback")
        SETBACK_SIDE = "setback_side", _("side setback")
        SETBACK_REAR = "setback_rear", _("rear setback")
        COVERAGE = "coverage", _("plot coverage, at most")
        FAR = "far", _("floor area ratio, at most")
        FLOORS = "floors", _("floors, at most")
        HEIGHT = "height", _("height, at most")
        PLOT_AREA_MIN = "plot_area_min", _("plot area, at least")
        FRONTAGE_MIN = "frontage_min", _("frontage, at least")
        PARKING = "parking", _("parking spaces for each dwelling")

    class Unit(models.TextChoices):
        METRE = "m", _("m")
        SQUARE_METRE = "m2", _("m²")
        PERCENT = "%", _("%")
        NUMBER = "1", _("number")

    UNITS = {
        Parameter.COVERAGE: Unit.PERCENT,
        Parameter.FAR: Unit.NUMBER,
        Parameter.FLOORS: Unit.NUMBER,
        Parameter.PARKING: Unit.NUMBER,
        Parameter.PLOT_AREA_MIN: Unit.SQUARE_METRE,
    }
    """Of the parameters that are not lengths."""

    zone_type = models.ForeignKey(ZoneType, models.CASCADE, related_name="provisions")
    parameter = models.CharField(_("parameter"), max_length=14, choices=Parameter.choices)
    value = models.DecimalField(_("value"), max_digits=9, decimal_places=2, validators=[MinValueValidator(0)])
    unit = models.CharField(_("unit"), max_length=2, choices=Unit.choices, editable=False)
    clause = models.CharField(_("clause"), max_length=40)
    text_ar = models.TextField(_("Arabic text"), blank=True)
    text_en = models.TextField(_("English text"), blank=True)
    position = models.PositiveSmallIntegerField(default=0, editable=False)

    class Meta:
        verbose_name = _("provision")
        verbose_name_plural = _("provisions")
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                "zone_type",
                "parameter",
                name="a_zone_sets_each_parameter_once",
                violation_error_message=_("This parameter is set already."),
            )
        ]

    def __str__(self):
        return f"{self.get_parameter_display()} {self.value}"

    def save(self, *args, **kwargs):
        self.unit = self.UNITS.get(self.parameter, self.Unit.METRE)
        super().save(*args, **kwargs)

    @property
    def text(self):
        return (self.text_ar if get_language() == "ar" else self.text_en) or self.text_ar


class Stage(models.TextChoices):
    """What of a plan is frozen, and when: as it was laid open, as it was enacted."""

    PROPOSAL = "proposal", _("proposal")
    LAW = "law", _("law")


class PlanZone(models.Model):
    """A zone as it was laid open (proposal) or enacted (law). Written once."""

    Stage = Stage

    id = models.BigAutoField(primary_key=True)
    plan = models.ForeignKey(Plan, models.CASCADE, related_name="zones")
    stage = models.CharField(max_length=8, choices=Stage.choices)
    zone_type = models.ForeignKey(ZoneType, models.RESTRICT, related_name="zones")
    geom = MultiPolygonField(srid=MUNI_SRID)
    geom_3857 = models.GeneratedField(
        expression=WebMercator("geom"),
        output_field=GeometryField(srid=WEB_MERCATOR, spatial_index=False),
        db_persist=True,
    )

    objects = PlanZoneQuerySet.as_manager()

    class Meta:
        verbose_name = _("zone of a plan")
        verbose_name_plural = _("zones of plans")
        ordering = ["pk"]
        indexes = [GistIndex("geom_3857", name="plan_zone_3857")]

    def __str__(self):
        return f"{self.plan_id}/{self.stage}/{self.pk}"
