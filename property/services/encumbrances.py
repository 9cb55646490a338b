"""Mortgages and seizures: entered upon a property, and taken off again."""

from django.db import transaction
from django.utils.translation import gettext as _

from muni.core.errors import BadRequest
from property.models import Case, Right
from property.services.holding import RegisterRefusal, close_rights, in_force, open_case, open_right
from property.services.transfer import refuse_strangers

ENDS = {Case.Kind.RELEASE: Right.Kind.MORTGAGE, Case.Kind.LIFT: Right.Kind.SEIZURE}
"""The act that takes a right off, and the right."""


@transaction.atomic
def open_mortgage(unit, *, creditor, amount, by, reference="", note=""):
    """amount: whole dinars. Raises BadRequest, UnitHeld, RegisterRefusal, Forbidden."""
    if amount <= 0:
        raise BadRequest(_("A mortgage secures an amount."), fields={"amount": _("Fill this in.")})
    if not Right.objects.in_force().filter(unit=unit, kind__in=Right.TITLES).exists():
        raise RegisterRefusal(_("A property without a registered owner cannot be mortgaged."))
    return _open_burden(Case.Kind.MORTGAGE, unit, creditor, by, note, amount=str(amount), reference=reference)


@transaction.atomic
def open_seizure(unit, *, authority, reference, by, note=""):
    """authority: the Party that ordered it; reference: number and date of its decision. Raises as open_mortgage."""
    if not reference.strip():
        raise BadRequest(_("A seizure is ordered by a decision."), fields={"reference": _("Fill this in.")})
    return _open_burden(Case.Kind.SEIZURE, unit, authority, by, note, amount=None, reference=reference)


@transaction.atomic
def open_end(right, *, by, reference="", note=""):
    """A case that releases a mortgage or lifts a seizure."""
    kind = next((act for act, ended in ENDS.items() if ended == right.kind), None)
    if kind is None or right.valid_to is not None:
        raise RegisterRefusal(_("Only a mortgage or a seizure in force can be taken off."))
    proposal = {"right": right.pk, "reference": reference}
    return open_case(kind, place=right.unit.place, units=[right.unit], by=by, proposal=proposal, note=note)


def _open_burden(kind, unit, holder, by, note, **facts):
    refuse_strangers([holder], unit.place)
    proposal = {"holder": holder.pk, **facts}
    return open_case(kind, place=unit.place, units=[unit], by=by, proposal=proposal, note=note)


def carry_out_burden(case, *, on):
    (hold,) = case.holds.select_related("unit")
    facts = case.proposal
    open_right(
        hold.unit,
        Right.Kind(case.kind),
        {facts["holder"]: 1},
        case=case,
        on=on,
        amount=facts["amount"],
        reference=facts["reference"],
    )


def carry_out_end(case, *, on):
    (hold,) = case.holds.select_related("unit")
    right = in_force(case.proposal["right"], hold.unit)
    close_rights(Right.objects.filter(pk=right.pk), case=case, on=on)
