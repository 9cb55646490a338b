"""Shares of a title pass from hand to hand: by sale, gift, or inheritance."""

from fractions import Fraction

from django.db import transaction
from django.utils.translation import gettext as _

from muni.core.errors import BadRequest
from property.models import Case, Party, Right
from property.rules import shares as rules
from property.services.holding import RegisterRefusal, in_force, open_case, shares_of, write_shares

GROUNDS = ("sale", "gift", "inheritance", "decision")


@transaction.atomic
def open_transfer(right, moves, *, by, ground="sale", price=None, note=""):
    """A case that moves shares of an ownership or right of disposal.

    moves: [(from Party, to Party, Fraction of the whole right)], in order. price: whole dinars.
    Raises SharesRefused, UnitHeld, RegisterRefusal, Forbidden.
    """
    if right.kind not in Right.TITLES or right.valid_to is not None:
        raise RegisterRefusal(_("Only an ownership or right of disposal in force can be transferred."))
    if ground not in GROUNDS:
        raise BadRequest(_("Say on what ground the property passes."), fields={"ground": _("Choose one.")})
    refuse_strangers([party for move in moves for party in move[:2]], right.unit.place)
    numbers = [(giver.pk, taker.pk, part) for giver, taker, part in moves]
    if not numbers:
        raise rules.SharesRefused(_("Say which share passes to whom."))
    rules.moved(shares_of(right), numbers)
    proposal = {
        "right": right.pk,
        "moves": [[giver, taker, str(part)] for giver, taker, part in numbers],
        "ground": ground,
        "price": str(price) if price else None,
    }
    return open_case(
        Case.Kind.TRANSFER, place=right.unit.place, units=[right.unit], by=by, proposal=proposal, note=note
    )


def refuse_strangers(parties, place):
    """Raises RegisterRefusal for a card of another register."""
    wanted = {party.pk for party in parties}
    if Party.objects.filter(pk__in=wanted, place=place).count() != len(wanted):
        raise RegisterRefusal(_("A person of another register cannot be entered here: make a card in this register."))


def carry_out(case, *, on):
    (hold,) = case.holds.select_related("unit")
    right = in_force(case.proposal["right"], hold.unit)
    moves = [(giver, taker, Fraction(part)) for giver, taker, part in case.proposal["moves"]]
    after = rules.moved(shares_of(right), moves)
    Right.objects.filter(pk=right.pk).update(valid_to=on, closed_by=case)
    successor = Right.objects.create(
        unit=right.unit, kind=right.kind, valid_from=on, opened_by=case, previous=right, reference=case.number
    )
    write_shares(successor, after)
