"""What every act shares: opening a case, holding what it touches, refusing in a sentence, writing versions."""

from contextlib import contextmanager
from contextvars import ContextVar

import shapely
from django.contrib.gis.geos import GEOSGeometry
from django.db import IntegrityError, transaction
from django.db.models import Case as SqlCase
from django.db.models import Q, Value, When
from django.utils import timezone
from django.utils.translation import gettext as _

from muni.core.errors import DomainError, Forbidden
from muni.core.srids import MUNI_SRID
from muni.journal.services import record
from property import access
from property.clock import due_on
from property.models import Case, Descent, Hold, Parcel, PropertyUnit, Right, Share
from property.services.telling import tell_holders

BROKEN = {
    "current_parcels_do_not_overlap": lambda: _("A parcel would overlap another one that is in force."),
    "parcel_number_is_unique_in_its_block": lambda: _("A parcel of this block already has one of these numbers."),
    "shares_sum_to_one": lambda: _("The shares of a right do not sum to one."),
    "right_lives_within_its_unit": lambda: _("A right would outlive its property unit."),
    "unit_has_one_title_of_a_kind_at_a_time": lambda: _("The property already has a right of this kind in force."),
    "parcel_outline_is_valid": lambda: _("An outline crosses itself."),
}
"""Rules that the database holds, as sentences."""

FORBIDDING = {
    kind: (Right.Kind.SEIZURE,)
    for kind in (
        Case.Kind.TRANSFER,
        Case.Kind.MORTGAGE,
        Case.Kind.USUFRUCT,
        Case.Kind.EASEMENT,
        Case.Kind.WAQF,
        Case.Kind.SPLIT,
        Case.Kind.MERGE,
        Case.Kind.BOUNDARY,
    )
}
"""Rights in force that stand in the way of an act."""

OUTSIDE_M2 = 0.1
"""Of an easement's area or a building beside the parcel: taken for rounding."""


class RegisterRefusal(DomainError):
    """An act that the register does not allow as things stand."""

    code = "register_refusal"


class UnitHeld(RegisterRefusal):
    """Another case is at it. `case`: that one."""

    code = "unit_held"

    def __init__(self, case):
        super().__init__(
            _("Case %(number)s (%(kind)s) has been under way on this property since %(day)s: it has to end first.")
            % {"number": case.number, "kind": case.get_kind_display(), "day": f"{case.opened_at:%Y-%m-%d}"}
        )
        self.case = case


_changed = ContextVar("changed", default=None)


@contextmanager
def changing(case):
    """Within it, open_case writes into this case instead of opening another."""
    token = _changed.set(case)
    try:
        yield
    finally:
        _changed.reset(token)


@transaction.atomic
def open_case(kind, *, place, by, units=(), parcels=(), proposal, note=""):
    """A new case which holds these units and unregistered parcels. Raises Forbidden, UnitHeld, RegisterRefusal."""
    if not access.can_prepare(by, place):
        raise Forbidden(_("You may not prepare acts in this place's register."))
    refuse_forbidden(kind, units, proposal)
    due = due_on(kind, timezone.localdate())
    case = _changed.get()
    if case is None:
        case = Case.objects.create(kind=kind, place=place, opened_by=by, proposal=proposal, note=note, due_on=due)
    else:
        if (case.kind, case.place_id) != (kind, place.pk):
            raise RegisterRefusal(_("This case is another act: withdraw it and open that one."))
        case.proposal, case.note = proposal, note
        case.save(update_fields=["proposal", "note"])
    try:
        with transaction.atomic():
            for unit in sorted(units, key=lambda unit: unit.pk):
                Hold.objects.create(case=case, unit=unit)
            for parcel in sorted(parcels, key=lambda parcel: parcel.pk):
                Hold.objects.create(case=case, parcel=parcel)
    except IntegrityError:
        other = Hold.objects.standing().filter(unit__in=units) | Hold.objects.standing().filter(parcel__in=parcels)
        held = other.select_related("case").first()
        if held is None:
            raise RegisterRefusal(_("Another case on this property has just ended. Reload the page.")) from None
        raise UnitHeld(held.case) from None
    # What was read before the hold may have been changed by the case that held it until now.
    for row in (*units, *parcels):
        if type(row).objects.filter(pk=row.pk, valid_to=None).count() != 1:
            raise RegisterRefusal(_("This property is no longer in force. Reload the page."))
    is_new = _changed.get() is None
    record(act="property.open" if is_new else "property.change", subject=case, by=by, case=kind, **touched(case))
    if is_new:
        tell_holders(case)
    return case


def refuse_forbidden(kind, units, proposal):
    """Raises RegisterRefusal where a right in force stands in the way of the act. What burdens one person's share alone
    stands in the way of what passes that share on, or burdens it again, and of what changes the whole."""
    standing = Right.objects.in_force().filter(unit__in=units, kind__in=FORBIDDING.get(kind, ()))
    if kind == Case.Kind.TRANSFER:
        persons = {person for giver, taker, _part in proposal["moves"] for person in (giver, taker)}
        alone = Right.objects.in_force().filter(unit__in=units, on_share_of__in=persons)
        standing = standing.filter(on_share_of=None) | alone
    elif burdened := proposal.get("on_share_of"):
        standing = standing.filter(Q(on_share_of=None) | Q(on_share_of=burdened))
    if right := standing.first():
        raise RegisterRefusal(
            _("There is a %(right)s in force on this property: it has to be lifted first.")
            % {"right": right.get_kind_display()}
        )


