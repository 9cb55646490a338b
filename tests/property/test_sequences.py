"""Whatever sequence of acts is tried, in whatever order, the register stays whole."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
import shapely
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from muni.core.errors import DomainError
from muni.journal.services import faults
from property.models import Case, Hold, Parcel, PropertyUnit, Right
from property.rules import division
from property.services import cases, encumbrances, parcels, transfer
from property.services.holding import to_geos
from tests.property.factories import Office, box, holders, shape_of, title_of
from tests.property.test_invariants import at_once

pytestmark = pytest.mark.django_db
WIDTH, DEPTH, PLOTS = 30, 24, 3
GROUND = box(0, 0, WIDTH * PLOTS, DEPTH)

part = st.fractions(min_value=Fraction(1, 12), max_value=1, max_denominator=12)
pick = st.integers(0, 50)
acts = st.one_of(
    st.tuples(st.just("split"), pick, st.integers(2, 4), st.sampled_from([0, 45, 90, 200.5])),
    st.tuples(st.just("cut"), pick, st.integers(5, 95), st.sampled_from([0, 90, 123])),
    st.tuples(st.just("merge"), pick, pick, st.none()),
    st.tuples(st.just("transfer"), pick, pick, part),
    st.tuples(st.just("mortgage"), pick, pick, st.none()),
    st.tuples(st.just("seizure"), pick, pick, st.none()),
    st.tuples(st.just("end"), pick, st.none(), st.none()),
    st.tuples(st.just("correct"), pick, st.integers(1, 400), st.none()),
    st.tuples(st.just("shift"), pick, pick, st.integers(-4, 4)),
)
endings = st.sampled_from(["sign", "sign", "sign", "refuse", "withdraw", "leave"])


class Register:
    """A block of plots with three persons, and how an act drawn by chance is done to it."""

    def __init__(self):
        self.office = Office()
        self.people = [self.office.party() for _person in range(3)]
        for i in range(PLOTS):
            self.office.unit(
                owners={self.people[0]: Fraction(1)},
                parcel__geom=to_geos(box(WIDTH * i, 0, WIDTH, DEPTH)),
                parcel__parcel_no=f"{i + 1}",
                parcel__area_m2=Decimal(700 + i),
            )

    def open(self, act, first, second, third):
        units = list(PropertyUnit.objects.filter(valid_to=None))
        unit = units[first % len(units)]
        parcel, by = unit.parcels.current().get(), self.office.registrar
        match act:
            case "split":
                return parcels.open_split(unit, division.in_equal_parts(shape_of(parcel), second, third), by=by)
            case "cut":
                area = division.geodesic_m2(shape_of(parcel)) * second / 100
                return parcels.open_split(unit, division.by_area(shape_of(parcel), area, third), by=by)
            case "merge":
                return parcels.open_merge([unit, units[second % len(units)]][: 1 + (first != second)], by=by)
            case "transfer":
                title = title_of(unit)
                giver = title.shares.first().party
                return transfer.open_transfer(title, [(giver, self.people[second % 3], third)], by=by)
            case "mortgage":
                creditor = self.people[second % 3]
                return encumbrances.open_mortgage(unit, creditor=creditor, amount=Decimal(second + 1), by=by)
            case "seizure":
                return encumbrances.open_seizure(unit, authority=self.people[second % 3], reference="7", by=by)
            case "end":
                burdens = unit.rights.in_force().exclude(kind__in=Right.TITLES)
                return encumbrances.open_end(burdens.first() or title_of(unit), by=by)
            case "correct":
                return parcels.open_error_correction(parcel, land_use="green", note=f"{second}", by=by)
            case "shift":
                other = units[second % len(units)].parcels.current().get()
                if parcel == other:
                    return parcels.open_boundary_correction({parcel: shape_of(parcel)}, by=by)
                both = division.joined([shape_of(parcel), shape_of(other)])
                outlines = division.by_area(both, 300 + 20 * third, 90)
                return parcels.open_boundary_correction(dict(zip((parcel, other), outlines, strict=True)), by=by)

    def end(self, case, how):
        if how == "withdraw":
            cases.withdraw(case, by=self.office.registrar)
        elif how != "leave":
            case = cases.submit(case, by=self.office.registrar)
            end = cases.sign if how == "sign" else cases.refuse
            end(case, by=self.office.approver, note="x")


def check():
    """The invariants of the register."""
    at_once()
    current = list(Parcel.objects.current())
    shapes = [shape_of(parcel) for parcel in current]
    # The ground is covered as before, once.
    assert sum(shape.area for shape in shapes) == pytest.approx(GROUND.area, abs=0.05)
    assert shapely.union_all(shapes, grid_size=1e-5).symmetric_difference(GROUND).area < 0.05
    # A unit in force has one parcel and one title, whose shares are one.
    units = PropertyUnit.objects.filter(valid_to=None)
    assert {unit.pk for unit in units} == {parcel.unit_id for parcel in current}
    for unit in units:
        assert sum(holders(title_of(unit)).values()) == 1
    # History has no gaps: whatever was closed has successors from that day, whatever was opened by an act has parents.
    for parcel in Parcel.objects.filter(status="historic"):
        assert parcel.children.exclude(status="pending").exists()
        assert {child.valid_from for child in parcel.children.exclude(status="pending")} == {parcel.valid_to}
    for parcel in Parcel.objects.exclude(opened_by=None).exclude(status="pending"):
        assert parcel.parents.exists()
    for right in Right.objects.filter(kind__in=Right.TITLES).exclude(valid_to=None):
        assert right.closed_by.opened_rights.filter(kind=right.kind, valid_from=right.valid_to).exists()
    # Whoever holds something has a case under way, and only they propose parcels.
    under_way = Case.objects.under_way()
    assert set(Hold.objects.standing().values_list("case", flat=True)) == set(under_way.values_list("pk", flat=True))
    assert set(Parcel.objects.pending().values_list("opened_by", flat=True)) <= set(
        under_way.values_list("pk", flat=True)
    )
    assert faults() == []


sequences = st.lists(st.tuples(acts, endings), min_size=4, max_size=10)
unhurried = settings(
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def try_out(sequence):
    with transaction.atomic():
        register = Register()
        at_once()
        for act, ending in sequence:
            try:
                with transaction.atomic():
                    register.end(register.open(*act), ending)
            except DomainError:
                continue
        check()
        transaction.set_rollback(True)


@settings(unhurried, max_examples=4)
@given(sequences)
def test_no_sequence_of_acts_breaks_the_register(sequence):
    try_out(sequence)


@pytest.mark.slow
@settings(unhurried, max_examples=80)
@given(sequences)
def test_nor_do_many(sequence):
    try_out(sequence)


def test_the_acts_drawn_by_chance_do_happen():
    register = Register()
    for act in (
        ("split", 0, 2, 90),
        ("transfer", 0, 1, Fraction(1, 3)),
        ("mortgage", 1, 2, None),
        ("correct", 2, 5, None),
        ("cut", 1, 40, 0),
        ("seizure", 3, 2, None),
        ("end", 3, None, None),
    ):
        register.end(register.open(*act), "sign")
        check()
    assert Case.objects.filter(state="signed").count() == 7


@pytest.mark.parametrize("spoil", ["parcel", "share", "history"])
def test_the_check_finds_what_is_broken(spoil):
    register = Register()
    register.end(register.open("split", 0, 2, 90), "sign")
    check()
    with connection.cursor() as cursor:
        if spoil == "parcel":
            cursor.execute("UPDATE property_parcel SET geom = ST_Buffer(geom, -0.5) WHERE status = 'current'")
        elif spoil == "share":
            cursor.execute("SET CONSTRAINTS ALL DEFERRED; UPDATE property_share SET denominator = 2")
        else:
            Parcel.objects.filter(status="historic").update(valid_to=date(2999, 1, 1))
    with pytest.raises(Exception, match="assert|sum"):
        check()
