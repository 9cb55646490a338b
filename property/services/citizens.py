"""Citizens and the register: joining an account to a card, and what a holder asks of the office."""

import hashlib
import hmac
import secrets
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from muni.accounts.models import User
from muni.core.errors import BadRequest, DomainError, Forbidden
from muni.documents import issuing
from muni.journal.services import record
from muni.notices.services import notify
from property import access, holders
from property.documents import Extract
from property.models import CitizenRequest, CounterCode, Identification, Party
from property.rules.identity import identity_number
from property.workflow import PREPARE

CODE_LIFE = timedelta(minutes=30)
CODE_DIGITS = 8
MOST_IN_A_DAY = 10
"""Requests of one account."""


class NotIdentified(BadRequest):
    code = "not_identified"


class RequestRefusal(DomainError):
    code = "request_refusal"


@transaction.atomic
def make_code(user):
    """The code, eight digits, that the person reads out at the counter within half an hour; earlier ones are void."""
    User.objects.select_for_update(of=("self",)).get(pk=user.pk)
    CounterCode.objects.filter(user=user, used_at=None).delete()
    code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"
    CounterCode.objects.create(user=user, digest=_digest(code))
    return code


@transaction.atomic
def identify(party, *, code, identifier, by):
    """Joins the account of whoever stands at the counter to the card of a person; returns the Identification.

    code: what they read out. identifier: the number as the official reads it from the identity card; it must be the
    card's. Raises Forbidden, NotIdentified.
    """
    _refuse_others(by, party.place)
    party = Party.objects.select_for_update(of=("self",)).select_related("place").get(pk=party.pk)
    if party.kind != Party.Kind.PERSON:
        raise NotIdentified(_("Only the card of a person can be joined to an account."))
    if not party.identifier:
        raise NotIdentified(_("This card has no identity number, so nobody can be known by it."))
    if identity_number(identifier) != party.identifier:
        raise NotIdentified(
            _("The number on the identity card is not the one in the register."),
            fields={"identifier": _("Compare it with the document again.")},
        )
    fresh = CounterCode.objects.filter(used_at=None, made_at__gt=timezone.now() - CODE_LIFE)
    shown = (
        fresh.select_for_update(of=("self",))
        .filter(digest=_digest(identity_number(code)))
        .select_related("user")
        .first()
    )
    if shown is None or not shown.user.is_active:
        raise NotIdentified(
            _("This code is wrong or too old."), fields={"code": _("Ask for a new one: it is valid for half an hour.")}
        )
    if shown.user == by:
        raise Forbidden(_("Nobody confirms their own account: ask a colleague."))
    if party.identifications.standing().exists():
        raise NotIdentified(_("This card is joined to an account already."))
    CounterCode.objects.filter(pk=shown.pk).update(used_at=timezone.now())
    made = Identification.objects.create(party=party, user=shown.user, confirmed_by=by)
    record(act="property.identify", subject=party.place, by=by, party=party.pk, user=shown.user_id)
    notify(
        [shown.user],
        title=lambda: _("Your account was joined to the property register of %(place)s") % {"place": party.place.name},
        text=lambda: _("If you were not at the counter yourself, tell the register's office at once."),
        url=reverse("property:mine"),
    )
    return made


@transaction.atomic
def end_identification(identification, *, by):
    """The account no longer sees what the card holds: said by an official, or by the person of the account."""
    row = Identification.objects.select_for_update(of=("self",)).select_related("party__place", "user")
    identification = row.get(pk=identification.pk)
    if identification.user_id != by.pk:
        _refuse_others(by, identification.party.place)
    if identification.ended_at is None:
        identification.ended_by, identification.ended_at = by, timezone.now()
        identification.save(update_fields=["ended_by", "ended_at"])
        place = identification.party.place
        record(
            act="property.end_identification",
            subject=place,
            by=by,
            party=identification.party_id,
            user=identification.user_id,
        )
        notify(
            [identification.user],
            title=lambda: (
                _("Your account is no longer joined to the property register of %(place)s") % {"place": place.name}
            ),
            url=reverse("property:mine"),
        )
    return identification


