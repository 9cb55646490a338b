"""First registration: a parcel that is on the map gets its first rights, and its unit where it has none."""

from fractions import Fraction

from django.db import transaction
from django.utils.translation import gettext as _

from property import access
from property.models import Block, BuildingUnit, Case, Parcel, PropertyUnit, Right
from property.rules.division import geodesic_m2
from property.rules.shares import whole
from property.services.ground import refuse_ground
from property.services.holding import (
    RegisterRefusal,
    current_parcel,
    flip,
    open_case,
    open_right,
    open_unit,
    to_geos,
)
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


@transaction.atomic
def open_first_of_new(place, shape, facts, kind, shares, *, by, note=""):
    """A case that registers a parcel which is not on the map yet, with its first right.

    shape: shapely polygon in MUNI_SRID. facts: {"parcel_no", "block_no", "block_name", "land_kind", "land_use",
    "area_m2" (None: as measured), "survey_source", "accuracy_m"}. shares: [(Party, Fraction)]; they sum to one.
    Raises Forbidden, RegisterRefusal.
    """
    if kind not in FIRST_RIGHTS:
        raise RegisterRefusal(_("A first registration enters an ownership, a right of disposal, a waqf or a claim."))
    refuse_strangers([party for party, _part in shares], place)
    whole({party.pk: part for party, part in shares})
    refuse_ground(place, shape)
    block, _made = Block.objects.get_or_create(
        place=place, number=facts["block_no"], defaults={"name": facts["block_name"]}
    )
    proposal = {"kind": kind, "shares": [[party.pk, str(part)] for party, part in shares]}
    case = open_case(Case.Kind.FIRST, place=place, by=by, proposal=proposal, note=note)
    Parcel.objects.create(
        parcel_no=facts["parcel_no"],
        block=block,
        block_no=block.number,
        block_name=block.name,
        land_kind=facts["land_kind"],
        land_use=facts["land_use"],
        area_m2=facts["area_m2"] or f"{geodesic_m2(shape):.2f}",
        status=Parcel.Status.PENDING,
        geom=to_geos(shape),
        opened_by=case,
        survey_source=facts["survey_source"],
        accuracy_m=facts["accuracy_m"],
    )
    return case


def carry_out(case, *, on):
    unit = _unit_of_flat(case, on) if "flat" in case.proposal else _unit(case, on)
    shares = {party: Fraction(part) for party, part in case.proposal["shares"]}
    open_right(unit, Right.Kind(case.proposal["kind"]), shares, case=case, on=on)


def _unit(case, on):
    """The unit that the right is entered over, opened with its parcel where they are new."""
    if new := Parcel.objects.pending().filter(opened_by=case).first():
        unit = open_unit(new, case=case, on=on)
        flip(case, units={new.pk: unit}, closing=[], on=on)
        return unit
    (hold,) = case.holds.select_related("unit", "parcel")
    parcel = current_parcel(hold.unit) if hold.unit else hold.parcel
    _refuse_registered(parcel)
    unit = hold.unit
    if unit is None:
        unit = open_unit(parcel, case=case, on=on)
        Parcel.objects.filter(pk=parcel.pk).update(unit=unit)
    return unit


def _unit_of_flat(case, on):
    flat = BuildingUnit.objects.select_for_update(of=("self",)).get(pk=case.proposal["flat"])
    if flat.unit_id is not None:
        raise RegisterRefusal(_("This flat is registered already."))
    (hold,) = case.holds.select_related("unit")
    flat.unit = PropertyUnit.objects.create(place=case.place, valid_from=on, opened_by=case, is_demo=hold.unit.is_demo)
    flat.save(update_fields=["unit"])
    return flat.unit


def is_without_rights(parcel):
    """Whether nobody has a right over it: it has no unit, or one that only its survey made."""
    return parcel.unit_id is None or not Right.objects.in_force().filter(unit=parcel.unit_id).exists()


def _refuse_registered(parcel):
    if parcel.status != Parcel.Status.CURRENT or not is_without_rights(parcel):
        raise RegisterRefusal(_("This parcel is registered already."))
