"""تحديد الملكية: the parcels of a survey file on their way into the register, all at once."""

from django.contrib.gis.db.models import GeometryField
from django.contrib.postgres.indexes import GistIndex
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from gis_layers.models import Job
from muni.core.space import WebMercator
from muni.core.srids import MUNI_SRID, WEB_MERCATOR
from muni.places.models import Place
from property.models.cases import Case
from property.models.land import Parcel
from property.querysets import SurveyQuerySet, SurveyRowQuerySet


class Survey(Job):
    """A survey file that was read and checked. Its accepted rows become parcels when a second person signs its case."""

    FOLDER = "surveys"

    place = models.ForeignKey(Place, models.PROTECT, related_name="surveys", verbose_name=_("place"))
    case = models.OneToOneField(Case, models.PROTECT, null=True, related_name="survey", verbose_name=_("case"))
    file_name = models.CharField(_("file"), max_length=255)
    file_size = models.PositiveBigIntegerField(_("size"), default=0)
    sha256 = models.CharField(_("checksum (SHA-256)"), max_length=64)
    path = models.CharField(max_length=1000, help_text=_("Where the file lies until its parcels are in the register."))
    facts = models.JSONField(default=list, help_text=_("What the reader found in the file."))
    choices = models.JSONField(default=dict, help_text=_("What the registrar chose."))
    crs = models.CharField(_("coordinate system"), max_length=300, blank=True)
    transformation = models.CharField(_("transformation"), max_length=500, blank=True)
    accuracy = models.FloatField(_("accuracy (m)"), null=True)
    read = models.PositiveBigIntegerField(_("read"), default=0)
    accepted = models.PositiveBigIntegerField(_("accepted"), default=0)
    rejected = models.PositiveBigIntegerField(_("rejected"), default=0)
    counts = models.JSONField(default=dict, help_text=_("How many rows have which finding."))

    objects = SurveyQuerySet.as_manager()

    class Meta:
        verbose_name = _("survey file")
        verbose_name_plural = _("survey files")
        ordering = ["-made_at", "pk"]
        constraints = [
            models.CheckConstraint(
                name="no_surveyed_row_vanishes",
                condition=~Q(state="done") | Q(read=F("accepted") + F("rejected")),
            )
        ]


class SurveyRow(models.Model):
    """A row of a survey file, accepted or rejected, with what was found about it."""

    class Finding(models.TextChoices):
        UNUSABLE = "unusable", _("unusable geometry")
        PIECES = "pieces", _("several pieces")
        SMALL = "small", _("smaller than one square metre")
        VALUE = "value", _("a value that cannot be read")
        NO_NUMBER = "no_number", _("no number")
        REPEATED = "repeated", _("number repeated in the file")
        TAKEN = "taken", _("number taken by a parcel in force")
        DUPLICATE = "duplicate", _("the same shape twice")
        OVERLAP = "overlap", _("overlaps another row")
        STANDING = "standing", _("overlaps a parcel in force")
        OUTSIDE = "outside", _("outside the place")
        REPAIRED = "repaired", _("geometry repaired")
        SLIVER = "sliver", _("sliver")
        AREA_OFF = "area_off", _("area off by more than the tolerance")
        MEASURED = "measured", _("no registered area: the measured one was taken")

    REMARKS = (Finding.REPAIRED, Finding.SLIVER, Finding.AREA_OFF, Finding.MEASURED)
    """What is told of a row that is accepted nevertheless; every other finding rejects its row."""

    id = models.BigIntegerField(primary_key=True, help_text=_("Of the parcel that the row becomes."))
    survey = models.ForeignKey(Survey, models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField(_("row"))
    is_accepted = models.BooleanField(_("accepted"))
    findings = models.JSONField(default=list, help_text=_("[[code, sentence]], in the language of the registrar."))
    told = models.JSONField(default=dict, help_text=_("The row's own values."))
    parcel_no = models.CharField(_("parcel number"), max_length=30, blank=True)
    block_no = models.CharField(_("block number"), max_length=20, blank=True)
    block_name = models.CharField(_("block name"), max_length=200, blank=True)
    land_kind = models.CharField(_("land kind"), max_length=10, choices=Parcel.LandKind.choices, blank=True)
    land_use = models.CharField(_("land use"), max_length=40, choices=Parcel.LandUse.choices, blank=True)
    area_m2 = models.DecimalField(_("registered area (m²)"), max_digits=14, decimal_places=2, null=True)
    accuracy_m = models.DecimalField(_("boundary accuracy (m)"), max_digits=6, decimal_places=2, null=True)
    geom = GeometryField(srid=MUNI_SRID, null=True, spatial_index=False)
    geom_3857 = models.GeneratedField(
        expression=WebMercator("geom"),
        output_field=GeometryField(srid=WEB_MERCATOR, null=True, spatial_index=False),
        db_persist=True,
    )

    objects = SurveyRowQuerySet.as_manager()

    class Meta:
        ordering = ["survey_id", "number"]
        indexes = [GistIndex("geom_3857", name="survey_row_3857", condition=Q(is_accepted=True))]
        constraints = [
            models.UniqueConstraint("survey", "number", name="survey_row_is_told_once"),
            models.CheckConstraint(
                name="accepted_row_can_become_a_parcel",
                condition=Q(is_accepted=False)
                | (~Q(parcel_no="") & ~Q(block_no="") & ~Q(land_kind="") & Q(area_m2__gt=0, geom__isvalid=True)),
            ),
        ]

    def __str__(self):
        return f"{self.survey_id}: {self.number}"
