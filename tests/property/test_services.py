"""The acts of the register, each from its preparation to its signature."""

from decimal import Decimal
from fractions import Fraction

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from muni.core.errors import BadRequest, DomainError, Forbidden
from muni.core.workflow import TransitionNotAllowed
from muni.journal.models import Entry
from property.models import Case, Hold, Parcel, PropertyUnit, Right
from property.rules import division
from property.rules.shares import SharesRefused
from property.services import cases, encumbrances, first, parcels, transfer
from property.services.holding import RegisterRefusal, UnitHeld, to_geos
from tests.factories import ParcelFactory, UserFactory
from tests.property.factories import SIGNS, Office, box, holders, right_over, shape_of, title_of
from tests.property.test_invariants import at_once, race

pytestmark = pytest.mark.django_db
ONE, HALF, THIRD = Fraction(1), Fraction(1, 2), Fraction(1, 3)


@pytest.fixture
def office(db):
    return Office()


@pytest.fixture
def unit(office):
    return office.unit()


def halves(unit):
    parcel = unit.parcels.current().get()
    return division.in_equal_parts(shape_of(parcel), 2, 90)


class TestTheLifeOfACase:
    def test_one_prepares_and_a_second_signs(self, office, unit):
        case = encumbrances.open_mortgage(unit, creditor=office.party(), amount=Decimal(5_000_000), by=office.registrar)
        assert not unit.rights.filter(kind="mortgage").exists()
        case = office.signed(case)
        assert (case.state, case.signed_by) == ("signed", office.approver)
        mortgage = unit.rights.in_force().get(kind="mortgage")
        assert (mortgage.amount, mortgage.opened_by) == (Decimal(5_000_000), case)
        assert not Hold.objects.standing().exists()
        at_once()

    def test_nobody_signs_what_they_prepared(self, office, unit):
        both = UserFactory(
            permissions=["property.prepare_case", *SIGNS],
            permissions__department=office.registrar.memberships.get().department,
        )
        case = parcels.open_split(unit, halves(unit), by=both)
        case = cases.submit(case, by=office.registrar)
        with pytest.raises(Forbidden):
            cases.sign(case, by=both)
        with pytest.raises(Forbidden):
            cases.sign(case, by=office.registrar)
        for person in (both, office.registrar):
            with pytest.raises(IntegrityError, match="a_second_person_signs"), transaction.atomic():
                Case.objects.filter(pk=case.pk).update(state="signed", signed_by=person)

    def test_no_stage_is_skipped_and_nothing_is_done_twice(self, office, unit):
        case = parcels.open_split(unit, halves(unit), by=office.registrar)
        with pytest.raises(TransitionNotAllowed):
            cases.sign(case, by=office.approver)
        office.signed(case)
        for again in (cases.sign, cases.refuse):
            with pytest.raises(TransitionNotAllowed):
                again(case, by=office.approver, note="x")
        assert Parcel.objects.current().count() == 2

    def test_rights_hold_in_their_place_only(self, office, unit):
        other = Office()
        case = parcels.open_split(unit, halves(unit), by=office.registrar)
        for person in (other.registrar, other.approver, UserFactory()):
            with pytest.raises(Forbidden):
                cases.submit(case, by=person)
            with pytest.raises(Forbidden):
                encumbrances.open_end(right_over(unit, "mortgage", {office.party(): ONE}, amount=1), by=person)
        cases.submit(case, by=office.registrar)
        with pytest.raises(Forbidden):
            cases.sign(case, by=other.approver)

    def test_a_second_case_is_refused_with_the_first_ones_number_until_that_ends(self, office, unit):
        case = parcels.open_split(unit, halves(unit), by=office.registrar)
        with pytest.raises(UnitHeld, match=case.number) as refusal:
            encumbrances.open_seizure(unit, authority=office.party(), reference="١٢", by=office.registrar)
        assert refusal.value.case == case
        assert Case.objects.count() == 1
        cases.withdraw(case, by=office.registrar)
        assert encumbrances.open_seizure(unit, authority=office.party(), reference="١٢", by=office.registrar)

    @pytest.mark.parametrize("end", ["withdraw", "refuse"])
    def test_a_case_that_ends_unsigned_leaves_nothing(self, office, unit, end):
        case = parcels.open_split(unit, halves(unit), by=office.registrar)
        assert Parcel.objects.pending().count() == 2
        if end == "withdraw":
            cases.withdraw(case, by=office.registrar)
        else:
            cases.refuse(cases.submit(case, by=office.registrar), by=office.approver, note="ناقصة")
        assert list(Parcel.objects.all()) == [unit.parcels.get()]
        assert not Hold.objects.standing().exists()

    def test_returned_it_may_be_submitted_again_and_a_reason_is_asked_for(self, office, unit):
        case = cases.submit(parcels.open_split(unit, halves(unit), by=office.registrar), by=office.registrar)
        for silent in (cases.give_back, cases.refuse):
            with pytest.raises(BadRequest):
                silent(case, by=office.approver, note=" ")
        case = cases.give_back(case, by=office.approver, note="خطأ في الرقم")
        assert case.state == "draft"
        step = case.steps.last()
        assert (step.move, step.source, step.target, step.note) == ("return", "submitted", "draft", "خطأ في الرقم")
        office.signed(case)

    def test_every_move_is_in_the_journal_without_a_name(self, office, unit):
        owner = office.party(name="جاسم محمد")
        case = transfer.open_transfer(title_of(unit), [(_owner(unit), owner, HALF)], by=office.registrar)
        cases.sign(cases.submit(case, by=office.registrar), by=office.approver, note="انتقلت إلى جاسم محمد")
        entries = Entry.objects.about(case)
        assert [entry.act for entry in entries] == ["property.sign", "property.submit", "property.open"]
        assert entries[0].data == {"case": "transfer", "units": [unit.pk], "parcels": []}
        assert not any("جاسم" in f"{entry.subject} {entry.data}" for entry in entries)

    def test_those_concerned_are_told(self, office, unit):
        case = cases.submit(parcels.open_split(unit, halves(unit), by=office.registrar), by=office.registrar)
        assert office.approver.notices.count() == 1
        cases.sign(case, by=office.approver)
        assert office.registrar.notices.count() == 1


