"""What stands and lies on a parcel when its outline changes: easements and buildings, and the place itself."""

from fractions import Fraction

import pytest
from django.contrib.gis.geos import MultiPolygon

from muni.core.srids import MUNI_SRID
from property.models import Building, Parcel, Right
from property.rules import division
from property.services import cases, parcels
from property.services.holding import OUTSIDE_M2, RegisterRefusal, to_geos
from tests.factories import BoundaryFactory
from tests.property.factories import Office, box, right_over

pytestmark = pytest.mark.django_db
ONE = Fraction(1)


@pytest.fixture
def office(db):
    return Office()


@pytest.fixture
def unit(office):
    return office.unit(parcel__geom=to_geos(box(0, 0, 40, 20)), parcel__parcel_no="12")


def easements():
    return Right.objects.in_force().filter(kind="easement")


class TestAMerge:
    def test_an_easement_on_one_of_them_does_not_stand_in_its_way(self, office):
        owner = office.party()
        units = [office.unit(owners={owner: ONE}, parcel__geom=to_geos(box(20 * i, 0, 20, 20))) for i in range(2)]
        strip, other = to_geos(box(30, 0, 3, 20)), to_geos(box(0, 0, 20, 3))
        right_over(units[1], "easement", {office.party(): ONE}, geom=strip)
        right_over(units[1], "easement", {office.party(): ONE}, geom=to_geos(box(36, 0, 3, 20)))
        right_over(units[0], "easement", {office.party(): ONE}, geom=other)
        office.signed(parcels.open_merge(units, by=office.registrar))
        merged = Parcel.objects.current().get()
        kept = easements()
        assert {right.unit_id for right in kept} == {merged.unit_id}
        assert len(kept) == 3
        assert sum(right.geom.area for right in kept) == pytest.approx(180)


class TestASplit:
    def test_each_part_takes_its_piece_of_an_easement_and_a_part_that_is_only_touched_takes_none(self, office, unit):
        holder = office.party()
        along, at_the_line = box(0, 0, 40, 3), box(20, 5, 4, 4)
        for area in (along, at_the_line):
            right_over(unit, "easement", {holder: ONE}, geom=to_geos(area))
        shapes = division.in_equal_parts(box(0, 0, 40, 20), 2, 90)
        office.signed(parcels.open_split(unit, shapes, numbers=["12/1", "12/2"], by=office.registrar))
        east, west = (Parcel.objects.current().get(parcel_no=number) for number in ("12/1", "12/2"))
        assert sorted(round(right.geom.area, 3) for right in easements().filter(unit=east.unit)) == [16, 60]
        assert [round(right.geom.area, 3) for right in easements().filter(unit=west.unit)] == [60]
        for right in easements():
            assert right.geom.difference(right.unit.parcels.get().geom).area < OUTSIDE_M2


class TestABoundaryCorrection:
    def correct(self, office, unit, shape):
        return parcels.open_boundary_correction({unit.parcels.current().get(): shape}, by=office.registrar)

    def test_does_not_move_a_parcel_elsewhere(self, office, unit):
        for elsewhere in (box(5000, 0, 40, 20), box(40, 0, 40, 20)):
            with pytest.raises(RegisterRefusal, match="another place"):
                self.correct(office, unit, elsewhere)

    def test_stays_within_the_place(self, office, unit):
        BoundaryFactory(place=office.place, geom=MultiPolygon(to_geos(box(-100, -100, 150, 300)), srid=MUNI_SRID))
        with pytest.raises(RegisterRefusal, match="does not lie in"):
            self.correct(office, unit, box(0, 0, 60, 20))
        office.signed(self.correct(office, unit, box(0, 0, 45, 20)))

    def test_leaves_no_easement_behind(self, office, unit):
        right_over(unit, "easement", {office.party(): ONE}, geom=to_geos(box(35, 0, 5, 20)))
        with pytest.raises(RegisterRefusal, match="easement"):
            self.correct(office, unit, box(0, 0, 38, 20))
        office.signed(self.correct(office, unit, box(1, 0, 39, 20)))

    def test_leaves_no_building_behind_nor_one_that_came_meanwhile(self, office, unit):
        case = self.correct(office, unit, box(0, 0, 38, 20))
        assert not cases.simulate(case).refusal
        Building.objects.create(parcel=unit.parcels.current().get(), name="school", geom=to_geos(box(36, 5, 4, 4)))
        assert "school" in cases.simulate(case).refusal
        with pytest.raises(RegisterRefusal, match="school"):
            cases.submit(case, by=office.registrar)
        cases.withdraw(case, by=office.registrar)
        with pytest.raises(RegisterRefusal, match="school"):
            self.correct(office, unit, box(0, 0, 38, 20))
        office.signed(self.correct(office, unit, box(2, 0, 38, 20)))
