"""First registration: a parcel that is on the map gets its first rights, and its unit where it has none."""

from fractions import Fraction

from django.db import transaction
from django.utils.translation import gettext as _

from property import access
from property.models import Case, Parcel, Right
from property.rules.shares import whole
from property.services.holding import RegisterRefusal, current_parcel, open_case, open_right, open_unit
from property.services.transfer import refuse_strangers

FIRST_RIGHTS = (Right.Kind.OWNERSHIP, Right.Kind.DISPOSAL, Right.Kind.WAQF, Right.Kind.CLAIM)


@transaction.atomic
def open_first(parcel, kind, shares, *, by, place, note=""):
    """A case that registers a parcel over which nobody has a right yet. shares: [(Party, Fraction)]; they sum to one.

    place: whose register it becomes; the parcel's block lies in it or below it.
    """
    _refuse_registered(parcel)
    if not parcel.block.place.path.startswith(place.path) or not access.can_prepare(by, place):
        raise RegisterRefusal(_("This parcel does not lie in your register's place."))
    if kind not in FIRST_RIGHTS:
        raise RegisterRefusal(_("A first registration enters an ownership, a right of disposal, a waqf or a claim."))
    refuse_strangers([party for party, _part in shares], place)
    whole({party.pk: part for party, part in shares})
    proposal = {"kind": kind, "shares": [[party.pk, str(part)] for party, part in shares]}
    held = {"units": [parcel.unit]} if parcel.unit else {"parcels": [parcel]}
    return open_case(Case.Kind.FIRST, place=place, by=by, proposal=proposal, note=note, **held)


def carry_out(case, *, on):
    (hold,) = case.holds.select_related("unit", "parcel")
    parcel = current_parcel(hold.unit) if hold.unit else hold.parcel
    _refuse_registered(parcel)
    unit = hold.unit
    if unit is None:
        unit = open_unit(parcel, case=case, on=on)
        Parcel.objects.filter(pk=parcel.pk).update(unit=unit)
    shares = {party: Fraction(part) for party, part in case.proposal["shares"]}
    open_right(unit, Right.Kind(case.proposal["kind"]), shares, case=case, on=on)


def is_without_rights(parcel):
    """Whether nobody has a right over it: it has no unit, or one that only its survey made."""
    return parcel.unit_id is None or not Right.objects.in_force().filter(unit=parcel.unit_id).exists()


def _refuse_registered(parcel):
    if parcel.status != Parcel.Status.CURRENT or not is_without_rights(parcel):
        raise RegisterRefusal(_("This parcel is registered already."))
