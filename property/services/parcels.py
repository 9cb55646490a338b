"""Acts that change parcels: split, merge, correction of a boundary or of an error."""

from collections import Counter
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from muni.core.errors import BadRequest, Forbidden
from muni.journal.services import record
from property import access
from property.models import Case, Parcel, Right, Step
from property.rules import division
from property.services import footprints
from property.services.ground import refuse_ground, refuse_other_outline
from property.services.holding import (
    RegisterRefusal,
    carry_over,
    close_units,
    current_parcel,
    drop_pending,
    flip,
    open_case,
    open_unit,
    propose_parcels,
    to_shapely,
)

CORRECTABLE = ("parcel_no", "land_kind", "land_use", "area_m2")
SUPPOSED_ACCURACY_M = 0.2
"""Of boundaries whose accuracy the register does not know."""

SAME_AREA_M2 = 0.1
"""What the shape of new parcels together may differ from the old ones: the tolerance of overlaps."""


@transaction.atomic
def open_split(unit, shapes, *, by, numbers=None, note=""):
    """A case that divides the parcel of a unit.

    shapes: shapely polygons in MUNI_SRID that make up the parcel, from property.rules.division. numbers: of the new
    parcels in the same order; without them, the next free ones. Raises UnitHeld, RegisterRefusal, DivisionRefused.
    """
    parcel = current_parcel(unit)
    numbers = _checked_numbers(numbers or next_numbers(parcel, len(shapes)), len(shapes))
    _refuse_other_ground(shapes, [parcel])
    case = open_case(Case.Kind.SPLIT, place=unit.place, units=[unit], by=by, proposal={}, note=note)
    areas = division.registered_areas(parcel.area_m2, shapes)
    propose_parcels(case, parcel, shapes, numbers=numbers, areas=areas, parents=[[parcel]] * len(shapes))
    return case


@transaction.atomic
def open_listed_split(unit, listed, *, by, note=""):
    """A case that divides the parcel of a unit by a list alone; `give_shapes` adds the geometry before it is submitted.

    listed: [(number, registered area as Decimal)]; they sum to the parcel's. Raises UnitHeld,
    RegisterRefusal, BadRequest.
    """
    parcel = current_parcel(unit)
    numbers = _checked_numbers([number for number, _area in listed], max(2, len(listed)))
    areas = [area for _number, area in listed]
    if min(areas) <= 0 or sum(areas) != parcel.area_m2:
        raise RegisterRefusal(
            _("The areas of the list sum to %(sum)s m²; the parcel has %(area)s m².")
            % {"sum": sum(areas), "area": parcel.area_m2}
        )
    proposal = {"list": [[number, str(area)] for number, area in zip(numbers, areas, strict=True)]}
    return open_case(Case.Kind.SPLIT, place=unit.place, units=[unit], by=by, proposal=proposal, note=note)


@transaction.atomic
def give_shapes(case, shapes, *, by):
    """The geometry of a split that began with a list; an earlier one is replaced.

    shapes: as many shapely polygons in MUNI_SRID as the list has numbers, in its order; else each takes the number
    whose area it has. Raises Forbidden, RegisterRefusal.
    """
    case = Case.objects.select_for_update(of=("self",)).select_related("place").get(pk=case.pk)
    if not access.can_prepare(by, case.place):
        raise Forbidden(_("You may not prepare acts in this place's register."))
    if not awaits_shapes(case):
        raise RegisterRefusal(_("The geometry of this case can no longer be changed."))
    (hold,) = case.holds.select_related("unit")
    parcel = current_parcel(hold.unit)
    listed = [(number, Decimal(area)) for number, area in case.proposal["list"]]
    if len(shapes) != len(listed):
        raise RegisterRefusal(
            _("The list has %(listed)d parcels, and %(drawn)d were drawn.")
            % {"listed": len(listed), "drawn": len(shapes)}
        )
    _refuse_other_ground(shapes, [parcel])
    if any(_strays(shape, area, parcel) for shape, (_number, area) in zip(shapes, listed, strict=True)):
        shapes = sorted(shapes, key=lambda shape: shape.area)
        listed = sorted(listed, key=lambda each: each[1])
    for shape, (number, area) in zip(shapes, listed, strict=True):
        if strayed := _strays(shape, area, parcel):
            raise RegisterRefusal(
                _("Parcel %(number)s should measure %(expected).1f m² and measures %(measured).1f m².")
                % {"number": number, **strayed}
            )
    drop_pending(case)
    numbers, areas = zip(*listed, strict=True)
    propose_parcels(case, parcel, shapes, numbers=numbers, areas=areas, parents=[[parcel]] * len(shapes))
    Step.objects.create(case=case, move="shapes", source=case.state, target=case.state, by=by)
    record(act="property.shapes", subject=case, by=by, parcels=len(shapes))
    return case


