"""What joins the register to citizens: which account is whose card, what they ask, and who looked at their record."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from muni.accounts.models import Role
from muni.documents.models import Issued
from muni.places.models import Department
from property.models.cases import Case
from property.models.rights import Party
from property.models.units import PropertyUnit
from property.querysets import IdentificationQuerySet, RequestQuerySet


class CounterCode(models.Model):
    """A code that a signed-in person reads out at the counter: it proves that the account is theirs. Only its keyed
    digest is kept."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="counter_codes")
    digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self):
        return str(self.pk)


class Identification(models.Model):
    """The checked fact that an account belongs to the person of a card: an official has seen the identity card."""

    party = models.ForeignKey(Party, models.PROTECT, related_name="identifications", verbose_name=_("party"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="identifications", verbose_name=_("account")
    )
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("confirmed by")
    )
    confirmed_at = models.DateTimeField(_("confirmed"), auto_now_add=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(_("ended"), null=True)

    objects = IdentificationQuerySet.as_manager()

    class Meta:
        verbose_name = _("identification")
        verbose_name_plural = _("identifications")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint("party", condition=Q(ended_at=None), name="card_belongs_to_one_account"),
            models.CheckConstraint(
                name="nobody_confirms_their_own_account", condition=~Q(user=models.F("confirmed_by"))
            ),
            models.CheckConstraint(
                name="ended_identification_says_by_whom",
                condition=Q(ended_at=None, ended_by=None) | Q(ended_at__isnull=False, ended_by__isnull=False),
            ),
        ]

    def __str__(self):
        return str(self.pk)


class CitizenRequest(models.Model):
    """What a holder asks of the office about a property of theirs. What they write may name persons: it is read by
    themselves and by the officials of the register alone."""

    class Kind(models.TextChoices):
        ERROR = "error", _("report of an error")
        EXTRACT = "extract", _("order of an extract")

    class State(models.TextChoices):
        SENT = "sent", _("waiting for an answer")
        ANSWERED = "answered", _("answered")
        CASE = "case", _("a case was opened")
        ISSUED = "issued", _("the document was issued")

    class Subject(models.TextChoices):
        PERSON = "person", _("my name or identity number")
        SHARE = "share", _("a share or a right")
        AREA = "area", _("the area")
        BOUNDARY = "boundary", _("the boundary on the map")
        NUMBER = "number", _("the parcel or block number")
        OTHER = "other", _("something else")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.SENT)
    unit = models.ForeignKey(PropertyUnit, models.PROTECT, related_name="requests", verbose_name=_("property unit"))
    subject = models.CharField(_("what is wrong"), max_length=10, choices=Subject.choices, blank=True)
    text = models.TextField(_("in your words"), blank=True)
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="property_requests", verbose_name=_("sent by")
    )
    sent_at = models.DateTimeField(_("sent"), auto_now_add=True)
    answer = models.TextField(_("answer"), blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("answered by")
    )
    answered_at = models.DateTimeField(_("answered"), null=True)
    case = models.ForeignKey(Case, models.PROTECT, null=True, related_name="requests", verbose_name=_("case"))
    paper = models.ForeignKey(Issued, models.PROTECT, null=True, related_name="+", verbose_name=_("document"))

    objects = RequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("request")
        verbose_name_plural = _("requests")
        ordering = ["-pk"]
        indexes = [models.Index("unit", "state", name="request_unit_state")]
        constraints = [
            models.UniqueConstraint(
                "unit", "sent_by", "kind", condition=Q(state="sent"), name="one_open_request_of_a_kind"
            ),
            models.CheckConstraint(
                name="whoever_asks_does_not_answer",
                condition=Q(answered_by=None) | ~Q(answered_by=models.F("sent_by")),
            ),
        ]

    def __str__(self):
        return self.number

    @property
    def number(self):
        return f"R{self.sent_at:%Y}/{self.pk}"


class Look(models.Model):
    """An official saw persons of a property. Rows are only ever added: the database refuses anything else. The holders
    read when, in which office and role, and why; who it was is kept for an inquiry."""

    class Purpose(models.TextChoices):
        PARCEL = "parcel", _("opened the page of the parcel")
        SEARCH = "search", _("searched for a person")
        CASE = "case", _("worked on a case")
        PREPARE = "prepare", _("prepared an act")
        CARD = "card", _("opened the card of a holder")
        REQUEST = "request", _("read a request of a holder")
        PAPER = "paper", _("opened a document")

    unit = models.ForeignKey(PropertyUnit, models.PROTECT, related_name="looks", verbose_name=_("property unit"))
    purpose = models.CharField(_("purpose"), max_length=10, choices=Purpose.choices)
    case = models.ForeignKey(Case, models.PROTECT, null=True, related_name="looks", verbose_name=_("case"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))
    department = models.ForeignKey(
        Department, models.PROTECT, null=True, related_name="+", verbose_name=_("department")
    )
    role = models.ForeignKey(Role, models.PROTECT, null=True, related_name="+", verbose_name=_("role"))
    at = models.DateTimeField(_("at"), auto_now_add=True)

    class Meta:
        verbose_name = _("look at a record")
        verbose_name_plural = _("looks at records")
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["unit", "-at"], name="look_unit_at")]

    def __str__(self):
        return str(self.pk)
