import uuid

from django.conf import settings
from django.contrib.gis.db.models import PointField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from gis_layers.plans.models.plan import Plan
from gis_layers.plans.querysets import ObjectionQuerySet
from muni.core.srids import MUNI_SRID


class Objection(models.Model):
    """What a citizen says about a plan during its consultation. Name and telephone are for those who answer alone."""

    class Stance(models.TextChoices):
        OBJECTS = "objects", _("I object")
        SUPPORTS = "supports", _("I support")

    class State(models.TextChoices):
        DRAFT = "draft", _("being written")
        SUBMITTED = "submitted", _("waiting for an answer")
        ANSWERED = "answered", _("answered")

    class Outcome(models.TextChoices):
        ACCEPTED = "accepted", _("accepted")
        PARTLY = "partly", _("accepted in part")
        REFUSED = "refused", _("not accepted")
        NOTED = "noted", _("noted")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    plan = models.ForeignKey(Plan, models.CASCADE, related_name="objections")
    reference = models.CharField(_("reference"), max_length=20, null=True, unique=True, editable=False)  # noqa: DJ001 - unique
    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.DRAFT)
    stance = models.CharField(_("stance"), max_length=8, choices=Stance.choices, blank=True)
    text = models.TextField(_("what you want to say"), blank=True)
    point = PointField(_("place"), srid=MUNI_SRID, null=True, blank=True)
    name = models.CharField(_("name"), max_length=150)
    phone = models.CharField(_("phone"), max_length=16)
    made_at = models.DateTimeField(auto_now_add=True)
    submitted_at = models.DateTimeField(_("submitted"), null=True, editable=False)
    outcome = models.CharField(_("outcome"), max_length=8, choices=Outcome.choices, blank=True)
    summary = models.TextField(
        _("summary for the public report"),
        blank=True,
        help_text=_("In your words, without names or telephone numbers."),
    )
    answer = models.TextField(_("answer"), blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(_("answered"), null=True, editable=False)

    objects = ObjectionQuerySet.as_manager()

    class Meta:
        verbose_name = _("objection")
        verbose_name_plural = _("objections")
        ordering = ["submitted_at", "pk"]
        permissions = [("answer_objection", _("Can read and answer objections to city plans"))]
        constraints = [
            models.CheckConstraint(
                name="submitted_objection_is_complete",
                condition=Q(state="draft") | (Q(reference__isnull=False) & ~Q(stance="") & ~Q(text="")),
            ),
            models.CheckConstraint(
                name="answered_objection_has_an_answer",
                condition=~Q(state="answered") | (~Q(outcome="") & ~Q(answer="") & ~Q(summary="")),
            ),
        ]

    def __str__(self):
        return self.reference or str(self.pk)