def _strays(shape, area, parcel):
    """What a part that a list gives this registered area should measure and does, where they differ by more than the
    accuracy of its boundary; else None."""
    scale = division.geodesic_m2(to_shapely(parcel.geom)) / float(parcel.area_m2)
    measured, expected = division.geodesic_m2(shape), float(area) * scale
    tolerance = division.area_tolerance_m2(shape, parcel.accuracy_m or SUPPOSED_ACCURACY_M)
    return {"measured": measured, "expected": expected} if abs(measured - expected) > tolerance else None


def awaits_shapes(case):
    """Whether the case is a split that began with a list and may still be drawn."""
    return case.kind == Case.Kind.SPLIT and "list" in case.proposal and case.state == Case.State.DRAFT


@transaction.atomic
def open_merge(units, *, by, number=None, note=""):
    """A case that joins neighbouring parcels under the same rights; see `differences`."""
    if len(units) < 2:
        raise BadRequest(_("Choose at least two parcels to merge."))
    parcels = [current_parcel(unit) for unit in units]
    first = parcels[0]
    refuse_differences(units, parcels)
    shape = division.joined([to_shapely(parcel.geom) for parcel in parcels])
    number = number or next_numbers(first, 1)[0]
    case = open_case(Case.Kind.MERGE, place=first.unit.place, units=units, by=by, proposal={}, note=note)
    area = sum(parcel.area_m2 for parcel in parcels)
    propose_parcels(case, first, [shape], numbers=[number], areas=[area], parents=[parcels])
    return case


@transaction.atomic
def open_boundary_correction(outlines, *, by, note=""):
    """A case that gives parcels of one register other outlines. outlines: {Parcel: shapely polygon in MUNI_SRID}.
    Raises Forbidden, UnitHeld, RegisterRefusal."""
    parcels = sorted(outlines, key=lambda parcel: parcel.pk)
    _refuse_unregistered(parcels)
    place = parcels[0].unit.place
    units = list({parcel.unit_id: parcel.unit for parcel in parcels}.values())
    if any(unit.place_id != place.pk for unit in units):
        raise RegisterRefusal(_("The parcels belong to different registers."))
    for parcel in parcels:
        refuse_ground(place, outlines[parcel])
        refuse_other_outline(parcel, outlines[parcel])
    case = open_case(Case.Kind.BOUNDARY, place=place, units=units, by=by, proposal={}, note=note)
    for parcel in parcels:
        area = f"{division.geodesic_m2(outlines[parcel]):.2f}"
        propose_parcels(case, parcel, [outlines[parcel]], numbers=[parcel.parcel_no], areas=[area], parents=[[parcel]])
    return case


@transaction.atomic
def open_error_correction(parcel, *, by, note, **facts):
    """A case that corrects facts of a parcel: any of CORRECTABLE; its shape stays."""
    _refuse_unregistered([parcel])
    if not facts or set(facts) - set(CORRECTABLE):
        raise BadRequest(_("Say what is to be corrected."))
    if not note.strip():
        raise BadRequest(_("Say how the error came about."), fields={"note": _("Fill this in.")})
    unit = parcel.unit
    case = open_case(Case.Kind.ERROR, place=unit.place, units=[unit], by=by, proposal={}, note=note)
    number, area = facts.pop("parcel_no", parcel.parcel_no), facts.pop("area_m2", parcel.area_m2)
    facts["survey_source"] = parcel.survey_source
    propose_parcels(
        case, parcel, [to_shapely(parcel.geom)], numbers=[number], areas=[area], parents=[[parcel]], **facts
    )
    return case


def next_numbers(parcel, count):
    """Free numbers of the kind 12/1, 12/2 in the parcel's block; also past ones are not given twice."""
    stem = parcel.parcel_no.partition("/")[0]
    taken = set(
        Parcel.objects.filter(block=parcel.block, parcel_no__startswith=f"{stem}/").values_list("parcel_no", flat=True)
    )
    numbers = (f"{stem}/{n}" for n in range(1, len(taken) + count + 1))
    return [number for number in numbers if number not in taken][:count]


def differences(units):
    """Kinds of rights, named, in which the units differ, easements aside: they lie where they lie. Empty where the
    units stand under the same rights."""
    compared = Right.objects.in_force().exclude(kind=Right.Kind.EASEMENT).with_shares()
    found = [Counter(_essence(right) for right in compared.filter(unit=unit)) for unit in units]
    differing = {essence[0] for one in found for essence in ((one - found[0]) | (found[0] - one))}
    return [str(Right.Kind(kind).label) for kind in sorted(differing)]


