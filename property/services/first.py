"""First registration: a parcel that is on the map gets its unit and its first rights."""

from fractions import Fraction

from django.db import transaction
from django.utils.translation import gettext as _

from property import access
from property.models import BuildingUnit, Case, Parcel, PropertyUnit, Right
from property.rules.shares import whole
from property.services.holding import RegisterRefusal, open_case, open_right, open_unit
from property.services.transfer import refuse_strangers

FIRST_RIGHTS = (Right.Kind.OWNERSHIP, Right.Kind.DISPOSAL, Right.Kind.WAQF, Right.Kind.CLAIM)


@transaction.atomic
def open_first(parcel, kind, shares, *, by, place, note=""):
    """A case that registers a parcel without a unit. shares: [(Party, Fraction)]; they sum to one.

    place: whose register it becomes; the parcel's block lies in it or below it.
    """
    if parcel.unit_id is not None or parcel.status != Parcel.Status.CURRENT:
        raise RegisterRefusal(_("This parcel is registered already."))
    if not parcel.block.place.path.startswith(place.path) or not access.can_prepare(by, place):
        raise RegisterRefusal(_("This parcel does not lie in your register's place."))
    if kind not in FIRST_RIGHTS:
        raise RegisterRefusal(_("A first registration enters an ownership, a right of disposal, a waqf or a claim."))
    refuse_strangers([party for party, _part in shares], place)
    whole({party.pk: part for party, part in shares})
    proposal = {"kind": kind, "shares": [[party.pk, str(part)] for party, part in shares]}
    return open_case(Case.Kind.FIRST, place=place, parcels=[parcel], by=by, proposal=proposal, note=note)


def carry_out(case, *, on):
    if "flat" in case.proposal:
        carry_out_flat(case, on=on)
        return
    (hold,) = case.holds.select_related("parcel")
    if hold.parcel.unit_id is not None:
        raise RegisterRefusal(_("This parcel is registered already."))
    unit = open_unit(hold.parcel, case=case, on=on)
    Parcel.objects.filter(pk=hold.parcel_id).update(unit=unit)
    _enter(unit, case, on)


def carry_out_flat(case, *, on):
    flat = BuildingUnit.objects.select_for_update(of=("self",)).get(pk=case.proposal["flat"])
    if flat.unit_id is not None:
        raise RegisterRefusal(_("This flat is registered already."))
    (hold,) = case.holds.select_related("unit")
    flat.unit = PropertyUnit.objects.create(place=case.place, valid_from=on, opened_by=case, is_demo=hold.unit.is_demo)
    flat.save(update_fields=["unit"])
    _enter(flat.unit, case, on)


def _enter(unit, case, on):
    shares = {party: Fraction(part) for party, part in case.proposal["shares"]}
    open_right(unit, Right.Kind(case.proposal["kind"]), shares, case=case, on=on)
