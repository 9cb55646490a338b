"""Objections: written by a citizen whose telephone was proven, submitted once, answered by the planners."""

import secrets
from datetime import timedelta

from django.conf import settings
from django.contrib.gis.geos import Point
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from gis_layers.plans import access
from gis_layers.plans.models import Objection, Plan
from muni.accounts.models import User
from muni.core.errors import BadRequest, DomainError, Forbidden
from muni.core.phones import has_phone
from muni.core.space import metric_point
from muni.core.srids import LONLAT
from muni.core.text import fold
from muni.documents import services as documents
from muni.documents.models import Attachment
from muni.journal.services import record
from muni.notices.services import notify, send_sms

PURPOSE = "plans.objection"
MAX_FILES = 5
MAX_FROM_A_PHONE = 5
KEPT = timedelta(days=1)
NEIGHBOURS = 5_000
"""Metres from the plan's zones at which people are still concerned."""

_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # none that look alike


class ConsultationClosed(DomainError):
    code = "consultation_closed"


class TooManyObjections(DomainError):
    code = "too_many_objections"
    status = 429


@transaction.atomic
def begin(plan, *, name, phone):
    """An objection to be written by the holder of this telephone, whom check_code() has proven; returns it.

    Drafts of earlier days go. Raises ConsultationClosed, TooManyObjections.
    """
    plan = _locked(plan)
    _refuse_outside_the_days(plan)
    written = plan.objections.filter(phone=phone)
    if written.filter(made_at__gt=timezone.now() - KEPT).count() >= MAX_FROM_A_PHONE:
        raise TooManyObjections(_("This telephone has sent several objections today. Write again tomorrow."))
    forget_drafts(plan.objections.filter(made_at__lt=timezone.now() - KEPT))
    return Objection.objects.create(plan=plan, name=name, phone=phone)


@transaction.atomic
def point_at(objection, *, lon=None, lat=None):
    """Where on the map it is about, in degrees; without them, the whole plan."""
    objection = _draft(objection)
    objection.point = None
    if lon is not None:
        objection.point = metric_point(lon, lat)
        zones = objection.plan.zones.proposals()
        if objection.point is None or not zones.filter(geom__dwithin=(objection.point, NEIGHBOURS)).exists():
            raise BadRequest(_("This place is not on the map of the plan."))
    objection.save(update_fields=["point"])
    return objection


@transaction.atomic
def write(objection, *, stance, text, files=()):
    """What the citizen says, with files (UploadedFile) added to those already there. Raises FileNotTaken."""
    objection = _draft(objection)
    objection.stance, objection.text = stance, text.strip()
    objection.save(update_fields=["stance", "text"])
    if Attachment.objects.about(objection).count() + len(files) > MAX_FILES:
        raise BadRequest(_("At most %(count)d files.") % {"count": MAX_FILES}, fields={"files": _("Send fewer files.")})
    for file in files:
        documents.attach(objection, file, by=None)
    return objection


@transaction.atomic
def remove_file(objection, attachment):
    objection = _draft(objection)
    documents.remove(attachment)
    return objection


@transaction.atomic
def submit(objection):
    """Hands it to the planners and gives it its reference; a second time nothing happens."""
    plan = _locked(objection.plan)
    objection = _held(objection, plan)
    if objection.state != Objection.State.DRAFT:
        return objection
    _refuse_outside_the_days(plan)
    if not (objection.stance and objection.text):
        raise BadRequest(_("Say first whether you object or support, and why."))
    objection.reference = f"{timezone.localdate():%y}-{''.join(secrets.choice(_LETTERS) for _letter in range(7))}"
    objection.state, objection.submitted_at = Objection.State.SUBMITTED, timezone.now()
    objection.save()
    record(act="plans.object", subject=plan, by=None, reference=objection.reference, stance=objection.stance)
    send_sms(
        objection.phone,
        _("Your remark on plan %(number)s was received under the reference %(reference)s.")
        % {"number": plan.number, "reference": objection.reference},
    )
    notify(
        User.objects.holding("plans.answer_objection", plan.place),
        title=lambda: _("A new remark on “%(plan)s”") % {"plan": plan.title},
        url=reverse("plans:objection", args=[plan.pk, objection.pk]),
    )
    return objection


@transaction.atomic
def answer(objection, *, by, outcome, summary, answer):
    """The planners' answer; it may be mended until the consultation is closed. The citizen is told by SMS."""
    plan = _locked(objection.plan)
    objection = _held(objection, plan)
    if not access.can_answer(by, plan):
        raise Forbidden(_("Objections are answered by the planners of the place, until they are all considered."))
    if objection.state == Objection.State.DRAFT:
        raise BadRequest(_("This objection was not submitted."))
    _refuse_personal_data(objection, summary=summary, answer=answer)
    is_first = objection.state == Objection.State.SUBMITTED
    objection.outcome, objection.summary, objection.answer = outcome, summary.strip(), answer.strip()
    objection.state = Objection.State.ANSWERED
    objection.answered_by, objection.answered_at = by, timezone.now()
    objection.save()
    record(act="plans.answer", subject=plan, by=by, reference=objection.reference, outcome=outcome)
    if is_first:
        address = settings.PUBLIC_URL.rstrip("/") + reverse("plans:report", args=[plan.pk])
        send_sms(
            objection.phone,
            _("Your remark %(reference)s was answered: %(outcome)s. The report will be at %(address)s")
            % {
                "reference": objection.reference,
                "outcome": objection.get_outcome_display(),
                "address": address,
            },
        )
    return objection


def _refuse_personal_data(objection, **texts):
    """The report is public: no telephone number stands in it, nor the whole name of whoever wrote."""
    name = fold(objection.name)
    fields = {
        field: _("This is public: leave out names and telephone numbers.")
        for field, text in texts.items()
        if has_phone(text) or (" " in name and name in fold(text))
    }
    if fields:
        raise BadRequest(_("This is public: leave out names and telephone numbers."), fields=fields)


def lonlat(objection):
    """(longitude, latitude) of the place it is about, or None."""
    point = objection.point and Point(objection.point.x, objection.point.y, srid=objection.point.srid)
    return point.transform(LONLAT, clone=True).coords if point else None


def _locked(plan):
    """The plan is locked before its objections, as those who close its consultation do."""
    return Plan.objects.select_for_update(of=("self",)).select_related("place").get(pk=plan.pk)


def _refuse_outside_the_days(plan):
    if not plan.takes_objections:
        raise ConsultationClosed(_("The consultation on this plan is not open."))


def _held(objection, plan):
    """The objection, locked; drafts go when the consultation is closed."""
    objection = plan.objections.select_for_update(of=("self",)).filter(pk=objection.pk).first()
    if objection is None:
        raise ConsultationClosed(_("The consultation on this plan is not open."))
    return objection


def _draft(objection):
    objection = _held(objection, objection.plan)
    if objection.state != Objection.State.DRAFT:
        raise ConsultationClosed(_("This has been submitted already; it cannot be changed any more."))
    return objection


def forget_drafts(objections):
    """Removes those that were never submitted, with their files."""
    for objection in objections.filter(state=Objection.State.DRAFT):
        for attachment in Attachment.objects.about(objection):
            documents.remove(attachment)
        objection.delete()