def refuse_differences(units, parcels):
    """Raises RegisterRefusal with what stands between a merge."""
    if len({unit.place_id for unit in units}) > 1:
        raise RegisterRefusal(_("The parcels belong to different registers."))
    if len({parcel.block_id for parcel in parcels}) > 1:
        raise RegisterRefusal(_("The parcels lie in different cadastral blocks."))
    if len({parcel.land_kind for parcel in parcels}) > 1:
        raise RegisterRefusal(_("The parcels are of different kinds of land."))
    if kinds := differences(units):
        raise RegisterRefusal(
            _("The parcels stand under different rights: %(kinds)s. Make them equal first.")
            % {"kinds": _(", ").join(kinds)}
        )


def carry_out_split(case, *, on):
    (hold,) = case.holds.select_related("unit__place")
    parcel = current_parcel(hold.unit)
    children = list(_pending(case))
    if not children:
        raise RegisterRefusal(_("The new parcels of the list have not been drawn yet."))
    _refuse_other_ground([to_shapely(child.geom) for child in children], [parcel])
    if sum(child.area_m2 for child in children) != parcel.area_m2:
        raise RegisterRefusal(_("The areas of the parts do not sum to the registered area."))
    rights = _rights([hold.unit])
    close_units([hold.unit], case=case, on=on)
    units = {child.pk: open_unit(child, case=case, on=on) for child in children}
    flip(case, units=units, closing=[parcel], on=on)
    footprints.divide(parcel, children)
    for child in children:
        carry_over(rights, units[child.pk], case=case, on=on, geom=child.geom)


def carry_out_merge(case, *, on):
    old = [hold.unit for hold in case.holds.select_related("unit__place")]
    parcels = [current_parcel(unit) for unit in old]
    refuse_differences(old, parcels)
    (child,) = _pending(case)
    _refuse_other_ground([to_shapely(child.geom)], parcels)
    rights, easements = _rights(old[:1]), _rights(old[1:], kind=Right.Kind.EASEMENT)
    close_units(old, case=case, on=on)
    unit = open_unit(child, case=case, on=on)
    flip(case, units={child.pk: unit}, closing=parcels, on=on)
    footprints.take_over(parcels, child)
    carry_over([*rights, *easements], unit, case=case, on=on)


def carry_out_correction(case, *, on):
    """Of a boundary or of an error: the unit and its rights stay."""
    children = list(_pending(case).prefetch_related("parents__unit"))
    parents = {child.pk: child.parents.all()[0] for child in children}
    units = {child.pk: parents[child.pk].unit for child in children}
    if case.kind == Case.Kind.BOUNDARY:
        for child in children:
            refuse_ground(case.place, to_shapely(child.geom))
            refuse_other_outline(parents[child.pk], to_shapely(child.geom))
    flip(case, units=units, closing=list(parents.values()), on=on)
    for child in children:
        footprints.take_over([parents[child.pk]], child)


def _pending(case):
    return Parcel.objects.pending().filter(opened_by=case).order_by("pk")


def _rights(units, **facts):
    return list(Right.objects.in_force().filter(unit__in=units, **facts).with_shares().order_by("pk"))


def _essence(right):
    """What makes two rights the same."""
    return (
        right.kind,
        right.amount,
        right.on_share_of_id,
        frozenset((share.party_id, share.fraction) for share in right.shares.all()),
    )


def _checked_numbers(numbers, count):
    numbers = [number.strip() for number in numbers]
    if len(numbers) != count or len(set(numbers)) != count or not all(numbers):
        raise BadRequest(_("Give each of the %(count)d new parcels a number of its own.") % {"count": count})
    return numbers


def _refuse_other_ground(shapes, parcels):
    """Raises RegisterRefusal unless the shapes cover the parcels, no less and no more, without overlapping."""
    before = division.joined([to_shapely(p.geom) for p in parcels]) if len(parcels) > 1 else to_shapely(parcels[0].geom)
    after = shapes[0]
    for shape in shapes[1:]:
        after = after.union(shape)
    overlapping = sum(shape.area for shape in shapes) - after.area
    if max(before.symmetric_difference(after).area, abs(overlapping)) > SAME_AREA_M2:
        raise RegisterRefusal(_("The new parcels do not make up the old ones."))


def _refuse_unregistered(parcels):
    if not parcels or any(parcel.unit_id is None or parcel.status != Parcel.Status.CURRENT for parcel in parcels):
        raise RegisterRefusal(_("Only a registered parcel in force can be corrected."))
