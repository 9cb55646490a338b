"""Buildings go with the ground that they stand on."""

import pytest
from django.urls import reverse

from property.boundary_forms import corners_of
from property.models import Building, Parcel
from property.rules import division
from property.services import buildings, cases, parcels
from property.services.holding import RegisterRefusal, to_geos
from tests.property.factories import Office, box, shape_of, title_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(db):
    return Office()


@pytest.fixture
def unit(office):
    return office.unit(parcel__geom=to_geos(box(0, 0, 40, 20)), parcel__parcel_no="12")


def building(unit, *where, name=""):
    return Building.objects.create(parcel=unit.parcels.get(), name=name, geom=where and to_geos(box(*where)) or None)


def split(office, unit):
    """Into an eastern and a western half, of 20 m each."""
    halves = division.in_equal_parts(shape_of(unit.parcels.current().get()), 2, 90)
    return parcels.open_split(unit, halves, by=office.registrar, numbers=["12/1", "12/2"])


def number_under(one):
    one.refresh_from_db()
    return one.parcel.parcel_no, one.parcel.status


def test_a_split_gives_each_building_to_the_part_that_holds_it(office, unit):
    east, west, at_the_line = building(unit, 25, 5, 5, 5), building(unit, 5, 5, 5, 5), building(unit, 20, 12, 5, 5)
    case = split(office, unit)
    assert not cases.simulate(case).refusal
    assert number_under(east) == ("12", "current")
    office.signed(case)
    assert [number_under(one) for one in (east, west, at_the_line)] == [
        ("12/1", "current"),
        ("12/2", "current"),
        ("12/1", "current"),
    ]


@pytest.mark.parametrize(("where", "said"), [((18, 5, 5, 5), "cut building school in two"), ((), "footprint first")])
def test_a_split_that_would_cut_a_building_is_refused_already_in_its_simulation(office, unit, where, said):
    building(unit, *where, name="school")
    case = split(office, unit)
    assert said in cases.simulate(case).refusal
    with pytest.raises(RegisterRefusal, match=said):
        cases.submit(case, by=office.registrar)
    assert Parcel.objects.current().get().parcel_no == "12"


def test_a_merge_and_a_correction_take_the_buildings_over(office, unit):
    (share,) = title_of(unit).shares.all()
    other = office.unit(owners={share.party: share.fraction}, parcel__geom=to_geos(box(40, 0, 40, 20)))
    both = [building(unit, 5, 5, 5, 5), building(other, 45, 5, 5, 5), building(other)]
    office.signed(parcels.open_merge([unit, other], number="50", by=office.registrar))
    assert {number_under(one) for one in both} == {("50", "current")}
    merged = Parcel.objects.current().get()
    office.signed(parcels.open_error_correction(merged, parcel_no="51", note="x", by=office.registrar))
    assert {number_under(one) for one in both} == {("51", "current")}


def test_its_footprint_is_written_by_corners_shown_and_changed_and_then_the_parcel_can_be_split(
    client_of, office, unit
):
    client, parcel = client_of(office.registrar), unit.parcels.get()
    client.post(reverse("property:add_building", args=[parcel.pk]), {"name": "school"})
    case = split(office, unit)
    assert cases.simulate(case).refusal
    one = Building.objects.get()
    page = reverse("property:change_building", args=[parcel.pk, one.pk])
    said = client.post(page, {"name": "school", "footprint": corners_of(box(36, 5, 5, 5))})
    assert "footprint" not in said.context["form"].errors
    assert said.context["form"].non_field_errors()
    assert client.post(page, {"footprint": "1 2"}).context["form"].errors["footprint"]
    corners = corners_of(box(25, 5, 5, 5))
    assert client.post(page, {"name": "school", "footprint": corners}).status_code == 302
    shown = client.get(page).context["form"]["footprint"].value()
    assert set(shown.split("\n")) == set(corners.split("\n"))
    office.signed(case)
    assert number_under(one) == ("12/1", "current")


def test_a_footprint_lies_on_its_parcel(office, unit):
    parcel = unit.parcels.get()
    with pytest.raises(RegisterRefusal, match="beyond the parcel"):
        buildings.note_building(parcel, footprint=box(38, 5, 5, 5), by=office.registrar)
    assert not Building.objects.exists()
    noted = buildings.note_building(parcel, footprint=box(35, 5, 5, 5), by=office.registrar)
    assert noted.geom.area == pytest.approx(25)
