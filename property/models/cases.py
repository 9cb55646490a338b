from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from muni.places.models import Place
from property.models.land import Parcel
from property.models.units import PropertyUnit
from property.querysets import CaseQuerySet, HoldQuerySet, SourceQuerySet


class Case(models.Model):
    """An act on the register from its preparation to its signature. `proposal` is what the act's module reads."""

    class Kind(models.TextChoices):
        FIRST = "first", _("first registration")
        SURVEY = "survey", _("registration from a survey")
        TRANSFER = "transfer", _("transfer")
        MORTGAGE = "mortgage", _("mortgage")
        RELEASE = "release", _("release of a mortgage")
        SEIZURE = "seizure", _("seizure")
        LIFT = "lift", _("lifting of a seizure")
        EASEMENT = "easement", _("easement")
        USUFRUCT = "usufruct", _("usufruct")
        WAQF = "waqf", _("waqf condition")
        CLAIM = "claim", _("tenure claim (not registered)")
        END = "end", _("end of a right")
        SPLIT = "split", _("split of a parcel")
        MERGE = "merge", _("merge of parcels")
        BOUNDARY = "boundary", _("boundary correction")
        ERROR = "error", _("error correction")

    class State(models.TextChoices):
        DRAFT = "draft", _("in preparation")
        ASKED = "asked", _("waiting for the citizen")
        SUBMITTED = "submitted", _("waiting for signature")
        SIGNED = "signed", _("signed")
        REFUSED = "refused", _("refused")
        WITHDRAWN = "withdrawn", _("withdrawn")

    ENDED = (State.SIGNED, State.REFUSED, State.WITHDRAWN)

    kind = models.CharField(_("act"), max_length=10, choices=Kind.choices)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.DRAFT)
    place = models.ForeignKey(Place, models.PROTECT, related_name="property_cases", verbose_name=_("place"))
    proposal = models.JSONField(default=dict, encoder=DjangoJSONEncoder, editable=False)
    note = models.TextField(_("note"), blank=True)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("prepared by")
    )
    opened_at = models.DateTimeField(_("opened"), auto_now_add=True)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("submitted by")
    )
    submitted_at = models.DateTimeField(_("submitted"), null=True)
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("signed by")
    )
    ended_at = models.DateTimeField(_("ended"), null=True)
    due_on = models.DateField(_("due"), null=True, editable=False)
    paused_on = models.DateField(_("clock stopped"), null=True, editable=False)
    escalated_at = models.DateTimeField(_("told as overdue"), null=True, editable=False)

    objects = CaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("case")
        verbose_name_plural = _("cases")
        ordering = ["-pk"]
        permissions = [
            ("prepare_case", _("Can prepare acts of the property register")),
            ("sign_case", _("Can sign acts of the property register")),
        ]
        indexes = [models.Index("state", "place", name="case_state_place")]
        constraints = [
            models.CheckConstraint(
                name="a_second_person_signs",
                condition=Q(signed_by=None) | (~Q(signed_by=F("opened_by")) & ~Q(signed_by=F("submitted_by"))),
            ),
            models.CheckConstraint(
                name="signed_case_names_its_signatory",
                condition=Q(state="signed", signed_by__isnull=False) | (~Q(state="signed") & Q(signed_by=None)),
            ),
        ]

    def __str__(self):
        return f"{self.number} {self.get_kind_display()}"

    @property
    def number(self):
        return f"{self.opened_at:%Y}/{self.pk}"

    @property
    def has_ended(self):
        return self.state in self.ENDED


class Step(models.Model):
    """A move that a case made, and what was said with it. Notes may name persons, so they are not in the journal."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="steps", verbose_name=_("case"))
    move = models.CharField(_("move"), max_length=10)
    source = models.CharField(_("before"), max_length=10, choices=Case.State.choices)
    target = models.CharField(_("after"), max_length=10, choices=Case.State.choices)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("at"), auto_now_add=True)
    note = models.TextField(_("note"), blank=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self):
        return f"{self.case_id}: {self.move}"


class Hold(models.Model):
    """What a case touches; until it is released no second case may touch it."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="holds")
    unit = models.ForeignKey(PropertyUnit, models.PROTECT, null=True, related_name="holds")
    parcel = models.ForeignKey(Parcel, models.PROTECT, null=True, related_name="holds")
    is_released = models.BooleanField(default=False)

    objects = HoldQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="hold_is_of_a_unit_or_of_a_parcel",
                condition=Q(unit=None, parcel__isnull=False) | Q(unit__isnull=False, parcel=None),
            ),
            models.UniqueConstraint("unit", condition=Q(is_released=False), name="unit_is_held_by_one_case"),
            models.UniqueConstraint("parcel", condition=Q(is_released=False), name="parcel_is_held_by_one_case"),
        ]

    def __str__(self):
        return f"{self.case_id}: {self.unit_id or self.parcel_id}"


class Source(models.Model):
    """LA_Source: the paper that an act stands on. Its scan is an attachment."""

    class Kind(models.TextChoices):
        DEED = "deed", _("deed")
        CONTRACT = "contract", _("contract")
        DECISION = "decision", _("decision of a court or an office")
        SURVEY = "survey", _("survey plan")
        PHOTOGRAPH = "photograph", _("photograph")
        STATEMENT = "statement", _("statement of witnesses")

    case = models.ForeignKey(Case, models.CASCADE, related_name="sources", verbose_name=_("case"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    number = models.CharField(_("number"), max_length=60, blank=True)
    dated = models.DateField(_("date"), null=True, blank=True)
    issuer = models.CharField(_("issued by"), max_length=200, blank=True)

    objects = SourceQuerySet.as_manager()

    class Meta:
        verbose_name = _("source")
        verbose_name_plural = _("sources")
        ordering = ["pk"]

    def __str__(self):
        return f"{self.get_kind_display()} {self.number}".strip()