def touched(case):
    """Numbers of what the case holds, for the journal; never a name."""
    return {
        "units": [hold.unit_id for hold in case.holds.all() if hold.unit_id],
        "parcels": [hold.parcel_id for hold in case.holds.all() if hold.parcel_id],
    }


def current_parcel(unit):
    """The one parcel of a unit. Raises RegisterRefusal for units of none or several."""
    parcels = list(unit.parcels.current().select_related("block")[:2])
    if len(parcels) != 1:
        raise RegisterRefusal(_("This can be done with a property of one parcel only."))
    return parcels[0]


def in_force(right_id, unit):
    """The right of a proposal, which must still be in force. Raises RegisterRefusal."""
    right = Right.objects.in_force().filter(pk=right_id, unit=unit).first()
    if right is None:
        raise RegisterRefusal(_("The right that this case is about is no longer in force."))
    return right


def write_shares(right, shares):
    """shares: {party id: Fraction}."""
    Share.objects.bulk_create(
        Share(right=right, party_id=party, numerator=part.numerator, denominator=part.denominator)
        for party, part in shares.items()
    )
    return right


def shares_of(right):
    return {share.party_id: share.fraction for share in right.shares.all()}


def open_right(unit, kind, shares, *, case, on, **facts):
    right = Right.objects.create(unit=unit, kind=kind, valid_from=on, opened_by=case, **facts)
    return write_shares(right, shares)


def close_rights(rights, *, case, on):
    rights.update(valid_to=on, closed_by=case)


def open_unit(parcel, *, case, on):
    """A new unit in the case's register, for this parcel to come."""
    return PropertyUnit.objects.create(place=case.place, valid_from=on, opened_by=case, is_demo=parcel.is_demo)


def close_units(units, *, case, on):
    """Closes the units with every right over them."""
    close_rights(Right.objects.in_force().filter(unit__in=units), case=case, on=on)
    PropertyUnit.objects.filter(pk__in=[unit.pk for unit in units]).update(valid_to=on, closed_by=case)


def carry_over(rights, unit, *, case, on, geom=None):
    """Writes the rights again over another unit; of an easement's area only what lies on `geom`, a GEOSGeometry."""
    for right in rights:
        area = right.geom
        if area and geom:
            area = area_of(to_shapely(area).intersection(to_shapely(geom)))
            if area.area <= OUTSIDE_M2:
                continue
            area = to_geos(area)
        open_right(
            unit,
            right.kind,
            shares_of(right),
            case=case,
            on=on,
            amount=right.amount,
            reference=right.reference,
            geom=area,
            on_share_of=right.on_share_of,
            previous=right,
        )


def propose_parcels(case, model, shapes, *, numbers, areas, parents, **facts):
    """Pending parcels of the case, after the facts of `model`, each with its parents: [[parcel]]. facts: the same for
    all."""
    made = Parcel.objects.bulk_create(
        Parcel(
            parcel_no=number,
            block=model.block,
            block_no=model.block_no,
            block_name=model.block_name,
            land_kind=facts.get("land_kind", model.land_kind),
            land_use=facts.get("land_use", model.land_use),
            area_m2=area,
            status=Parcel.Status.PENDING,
            geom=to_geos(shape),
            opened_by=case,
            survey_source=facts.get("survey_source", Parcel.Survey.ACT),
            accuracy_m=model.accuracy_m,
            is_demo=model.is_demo,
        )
        for shape, number, area in zip(shapes, numbers, areas, strict=True)
    )
    Descent.objects.bulk_create(
        Descent(parent=parent, child=child) for child, above in zip(made, parents, strict=True) for parent in above
    )
    return made


def drop_pending(case):
    """Takes the pending parcels of a case away."""
    pending = Parcel.objects.pending().filter(opened_by=case)
    Descent.objects.filter(child__in=pending).delete()
    pending.delete()


def flip(case, *, units, closing, on):
    """Makes the case's pending parcels current, {parcel id: unit}, and the closing ones historic, in one statement."""
    opening = Parcel.objects.pending().filter(opened_by=case, pk__in=units)
    both = opening | Parcel.objects.current().filter(pk__in=[parcel.pk for parcel in closing])
    for parcel_id, unit in units.items():
        Parcel.objects.filter(pk=parcel_id).update(unit=unit)
    is_new = When(status=Parcel.Status.PENDING, then=Value(Parcel.Status.CURRENT))
    changed = both.update(
        valid_from=SqlCase(When(status=Parcel.Status.PENDING, then=Value(on)), default="valid_from"),
        valid_to=SqlCase(When(status=Parcel.Status.CURRENT, then=Value(on))),
        closed_by=SqlCase(When(status=Parcel.Status.CURRENT, then=Value(case.pk))),
        status=SqlCase(is_new, default=Value(Parcel.Status.HISTORIC)),
    )
    if changed != len(units) + len(closing):
        raise RegisterRefusal(_("A parcel of this case is no longer in force. Withdraw the case and open it anew."))


def area_of(shape):
    """The polygons of a shapely geometry, without lines and points where it only touched another."""
    parts = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def to_shapely(geometry):
    return shapely.from_wkb(bytes(geometry.wkb))


def to_geos(shape):
    return GEOSGeometry(memoryview(shapely.to_wkb(shape)), srid=MUNI_SRID)
