"""Exact shares of a right. Shares are {party id: Fraction}; they sum to one."""

from fractions import Fraction

from django.utils.translation import gettext as _

from muni.core.errors import BadRequest

LARGEST_DENOMINATOR = 10**15
"""Inheritance after inheritance makes long fractions; the columns hold 64 bits."""


class SharesRefused(BadRequest):
    code = "shares_refused"


def whole(shares):
    """The shares, checked. Raises SharesRefused unless every share is positive and together they are exactly one."""
    if any(share <= 0 for share in shares.values()):
        raise SharesRefused(_("Every share must be more than nothing."))
    if sum(shares.values()) != 1:
        raise SharesRefused(
            _("The shares sum to %(sum)s and not to one.") % {"sum": sum(shares.values(), start=Fraction())}
        )
    if any(share.denominator > LARGEST_DENOMINATOR for share in shares.values()):
        raise SharesRefused(_("A share's denominator is too long to be registered."))
    return shares


def moved(shares, moves):
    """The shares after parts of them went from hand to hand, in this order.

    moves: [(from party id, to party id, Fraction of the whole right)]. Raises SharesRefused when somebody gives away
    more than they hold, or to themselves.
    """
    after = dict(shares)
    for giver, taker, part in moves:
        if giver == taker:
            raise SharesRefused(_("Nobody can transfer a share to themselves."))
        if part <= 0:
            raise SharesRefused(_("Every share must be more than nothing."))
        if part > after.get(giver, 0):
            raise SharesRefused(
                _("%(part)s is more than the share held, which is %(held)s.")
                % {"part": part, "held": after.get(giver, Fraction())}
            )
        after[giver] -= part
        after[taker] = after.get(taker, Fraction()) + part
        if not after[giver]:
            del after[giver]
    return whole(after)
