from django.conf import settings
from django.contrib.gis.db.models import GeometryField
from django.contrib.postgres.indexes import GistIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from gis_layers.models import Job, Layer
from gis_layers.quality.checks import KINDS, Kind
from gis_layers.quality.checks.base import metres
from gis_layers.quality.querysets import FindingQuerySet, RuleQuerySet
from muni.core.space import WebMercator
from muni.core.srids import LONLAT, MUNI_SRID, WEB_MERCATOR


class Rule(models.Model):
    """What a layer's features have to fulfil. `parameters` are those that its kind declares (see checks)."""

    class Severity(models.TextChoices):
        BLOCKING = "blocking", _("stops publication")
        WARNING = "warning", _("warning")
        NOTE = "note", _("note")

    layer = models.ForeignKey(Layer, models.CASCADE, related_name="quality_rules", verbose_name=_("layer"))
    kind = models.CharField(_("rule"), max_length=20, choices=Kind.choices)
    severity = models.CharField(_("severity"), max_length=8, choices=Severity.choices, default=Severity.WARNING)
    tolerance = models.FloatField(_("tolerance (m)"), default=0)
    parameters = models.JSONField(_("parameters"), default=dict, blank=True)

    objects = RuleQuerySet.as_manager()

    class Meta:
        verbose_name = _("quality rule")
        verbose_name_plural = _("quality rules")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(name="tolerance_is_a_distance", condition=Q(tolerance__gte=0, tolerance__lt=1000))
        ]

    def __str__(self):
        return self.definition.title_of(self)

    @property
    def tolerance_text(self):
        return metres(self.tolerance)

    @property
    def definition(self):
        """The kind that does the work, see checks.KINDS."""
        return KINDS[self.kind]


class Run(Job):
    """One look at all features of a layer under its rules, in the background; `total` and `progress` count rules."""

    FOLDER = "quality"

    layer = models.ForeignKey(Layer, models.CASCADE, related_name="quality_runs", verbose_name=_("layer"))
    layer_revision = models.PositiveBigIntegerField(_("revision"), null=True)
    feature_count = models.PositiveBigIntegerField(_("features"), default=0)

    class Meta:
        verbose_name = _("quality run")
        verbose_name_plural = _("quality runs")
        ordering = ["-made_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                "layer", condition=Q(state__in=["queued", "running"]), name="one_quality_run_of_a_layer_at_a_time"
            )
        ]

    @property
    def is_under_way(self):
        return self.state in {self.State.QUEUED, self.State.RUNNING}


class Finding(models.Model):
    """Where a feature breaks a rule. `run` is the layer's last whole run; None where a draft was checked.

    feature_no: the feature; None for a gap, and for a rule that could not be checked. other_no: the second feature.
    subject, fingerprint: what a waiver holds on to: which features, and how they were.
    value: what was measured, in the kind's unit. details: what the sentence names besides.
    """

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(Run, models.CASCADE, related_name="findings", verbose_name=_("run"), null=True)
    rule = models.ForeignKey(Rule, models.CASCADE, related_name="findings", verbose_name=_("rule"))
    feature_no = models.BigIntegerField(_("feature"), null=True)
    other_no = models.BigIntegerField(_("other feature"), null=True)
    subject = models.CharField(max_length=60)
    fingerprint = models.CharField(max_length=32)
    value = models.FloatField(_("measured"), null=True)
    details = models.JSONField(_("details"), default=dict)
    geom = GeometryField(srid=MUNI_SRID, null=True, spatial_index=False)
    geom_3857 = models.GeneratedField(
        expression=WebMercator("geom"),
        output_field=GeometryField(srid=WEB_MERCATOR, null=True, spatial_index=False),
        db_persist=True,
    )

    objects = FindingQuerySet.as_manager()

    class Meta:
        verbose_name = _("finding")
        verbose_name_plural = _("findings")
        ordering = ["pk"]
        indexes = [
            GistIndex("geom_3857", name="finding_3857"),
            models.Index("rule", "subject", "fingerprint", name="finding_of_a_rule"),
        ]

    def __str__(self):
        return self.sentence

    @property
    def box(self):
        """ "west south east north" in degrees."""
        return " ".join(f"{edge:.7f}" for edge in self.geom.transform(LONLAT, clone=True).extent)

    @property
    def sentence(self):
        """What is wrong, in the reader's language."""
        if reason := self.details.get("failed"):
            return str(_("The rule could not be checked: %s") % reason)
        return self.rule.definition.sentence(self)

    @property
    def unit(self):
        return self.rule.definition.unit

    @property
    def severity(self):
        return self.rule.severity


class Waiver(models.Model):
    """An exception: somebody answers with their name for a finding that may stay. It holds until a feature that it is
    about changes, because then the fingerprint is another."""

    rule = models.ForeignKey(Rule, models.CASCADE, related_name="waivers", verbose_name=_("rule"))
    subject = models.CharField(max_length=60)
    fingerprint = models.CharField(max_length=32)
    feature_no = models.BigIntegerField(_("feature"), null=True)
    reason = models.CharField(_("reason"), max_length=500)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("at"), auto_now_add=True)

    class Meta:
        verbose_name = _("exception to a quality rule")
        verbose_name_plural = _("exceptions to quality rules")
        ordering = ["-at", "pk"]
        constraints = [
            models.UniqueConstraint("rule", "subject", "fingerprint", name="a_finding_has_one_exception"),
            models.CheckConstraint(name="an_exception_needs_a_reason", condition=~Q(reason="")),
        ]

    def __str__(self):
        return f"{self.rule} · {self.subject}"
