"""What stands and lies on a parcel when its outline changes: easements and buildings, and the place itself."""

from fractions import Fraction

import pytest

from property.models import Parcel, Right
from property.services import parcels
from property.services.holding import to_geos
from tests.property.factories import Office, box, right_over

pytestmark = pytest.mark.django_db
ONE = Fraction(1)


@pytest.fixture
def office(db):
    return Office()


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
