"""The life of a city plan: which act leads from where to where, and who may do it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from muni.core.workflow import Transition


class State(models.TextChoices):
    DRAFT = "draft", _("draft")
    REVIEW = "review", _("internal review")
    CONSULTATION = "consultation", _("public consultation")
    CONSIDERED = "considered", _("objections considered")
    APPROVED = "approved", _("approved")
    PUBLISHED = "published", _("in force")
    SUPERSEDED = "superseded", _("superseded")


PROPOSED = (State.CONSULTATION, State.CONSIDERED, State.APPROVED)
"""Anybody reads what is proposed, as it was laid open."""

ENACTED = (State.PUBLISHED, State.SUPERSEDED)
PUBLIC = (*PROPOSED, *ENACTED)

TRANSITIONS = {
    "submit": Transition({State.DRAFT}, State.REVIEW, "plans.change_plan"),
    "return": Transition({State.REVIEW}, State.DRAFT, "plans.approve_plan"),
    "open_consultation": Transition({State.REVIEW}, State.CONSULTATION, "plans.approve_plan"),
    "close_consultation": Transition({State.CONSULTATION}, State.CONSIDERED, "plans.change_plan"),
    "revise": Transition({State.CONSIDERED}, State.DRAFT, "plans.change_plan"),
    "approve": Transition({State.CONSIDERED}, State.APPROVED, "plans.approve_plan"),
    "publish": Transition({State.APPROVED}, State.PUBLISHED, "plans.approve_plan"),
    "supersede": Transition({State.PUBLISHED}, State.SUPERSEDED, "plans.approve_plan"),
}
"""A plan is superseded by the act of publishing its successor alone."""

ACTS = {
    "submit": _("Submit for review"),
    "return": _("Return to the planners"),
    "open_consultation": _("Open the consultation"),
    "close_consultation": _("Close the consultation"),
    "revise": _("Revise the draft"),
    "approve": _("Approve by decree"),
    "publish": _("Publish"),
    "supersede": _("Superseded by its successor"),
}