def _owner(unit):
    return title_of(unit).shares.get().party


class TestTransfer:
    def test_a_part_passes_and_history_stays(self, office, unit):
        old, seller, buyer = title_of(unit), _owner(unit), office.party()
        case = transfer.open_transfer(old, [(seller, buyer, THIRD)], by=office.registrar, price=90_000_000)
        office.signed(case)
        new = title_of(unit)
        assert holders(new) == {seller.pk: Fraction(2, 3), buyer.pk: THIRD}
        old.refresh_from_db()
        assert (new.previous, old.valid_to, new.valid_from) == (old, timezone.localdate(), timezone.localdate())
        assert holders(old) == {seller.pk: ONE}
        at_once()

    def test_the_right_of_disposal_passes_and_the_states_ownership_stays(self, office):
        state, farmer, heir = (office.party(kind=kind) for kind in ("state", "person", "person"))
        unit = office.unit(owners={state: ONE})
        disposal = right_over(unit, Right.Kind.DISPOSAL, {farmer: ONE})
        office.signed(
            transfer.open_transfer(disposal, [(farmer, heir, ONE)], ground="inheritance", by=office.registrar)
        )
        assert holders(unit.rights.in_force().get(kind="disposal")) == {heir.pk: ONE}
        assert holders(unit.rights.in_force().get(kind="ownership")) == {state.pk: ONE}

    def test_a_mortgage_goes_along_and_a_seizure_stands_in_the_way(self, office, unit):
        right_over(unit, "mortgage", {office.party(): ONE}, amount=7)
        move = [(_owner(unit), office.party(), ONE)]
        case = cases.submit(transfer.open_transfer(title_of(unit), move, by=office.registrar), by=office.registrar)
        seizure = right_over(unit, "seizure", {office.party(): ONE})
        with pytest.raises(RegisterRefusal, match="lifted"):
            cases.sign(case, by=office.approver)
        cases.withdraw(case, by=office.registrar)
        with pytest.raises(RegisterRefusal, match="lifted"):
            transfer.open_transfer(title_of(unit), move, by=office.registrar)
        office.signed(encumbrances.open_end(seizure, by=office.registrar))
        office.signed(transfer.open_transfer(title_of(unit), move, by=office.registrar))
        assert unit.rights.in_force().get(kind="mortgage").amount == 7

    def test_what_cannot_pass(self, office, unit):
        title, owner, buyer = title_of(unit), _owner(unit), office.party()
        for moves in ([], [(buyer, owner, HALF)], [(owner, buyer, Fraction(3, 2))]):
            with pytest.raises(SharesRefused):
                transfer.open_transfer(title, moves, by=office.registrar)
        with pytest.raises(RegisterRefusal, match="another register"):
            transfer.open_transfer(title, [(owner, Office().party(), ONE)], by=office.registrar)
        with pytest.raises(BadRequest):
            transfer.open_transfer(title, [(owner, buyer, ONE)], ground="theft", by=office.registrar)
        mortgage = right_over(unit, "mortgage", {buyer: ONE}, amount=7)
        with pytest.raises(RegisterRefusal):
            transfer.open_transfer(mortgage, [(buyer, owner, ONE)], by=office.registrar)


