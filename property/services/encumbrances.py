"""What is entered upon a property beside its titles, and taken off again: mortgages, seizures, easements, usufructs,
conditions of a waqf, and claims that are not registered."""

from django.contrib.gis.geos import GEOSGeometry
from django.db import transaction
from django.utils.translation import gettext as _

from muni.core.errors import BadRequest
from property.models import Case, Party, Right, Share, Source
from property.rules.shares import SharesRefused
from property.services.holding import (
    OUTSIDE_M2,
    RegisterRefusal,
    close_rights,
    current_parcel,
    in_force,
    open_case,
    open_right,
)
from property.services.transfer import refuse_strangers

ENDS = {
    Right.Kind.MORTGAGE: Case.Kind.RELEASE,
    Right.Kind.SEIZURE: Case.Kind.LIFT,
    Right.Kind.EASEMENT: Case.Kind.END,
    Right.Kind.USUFRUCT: Case.Kind.END,
    Right.Kind.WAQF: Case.Kind.END,
    Right.Kind.CLAIM: Case.Kind.END,
}
"""A right, and the act that takes it off."""


@transaction.atomic
def open_mortgage(unit, *, creditor, amount, by, reference="", note="", on_share_of=None):
    """amount: whole dinars. on_share_of: the Party whose share alone is burdened; None: the whole property.
    Raises BadRequest, UnitHeld, RegisterRefusal, Forbidden."""
    if amount <= 0:
        raise BadRequest(_("A mortgage secures an amount."), fields={"amount": _("Fill this in.")})
    if not _titles(unit).exists():
        raise RegisterRefusal(_("A property without a registered owner cannot be mortgaged."))
    return _open_burden(
        Case.Kind.MORTGAGE,
        unit,
        creditor,
        by,
        note,
        on_share_of=on_share_of,
        amount=str(amount),
        reference=reference,
    )


@transaction.atomic
def open_seizure(unit, *, authority, reference, by, note="", on_share_of=None):
    """authority: the Party that ordered it; reference: number and date of its decision. Raises as open_mortgage."""
    if not reference.strip():
        raise BadRequest(_("A seizure is ordered by a decision."), fields={"reference": _("Fill this in.")})
    return _open_burden(
        Case.Kind.SEIZURE, unit, authority, by, note, on_share_of=on_share_of, amount=None, reference=reference
    )


@transaction.atomic
def open_easement(unit, area, *, holder, by, reference="", note=""):
    """area: GEOSGeometry in MUNI_SRID, a polygon on the unit's one parcel. Raises as open_mortgage."""
    _refuse_area_beside(area, current_parcel(unit))
    return _open_burden(Case.Kind.EASEMENT, unit, holder, by, note, amount=None, reference=reference, geom=area.ewkt)


@transaction.atomic
def open_usufruct(unit, *, holder, by, reference="", note=""):
    """Raises as open_mortgage."""
    if not _titles(unit).exists():
        raise RegisterRefusal(_("A property without a registered owner carries no usufruct."))
    return _open_burden(Case.Kind.USUFRUCT, unit, holder, by, note, amount=None, reference=reference)


@transaction.atomic
def open_waqf(unit, *, holder, reference, by, note=""):
    """holder: the Party that keeps the waqf; reference: its deed. Raises as open_mortgage."""
    if not reference.strip():
        raise BadRequest(_("A waqf is founded by a deed."), fields={"reference": _("Fill this in.")})
    return _open_burden(Case.Kind.WAQF, unit, holder, by, note, amount=None, reference=reference)


@transaction.atomic
def open_claim(unit, *, holder, evidence, reference, by, note=""):
    """What somebody holds without registration. evidence: Source.Kind of the paper it stands on, reference: what it is.
    Raises as open_mortgage."""
    if evidence not in Source.Kind.values or not reference.strip():
        raise BadRequest(_("A claim needs evidence."), fields={"reference": _("Fill this in.")})
    case = _open_burden(Case.Kind.CLAIM, unit, holder, by, note, amount=None, reference=reference)
    Source.objects.get_or_create(case=case, kind=evidence, number=reference[:60])
    return case


@transaction.atomic
def open_end(right, *, by, reference="", note=""):
    """A case that takes a right off: releases a mortgage, lifts a seizure, ends any other of ENDS."""
    kind = ENDS.get(right.kind)
    if kind is None or right.valid_to is not None:
        raise RegisterRefusal(_("Only a right in force that is no title can be taken off."))
    proposal = {"right": right.pk, "reference": reference}
    return open_case(kind, place=right.unit.place, units=[right.unit], by=by, proposal=proposal, note=note)


def _open_burden(kind, unit, holder, by, note, *, on_share_of=None, **facts):
    refuse_strangers([holder], unit.place)
    proposal = {"holder": holder.pk, **facts}
    if on_share_of is not None:
        _refuse_stranger_to_title(unit, on_share_of.pk)
        proposal["on_share_of"] = on_share_of.pk
    return open_case(kind, place=unit.place, units=[unit], by=by, proposal=proposal, note=note)


def carry_out_burden(case, *, on):
    (hold,) = case.holds.select_related("unit")
    facts = case.proposal
    geom, burdened = facts.get("geom"), facts.get("on_share_of")
    area = GEOSGeometry(geom) if geom else None
    if area:
        _refuse_area_beside(area, current_parcel(hold.unit))
    if burdened:
        _refuse_stranger_to_title(hold.unit, burdened)
    open_right(
        hold.unit,
        Right.Kind(case.kind),
        {facts["holder"]: 1},
        case=case,
        on=on,
        amount=facts["amount"],
        reference=facts["reference"],
        geom=area,
        on_share_of=Party.objects.get(pk=burdened) if burdened else None,
    )


def carry_out_end(case, *, on):
    (hold,) = case.holds.select_related("unit")
    right = in_force(case.proposal["right"], hold.unit)
    close_rights(Right.objects.filter(pk=right.pk), case=case, on=on)


def _titles(unit):
    return Right.objects.in_force().filter(unit=unit, kind__in=Right.TITLES)


def _refuse_stranger_to_title(unit, party):
    if not Share.objects.filter(right__in=_titles(unit), party=party).exists():
        raise SharesRefused(_("Whoever's share is burdened must hold one."))


def _refuse_area_beside(area, parcel):
    if area.geom_type not in ("Polygon", "MultiPolygon") or not area.valid or not area.area:
        raise RegisterRefusal(_("The area of the easement is not one that can be entered."))
    if area.difference(parcel.geom).area > OUTSIDE_M2:
        raise RegisterRefusal(_("The area of the easement reaches beyond the parcel."))