@transaction.atomic
def send_request(unit, kind, *, by, subject="", text=""):
    """What a holder asks about a unit of theirs; returns the CitizenRequest. Raises Forbidden, RequestRefusal."""
    if not holders.units_of(by).filter(pk=unit.pk).exists():
        raise Forbidden(_("You hold no right over this property."))
    User.objects.select_for_update(of=("self",)).get(pk=by.pk)
    mine = holders.requests_of(by)
    if mine.filter(sent_at__gt=timezone.now() - timedelta(days=1)).count() >= MOST_IN_A_DAY:
        raise RequestRefusal(_("You have sent several requests today. Send this one tomorrow."))
    if waiting := mine.waiting().filter(unit=unit, kind=kind).first():
        raise RequestRefusal(
            _("Your request %(number)s about this property waits for its answer.") % {"number": waiting.number}
        )
    if kind == CitizenRequest.Kind.EXTRACT and not unit.parcels.current().exists():
        raise RequestRefusal(_("Extracts are issued for land so far. Ask at the counter about a flat."))
    if kind == CitizenRequest.Kind.ERROR and not (subject and text.strip()):
        raise BadRequest(_("Say what is wrong."), fields={"text": _("Fill this in.")})
    request = CitizenRequest.objects.create(unit=unit, kind=kind, subject=subject, text=text.strip(), sent_by=by)
    record(act="property.request", subject=request, by=by, unit=unit.pk, kind=kind)
    notify(
        User.objects.holding(PREPARE, unit.place),
        title=lambda: f"{request.number}: {request.get_kind_display()}",
        url=reverse("property:request", args=[request.pk]),
        by_letter=False,
    )
    return request


@transaction.atomic
def answer(request, *, text, by):
    """The office answers in words. Raises Forbidden, RequestRefusal."""
    request = _waiting(request, by)
    if not text.strip():
        raise BadRequest(_("Write an answer."), fields={"answer": _("Fill this in.")})
    return _settle(request, CitizenRequest.State.ANSWERED, by=by, answer=text.strip())


@transaction.atomic
def turn_into_case(request, case, *, by):
    """The office opened a case for it, which the holder follows from now on."""
    request = _waiting(request, by)
    if not case.holds.filter(unit=request.unit_id).exists():
        raise RequestRefusal(_("This case is about another property."))
    return _settle(request, CitizenRequest.State.CASE, by=by, case=case)


@transaction.atomic
def issue_extract(request, *, by):
    """The office issues the extract that a holder ordered, who then reads it; returns the request. Only the request is
    locked while the paper is made. Raises Forbidden, RequestRefusal, RegisterRefusal, SubjectChanged."""
    request = _waiting(request, by)
    if not access.can_issue(by, request.unit.place):
        raise Forbidden(_("You may not issue documents of this place's register."))
    if request.kind != CitizenRequest.Kind.EXTRACT:
        raise RequestRefusal(_("This request is not the order of an extract."))
    if not holders.units_of(request.sent_by).filter(pk=request.unit_id).exists():
        raise RequestRefusal(_("Whoever sent it holds no right over this property any more. Answer in words."))
    paper = issuing.issue(request.unit, Extract.id, by=by, applicant=request.sent_by)
    return _settle(request, CitizenRequest.State.ISSUED, by=by, paper=paper)


def _waiting(request, by):
    row = CitizenRequest.objects.select_for_update(of=("self",)).select_related("unit__place", "sent_by")
    request = row.get(pk=request.pk)
    _refuse_others(by, request.unit.place)
    if request.sent_by_id == by.pk:
        raise Forbidden(_("Nobody answers their own request: ask a colleague."))
    if request.state != CitizenRequest.State.SENT:
        raise RequestRefusal(_("This request has been answered already."))
    return request


def _settle(request, state, *, by, **facts):
    request.state, request.answered_by, request.answered_at = state, by, timezone.now()
    for name, value in facts.items():
        setattr(request, name, value)
    request.save(update_fields=["state", "answered_by", "answered_at", *facts])
    record(act="property.answer", subject=request, by=by, state=state, case=request.case_id, paper=request.paper_id)
    notify(
        [request.sent_by],
        title=lambda: _("Your request %(number)s was answered") % {"number": request.number},
        url=reverse("property:my_request", args=[request.pk]),
    )
    return request


def _refuse_others(by, place):
    if not access.can_prepare(by, place) or not access.can_see_persons(by, place):
        raise Forbidden(_("You may not prepare acts in this place's register."))


def _digest(code):
    return hmac.new(settings.SECRET_KEY.encode(), f"counter-code\0{code}".encode(), hashlib.sha256).hexdigest()