class TestBurdens:
    def test_a_mortgage_is_released(self, office, unit):
        office.signed(encumbrances.open_mortgage(unit, creditor=office.party(), amount=Decimal(9), by=office.registrar))
        mortgage = unit.rights.in_force().get(kind="mortgage")
        office.signed(encumbrances.open_end(mortgage, by=office.registrar))
        mortgage.refresh_from_db()
        assert mortgage.valid_to == timezone.localdate()
        with pytest.raises(RegisterRefusal):
            encumbrances.open_end(mortgage, by=office.registrar)
        with pytest.raises(RegisterRefusal):
            encumbrances.open_end(title_of(unit), by=office.registrar)

    def test_what_a_burden_needs(self, office, unit):
        with pytest.raises(BadRequest):
            encumbrances.open_mortgage(unit, creditor=office.party(), amount=Decimal(0), by=office.registrar)
        with pytest.raises(BadRequest):
            encumbrances.open_seizure(unit, authority=office.party(), reference=" ", by=office.registrar)
        with pytest.raises(RegisterRefusal, match="without a registered owner"):
            encumbrances.open_mortgage(
                office.unit(owners={}), creditor=office.party(), amount=Decimal(1), by=office.registrar
            )


class TestSplit:
    def test_rights_and_burdens_carry_over_and_areas_are_kept(self, office):
        parties = {office.party(): THIRD, office.party(): 1 - THIRD}
        unit = office.unit(owners=parties, parcel__parcel_no="12", parcel__area_m2=Decimal("10500.01"))
        right_over(unit, "mortgage", {office.party(): ONE}, amount=40_000_000)
        parcel = unit.parcels.get()
        shapes = division.by_area(shape_of(parcel), 4000, 0)
        case = office.signed(parcels.open_split(unit, shapes, by=office.registrar))
        parcel.refresh_from_db()
        unit.refresh_from_db()
        assert (parcel.status, parcel.closed_by, parcel.valid_to) == ("historic", case, timezone.localdate())
        assert unit.valid_to == timezone.localdate()
        children = list(Parcel.objects.current().order_by("pk"))
        assert [child.parcel_no for child in children] == ["12/1", "12/2"]
        assert sum(child.area_m2 for child in children) == Decimal("10500.01")
        assert [list(child.parents.all()) for child in children] == [[parcel], [parcel]]
        for child in children:
            assert holders(title_of(child.unit)) == {party.pk: part for party, part in parties.items()}
            assert child.unit.rights.in_force().get(kind="mortgage").amount == 40_000_000
        one, other = map(shape_of, children)
        assert one.intersection(other).length > 0
        assert one.intersection(other).area == 0
        assert len(set(one.exterior.coords) & set(other.exterior.coords)) == 2
        at_once()

    def test_an_easement_goes_where_it_lies(self, office):
        unit = office.unit(parcel__geom=to_geos(box(0, 0, 40, 20)))
        strip = to_geos(box(0, 0, 3, 20))
        right_over(unit, "easement", {office.party(): ONE}, geom=strip)
        shapes = division.in_equal_parts(box(0, 0, 40, 20), 2, 270)
        office.signed(parcels.open_split(unit, shapes, by=office.registrar))
        west, east = Parcel.objects.current().order_by("pk")
        assert west.unit.rights.in_force().filter(kind="easement").count() == 1
        assert not east.unit.rights.filter(kind="easement").exists()

    def test_parts_that_are_not_the_parcel_are_refused(self, office):
        unit = office.unit(parcel__geom=to_geos(box(0, 0, 40, 20)))
        for shapes in (
            [box(0, 0, 20, 20), box(20, 0, 19, 20)],
            [box(0, 0, 21, 20), box(20, 0, 20, 20)],
            [box(0, 0, 20, 20), box(20, 0, 20, 21)],
        ):
            with pytest.raises(RegisterRefusal, match="make up"):
                parcels.open_split(unit, shapes, by=office.registrar)

    def test_numbers_are_free_ones_and_each_its_own(self, office):
        unit = office.unit(parcel__parcel_no="12", parcel__geom=to_geos(box(0, 0, 40, 20)))
        ParcelFactory(block=office.block, parcel_no="12/1", status="historic")
        shapes = halves(unit)
        assert parcels.next_numbers(unit.parcels.get(), 2) == ["12/2", "12/3"]
        for numbers in (["1", "1"], ["1"], ["1", " "]):
            with pytest.raises(BadRequest):
                parcels.open_split(unit, shapes, numbers=numbers, by=office.registrar)
        ParcelFactory(block=office.block, parcel_no="77", geom=to_geos(box(0, 200, 9, 9)))
        case = parcels.open_split(unit, shapes, numbers=["77", "78"], by=office.registrar)
        assert "already has" in cases.simulate(case).refusal
        with pytest.raises(RegisterRefusal, match="already has"):
            cases.submit(case, by=office.registrar)

    def test_it_is_shown_before_it_is_signed_and_nothing_is_changed_by_that(self, office):
        unit = office.unit(parcel__geom=to_geos(box(0, 0, 40, 20)))
        case = parcels.open_split(unit, halves(unit), by=office.registrar)
        before = (list(Parcel.objects.values()), list(Right.objects.values()), list(PropertyUnit.objects.values()))
        outcome = cases.simulate(case)
        assert outcome.refusal == ""
        assert [len(part) for part in (outcome.closed_parcels, outcome.opened_parcels)] == [1, 2]
        assert [len(part) for part in (outcome.closed_rights, outcome.opened_rights)] == [1, 2]
        assert (
            list(Parcel.objects.values()),
            list(Right.objects.values()),
            list(PropertyUnit.objects.values()),
        ) == before


