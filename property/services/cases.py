"""The life of a case after it was opened: submitted, signed or refused, withdrawn; and tried out before."""

from dataclasses import dataclass

from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from muni.accounts.models import User
from muni.core.errors import BadRequest, DomainError, Forbidden
from muni.core.workflow import step
from muni.documents.issuing import supersede
from muni.journal.services import record
from muni.notices.services import notify
from property import access
from property.clock import turn
from property.models import Case, Parcel, PropertyUnit, Right, Step
from property.services import encumbrances, first, parcels, surveys, transfer
from property.services.holding import BROKEN, RegisterRefusal, changing, drop_pending, refuse_forbidden, touched
from property.services.telling import tell_holders
from property.workflow import MOVES, SIGN, STARTING, STOPPING, TRANSITIONS

CARRY_OUT = {
    Case.Kind.FIRST: first.carry_out,
    Case.Kind.SURVEY: surveys.carry_out,
    Case.Kind.TRANSFER: transfer.carry_out,
    Case.Kind.MORTGAGE: encumbrances.carry_out_burden,
    Case.Kind.SEIZURE: encumbrances.carry_out_burden,
    Case.Kind.EASEMENT: encumbrances.carry_out_burden,
    Case.Kind.USUFRUCT: encumbrances.carry_out_burden,
    Case.Kind.WAQF: encumbrances.carry_out_burden,
    Case.Kind.CLAIM: encumbrances.carry_out_burden,
    Case.Kind.END: encumbrances.carry_out_end,
    Case.Kind.RELEASE: encumbrances.carry_out_end,
    Case.Kind.LIFT: encumbrances.carry_out_end,
    Case.Kind.SPLIT: parcels.carry_out_split,
    Case.Kind.MERGE: parcels.carry_out_merge,
    Case.Kind.BOUNDARY: parcels.carry_out_correction,
    Case.Kind.ERROR: parcels.carry_out_correction,
}

_MOVED = ("state", "submitted_by", "submitted_at", "signed_by", "ended_at")
_CHECKS = "right_has_shares, shares_sum_to_one, right_lives_within_its_unit, unit_holds_its_rights"


LISTED = 100
"""Parcels of a case that its page lists: a survey brings thousands."""


@dataclass(frozen=True)
class Outcome:
    """What signing would do. refusal: the sentence that stands in the way, else ""; the rest is then empty."""

    refusal: str = ""
    closed_parcels: tuple = ()
    opened_parcels: tuple = ()
    closed_rights: tuple = ()
    opened_rights: tuple = ()


@transaction.atomic
def submit(case, *, by, note=""):
    """The registrar hands the case over for signature. Raises RegisterRefusal where signing it would be refused."""
    case = _begin(case, "submit", by)
    if refusal := simulate(case).refusal:
        raise RegisterRefusal(refusal)
    case.submitted_by, case.submitted_at = by, timezone.now()
    return _end(case, "submit", by, note)


@transaction.atomic
def change(case, propose, *, by):
    """What a case in preparation proposes, proposed anew: `propose()` calls the act's own `open_…`. The case keeps its
    number, its papers and its term. Raises what opening raises."""
    case = _begin(case, "submit", by)
    case.holds.all().delete()
    drop_pending(case)
    with changing(case):
        propose()
    Step.objects.create(case=case, move="change", source=case.state, target=case.state, by=by)
    return case


@transaction.atomic
def ask(case, *, by, note):
    """The registrar needs something of the citizen, who reads the note; the clock stands still until they bring it."""
    case = _begin(case, "ask", by)
    if not note.strip():
        raise BadRequest(_("Say what the citizen should bring."), fields={"note": _("Fill this in.")})
    return _end(case, "ask", by, note)


@transaction.atomic
def resume(case, *, by, note=""):
    """The citizen has brought it; the clock goes on."""
    return _end(_begin(case, "resume", by), "resume", by, note)


@transaction.atomic
def withdraw(case, *, by, note=""):
    """The registrar takes the case back; what it held is free again."""
    case = _begin(case, "withdraw", by)
    _let_go(case)
    return _end(case, "withdraw", by, note)


@transaction.atomic
def give_back(case, *, by, note):
    """The second person gives it back and says why."""
    case = _begin(case, "return", by)
    _refuse_silence(note)
    return _end(case, "return", by, note)


