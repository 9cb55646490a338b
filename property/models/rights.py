from fractions import Fraction

from django.contrib.gis.db.models import GeometryField
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from muni.core.periods import Dated, DateRange
from muni.core.srids import MUNI_SRID
from muni.core.text import Fold
from muni.places.models import Place
from property.models.units import PropertyUnit
from property.querysets import PartyQuerySet, RightQuerySet


class Party(models.Model):
    """LA_Party: who may hold a right. A card of one register: its place's registrars see it, no others."""

    class Kind(models.TextChoices):
        PERSON = "person", _("person")
        ORGANISATION = "organisation", _("organisation")
        STATE = "state", _("state body")
        GROUP = "group", _("group")

    place = models.ForeignKey(Place, models.PROTECT, related_name="parties", verbose_name=_("place"))
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices, default=Kind.PERSON)
    name = models.CharField(_("name"), max_length=200)
    identifier = models.CharField(
        _("identity number"), max_length=30, blank=True, help_text=_("Of the national card, or of the registration.")
    )
    members = models.ManyToManyField("self", through="GroupMember", symmetrical=False, related_name="groups")
    is_demo = models.BooleanField(_("demo data"), default=False)

    objects = PartyQuerySet.as_manager()

    class Meta:
        verbose_name = _("party")
        verbose_name_plural = _("parties")
        ordering = ["name", "pk"]
        indexes = [
            GinIndex(OpClass(Fold("name"), "gin_trgm_ops"), name="party_name_trgm"),
            models.Index("identifier", name="party_identifier"),
        ]
        constraints = [
            models.UniqueConstraint(
                "place",
                "identifier",
                condition=~Q(identifier=""),
                name="identity_number_is_unique_in_its_register",
                violation_error_message=_("This register already has a card with this identity number."),
            )
        ]

    def __str__(self):
        return self.name


class GroupMember(models.Model):
    """LA_PartyMember: who belongs to a group, such as heirs before they divide."""

    group = models.ForeignKey(Party, models.CASCADE, related_name="memberships", verbose_name=_("group"))
    member = models.ForeignKey(Party, models.PROTECT, related_name="+", verbose_name=_("member"))

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint("group", "member", name="member_is_once_in_a_group"),
            models.CheckConstraint(name="group_is_not_its_own_member", condition=~Q(group=F("member"))),
        ]

    def __str__(self):
        return f"{self.group_id}/{self.member_id}"


class Right(Dated):
    """LA_RRR: a right, restriction or responsibility over a unit, held by parties in exact shares. Never changed: its
    successor names it as `previous`."""

    class Kind(models.TextChoices):
        OWNERSHIP = "ownership", _("ownership")
        DISPOSAL = "disposal", _("right of disposal (tasarruf)")
        USUFRUCT = "usufruct", _("usufruct")
        LEASE = "lease", _("lease")
        MORTGAGE = "mortgage", _("mortgage")
        SEIZURE = "seizure", _("seizure")
        WAQF = "waqf", _("waqf condition")
        EASEMENT = "easement", _("easement")
        CLAIM = "claim", _("tenure claim (not registered)")

    TITLES = (Kind.OWNERSHIP, Kind.DISPOSAL)
    """What is bought and inherited: one of each over a unit at a time."""

    unit = models.ForeignKey(PropertyUnit, models.PROTECT, related_name="rights", verbose_name=_("property unit"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    amount = models.DecimalField(_("amount (IQD)"), max_digits=18, decimal_places=0, null=True, blank=True)
    reference = models.CharField(_("number of the deed or decision"), max_length=120, blank=True)
    geom = GeometryField(_("area of the easement"), srid=MUNI_SRID, null=True, blank=True)
    on_share_of = models.ForeignKey(
        Party,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="burdens",
        verbose_name=_("on the share of"),
        help_text=_("Whose share alone a mortgage or a seizure burdens; empty: the whole property."),
    )
    previous = models.ForeignKey("self", models.PROTECT, null=True, editable=False, related_name="successors")
    opened_by = models.ForeignKey("Case", models.PROTECT, null=True, editable=False, related_name="opened_rights")
    closed_by = models.ForeignKey("Case", models.PROTECT, null=True, editable=False, related_name="closed_rights")

    objects = RightQuerySet.as_manager()

    class Meta:
        verbose_name = _("right")
        verbose_name_plural = _("rights")
        ordering = ["unit_id", "valid_from", "pk"]
        constraints = [
            ExclusionConstraint(
                name="unit_has_one_title_of_a_kind_at_a_time",
                expressions=[
                    ("unit", RangeOperators.EQUAL),
                    ("kind", RangeOperators.EQUAL),
                    (DateRange.of_period(), RangeOperators.OVERLAPS),
                ],
                condition=Q(kind__in=("ownership", "disposal")),
            ),
            models.CheckConstraint(
                name="right_ends_not_before_it_begins", condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from"))
            ),
            models.CheckConstraint(
                name="only_an_easement_has_an_area_of_its_own", condition=Q(geom=None) | Q(kind="easement")
            ),
            models.CheckConstraint(
                name="only_mortgage_and_seizure_burden_one_share",
                condition=Q(on_share_of=None) | Q(kind__in=("mortgage", "seizure")),
            ),
            models.CheckConstraint(name="amount_is_positive", condition=Q(amount=None) | Q(amount__gt=0)),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} {self.pk}"


class Share(models.Model):
    """A party's part of a right; the parts of a right sum to exactly one."""

    right = models.ForeignKey(Right, models.CASCADE, related_name="shares", verbose_name=_("right"))
    party = models.ForeignKey(Party, models.PROTECT, related_name="shares", verbose_name=_("party"))
    numerator = models.BigIntegerField(_("numerator"), default=1)
    denominator = models.BigIntegerField(_("denominator"), default=1)

    class Meta:
        verbose_name = _("share")
        verbose_name_plural = _("shares")
        ordering = ["right_id", "pk"]
        constraints = [
            models.UniqueConstraint("right", "party", name="party_has_one_share_of_a_right"),
            models.CheckConstraint(
                name="share_is_more_than_nothing_and_at_most_the_whole",
                condition=Q(numerator__gt=0, denominator__gte=F("numerator")),
            ),
        ]

    def __str__(self):
        return f"{self.fraction}"

    @property
    def fraction(self):
        return Fraction(self.numerator, self.denominator)