class TestMerge:
    def neighbours(self, office, **facts):
        owner = office.party()
        return [
            office.unit(
                owners={owner: ONE}, parcel__geom=to_geos(box(20 * i, 0, 20, 20)), parcel__parcel_no=f"5/{i + 1}"
            )
            for i in range(2)
        ]

    def test_neighbours_under_the_same_rights_become_one(self, office):
        units = self.neighbours(office)
        mortgage = {office.party(): ONE}
        for unit in units:
            right_over(unit, "mortgage", mortgage, amount=5)
        office.signed(parcels.open_merge(units, by=office.registrar))
        one = Parcel.objects.current().get()
        assert one.parents.count() == 2
        assert (one.parcel_no, one.area_m2, one.geom.area) == ("5/3", 400, pytest.approx(800))
        assert sorted(one.unit.rights.in_force().values_list("kind", flat=True)) == ["mortgage", "ownership"]
        assert PropertyUnit.objects.filter(valid_to=None).count() == 1
        at_once()

    def test_what_differs_is_said(self, office):
        units = self.neighbours(office)
        right_over(units[1], "mortgage", {office.party(): ONE}, amount=5)
        with pytest.raises(RegisterRefusal, match="mortgage"):
            parcels.open_merge(units, by=office.registrar)
        stranger = office.unit(parcel__geom=to_geos(box(40, 0, 20, 20)))
        with pytest.raises(RegisterRefusal, match="ownership"):
            parcels.open_merge([units[0], stranger], by=office.registrar)

    def test_they_have_to_touch(self, office):
        owner = office.party()
        units = [office.unit(owners={owner: ONE}, parcel__geom=to_geos(box(x, 0, 20, 20))) for x in (0, 25)]
        with pytest.raises(DomainError, match="touch"):
            parcels.open_merge(units, by=office.registrar)

    def test_a_split_is_undone_by_a_merge(self, office):
        unit = office.unit(parcel__geom=to_geos(box(0, 0, 40, 20)))
        before = shape_of(unit.parcels.get())
        office.signed(parcels.open_split(unit, halves(unit), by=office.registrar))
        children = list(PropertyUnit.objects.filter(valid_to=None))
        office.signed(parcels.open_merge(children, by=office.registrar))
        after = Parcel.objects.current().get()
        assert shape_of(after).symmetric_difference(before).area < 1e-6
        assert after.area_m2 == unit.parcels.get().area_m2