@transaction.atomic
def refuse(case, *, by, note):
    """The second person refuses the act and says why; what it held is free again."""
    case = _begin(case, "refuse", by)
    _refuse_silence(note)
    _let_go(case)
    return _end(case, "refuse", by, note)


@transaction.atomic
def sign(case, *, by, note=""):
    """Carries the act out, as of today. Raises RegisterRefusal with what stands in the way."""
    case = _begin(case, "sign", by)
    _carry_out(case)
    supersede(_papers_of(case), by=by, case=case.number)
    case.signed_by = by
    case.holds.update(is_released=True)
    return _end(case, "sign", by, note)


def simulate(case):
    """The Outcome of signing the case now; nothing is changed. Of a survey only what stands in its way."""
    if case.kind == Case.Kind.SURVEY:
        return Outcome(refusal=surveys.refusal(case))
    with transaction.atomic():
        try:
            with transaction.atomic():
                _lock_held(case)
                _carry_out(case)
                found = outcome(case)
                raise _Undone
        except _Undone:
            return found
        except DomainError as error:
            return Outcome(refusal=error.message)


class _Undone(Exception):
    """Takes a simulation back."""


def outcome(case):
    described = Right.objects.select_related("unit").with_shares()
    return Outcome(
        closed_parcels=tuple(case.closed_parcels.all()),
        opened_parcels=tuple(case.opened_parcels.current().defer("geom", "geom_3857")[:LISTED]),
        closed_rights=tuple(described.filter(closed_by=case)),
        opened_rights=tuple(described.filter(opened_by=case)),
    )


def _carry_out(case):
    """Raises RegisterRefusal also for what only the database refuses."""
    units = [hold.unit_id for hold in case.holds.all() if hold.unit_id]
    refuse_forbidden(case.kind, units, case.proposal)
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            CARRY_OUT[case.kind](case, on=timezone.localdate())
            cursor.execute(f"SET CONSTRAINTS {_CHECKS} IMMEDIATE")
            cursor.execute(f"SET CONSTRAINTS {_CHECKS} DEFERRED")
    except IntegrityError as error:
        broken = BROKEN.get(error.__cause__.diag.constraint_name)
        if broken is None:
            raise
        raise RegisterRefusal(broken()) from None


def _papers_of(case):
    """What a signed case makes every earlier paper over untrue: the units it held, the parcels it closed."""
    return [*(hold.unit for hold in case.holds.select_related("unit") if hold.unit), *case.closed_parcels.all()]


def _begin(case, move, by):
    """The case, locked with what it holds, when the move is possible now and allowed to `by`."""
    case = Case.objects.select_for_update(of=("self",)).select_related("place").get(pk=case.pk)
    if not access.can_move(by, case, move):
        raise Forbidden(_("You may not do this with this case; signing is for a second person."))
    step(TRANSITIONS, move, case.state)
    _lock_held(case)
    return case


def _lock_held(case):
    held = case.holds.all()
    for model, name in ((PropertyUnit, "unit"), (Parcel, "parcel")):
        rows = model.objects.filter(pk__in=held.values(name)).order_by("pk")
        list(rows.select_for_update(of=("self",)).values_list("pk"))


def _let_go(case):
    """Frees what the case held and takes its pending parcels away."""
    case.holds.update(is_released=True)
    drop_pending(case)


def _end(case, move, by, note):
    source, case.state = case.state, TRANSITIONS[move].target
    if case.has_ended:
        case.ended_at = timezone.now()
    if move in STOPPING | STARTING:
        turn(case, stands_still=move in STOPPING)
    case.save(update_fields=[*_MOVED, "due_on", "paused_on", "escalated_at"])
    Step.objects.create(case=case, move=move, source=source, target=case.state, by=by, note=note)
    record(act=f"property.{move}", subject=case, by=by, case=case.kind, **touched(case))
    concerned = User.objects.filter(pk__in={case.opened_by_id, case.submitted_by_id} - {None})
    if case.state == Case.State.SUBMITTED:
        concerned = concerned | User.objects.holding(SIGN, case.place)
    notify(
        [user for user in concerned.distinct() if user.pk != by.pk],
        title=lambda: f"{case.number} {case.get_kind_display()}: {MOVES[move]}",
        text=note,
        url=reverse("property:case", args=[case.pk]),
    )
    tell_holders(case)
    return case


def _refuse_silence(note):
    if not note.strip():
        raise BadRequest(_("Say why, so that the registrar knows what to mend."), fields={"note": _("Fill this in.")})