class TestCorrections:
    def test_a_boundary_between_neighbours_moves_and_rights_stay(self, office):
        west, east = (office.unit(parcel__geom=to_geos(box(x, 0, 20, 20)), parcel__parcel_no=f"{x}") for x in (0, 20))
        outlines = {west.parcels.get(): box(0, 0, 22, 20), east.parcels.get(): box(22, 0, 18, 20)}
        case = office.signed(parcels.open_boundary_correction(outlines, by=office.registrar))
        now = west.parcels.current().get()
        assert (now.geom.area, now.parcel_no, now.opened_by) == (pytest.approx(440), "0", case)
        assert float(now.area_m2) == pytest.approx(440, rel=1e-3)
        assert west.parcels.count() == 2
        assert title_of(west).opened_by is None

    def test_a_neighbours_land_is_not_taken_by_it(self, office):
        unit = office.unit(parcel__geom=to_geos(box(0, 0, 20, 20)))
        office.unit(parcel__geom=to_geos(box(20, 0, 20, 20)))
        case = parcels.open_boundary_correction({unit.parcels.get(): box(0, 0, 22, 20)}, by=office.registrar)
        assert "overlap" in cases.simulate(case).refusal

    def test_an_error_is_corrected_by_another_version(self, office, unit):
        parcel = unit.parcels.get()
        case = parcels.open_error_correction(
            parcel, area_m2=Decimal("310.5"), land_kind="miri", note="سهو في النقل", by=office.registrar
        )
        office.signed(case)
        now = unit.parcels.current().get()
        assert (now.area_m2, now.land_kind, now.parcel_no) == (Decimal("310.5"), "miri", parcel.parcel_no)
        assert list(now.parents.all()) == [parcel]
        for facts, note in (({}, "x"), ({"geom": 1}, "x"), ({"area_m2": 5}, "")):
            with pytest.raises(BadRequest):
                parcels.open_error_correction(now, by=office.registrar, note=note, **facts)


class TestFirstRegistration:
    def test_a_parcel_of_the_map_gets_its_rights(self, office):
        parcel, owner = ParcelFactory(block=office.block), office.party()
        case = first.open_first(parcel, Right.Kind.OWNERSHIP, [(owner, ONE)], place=office.place, by=office.registrar)
        with pytest.raises(UnitHeld):
            first.open_first(parcel, Right.Kind.CLAIM, [(owner, ONE)], place=office.place, by=office.registrar)
        office.signed(case)
        parcel.refresh_from_db()
        assert holders(title_of(parcel.unit)) == {owner.pk: ONE}
        with pytest.raises(RegisterRefusal, match="already"):
            first.open_first(parcel, Right.Kind.CLAIM, [(owner, ONE)], place=office.place, by=office.registrar)

    def test_not_in_another_place_and_not_with_half_the_shares(self, office):
        owner = office.party()
        with pytest.raises(RegisterRefusal, match="lie"):
            first.open_first(
                ParcelFactory(), Right.Kind.OWNERSHIP, [(owner, ONE)], place=office.place, by=office.registrar
            )
        with pytest.raises(SharesRefused):
            first.open_first(
                ParcelFactory(block=office.block),
                Right.Kind.OWNERSHIP,
                [(owner, HALF)],
                place=office.place,
                by=office.registrar,
            )


@pytest.mark.django_db(transaction=True)
class TestTwoAtOnce:
    def test_two_splits_of_one_parcel_one_wins_and_the_other_gets_a_sentence(self, office):
        unit = office.unit(parcel__geom=to_geos(box(0, 0, 40, 20)))
        shapes = halves(unit)
        error = race(
            lambda: parcels.open_split(unit, shapes, by=office.registrar),
            lambda: parcels.open_split(unit, shapes, by=office.registrar),
        )
        assert isinstance(error, UnitHeld)
        assert Case.objects.get().number in error.message
        assert Parcel.objects.pending().count() == 2

    def test_a_case_is_signed_once(self, office):
        unit = office.unit(parcel__geom=to_geos(box(0, 0, 40, 20)))
        case = cases.submit(parcels.open_split(unit, halves(unit), by=office.registrar), by=office.registrar)
        error = race(lambda: cases.sign(case, by=office.approver), lambda: cases.sign(case, by=office.approver))
        assert isinstance(error, TransitionNotAllowed)
        assert Parcel.objects.current().count() == 2

    def test_a_case_opened_while_another_is_being_signed(self, office):
        unit = office.unit(parcel__geom=to_geos(box(0, 0, 40, 20)))
        shapes = halves(unit)
        case = cases.submit(parcels.open_split(unit, shapes, by=office.registrar), by=office.registrar)
        error = race(
            lambda: cases.sign(case, by=office.approver),
            lambda: parcels.open_split(unit, shapes, by=office.registrar),
        )
        assert isinstance(error, RegisterRefusal)
        assert Case.objects.count() == 1
