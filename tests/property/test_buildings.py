"""Buildings and flats: noted by the registrar, made properties of their own by a case, and then transferred as such."""

from fractions import Fraction

import pytest
from django.urls import reverse

from muni.core.errors import BadRequest, Forbidden
from property.models import Building, BuildingUnit, Case, Look
from property.services import buildings, encumbrances, transfer
from property.services.holding import RegisterRefusal, UnitHeld
from tests.factories import ParcelFactory, UserFactory
from tests.property.factories import Office, holders, right_over, title_of
from tests.property.test_holders import joined, mine, text

pytestmark = pytest.mark.django_db
ONE = Fraction(1)
FACTS = {"number": "3", "storey": 1, "use": "flat", "area_m2": 90}


@pytest.fixture
def office(db):
    return Office()


@pytest.fixture
def unit(office):
    return office.unit(owners={office.party(name="مالك الأرض"): ONE}, parcel__parcel_no="12")


@pytest.fixture
def flat(office, unit):
    house = buildings.note_building(unit.parcels.get(), name="عمارة النور", storeys=4, by=office.registrar)
    return buildings.note_flat(house, **FACTS, by=office.registrar)


def registered(office, flat, owner):
    office.signed(buildings.open_flat(flat, "ownership", [(owner, ONE)], by=office.registrar))
    flat.refresh_from_db()
    return flat.unit


def test_noted_and_changed_on_pages(client_of, office, unit):
    client, parcel = client_of(office.registrar), unit.parcels.get()
    client.post(reverse("property:add_building", args=[parcel.pk]), {"name": "عمارة", "storeys": "4"})
    house = Building.objects.get()
    facts = {"number": "3", "use": "shop", "storey": "0", "area_m2": "٤٢٫٥"}
    client.post(reverse("property:add_flat", args=[parcel.pk, house.pk]), facts)
    shop = BuildingUnit.objects.get()
    assert (shop.use, float(shop.area_m2)) == ("shop", 42.5)
    again = client.post(reverse("property:add_flat", args=[parcel.pk, house.pk]), facts)
    assert again.context["form"].errors["number"]
    client.post(
        reverse("property:change_flat", args=[parcel.pk, house.pk, shop.pk]), facts | {"use": "flat", "number": "4"}
    )
    client.post(reverse("property:change_building", args=[parcel.pk, house.pk]), {"name": "عمارة الفرات"})
    shop.refresh_from_db()
    assert (shop.use, shop.number) == ("flat", "4")
    page = text(client.get(reverse("property:parcel", args=[parcel.pk])))
    assert "عمارة الفرات" in page
    assert reverse("property:flat", args=[shop.pk]) in page


def test_only_by_a_registrar_of_the_place_on_registered_land(office, unit, flat):
    for stranger in (Office().registrar, office.approver, UserFactory()):
        with pytest.raises(Forbidden):
            buildings.note_building(unit.parcels.get(), by=stranger)
        with pytest.raises(Forbidden):
            buildings.note_flat(flat.building, **FACTS | {"number": "9"}, by=stranger)
    with pytest.raises(RegisterRefusal, match="registered"):
        buildings.note_building(ParcelFactory(block=office.block), by=office.registrar)
    with pytest.raises(BadRequest, match="number"):
        buildings.note_flat(flat.building, **FACTS, by=office.registrar)


def test_a_flat_becomes_a_property_that_is_transferred_and_burdened(client_of, office, unit, flat):
    owner, buyer = office.party(), office.party()
    own = registered(office, flat, owner)
    assert holders(title_of(own)) == {owner.pk: ONE}
    assert title_of(unit) != title_of(own)
    client = client_of(office.registrar)
    typed = {"giver": owner.pk, "part": "1", "name": "مشترٍ", "kind": "person", "ground": "sale"}
    answer = client.post(reverse("property:prepare_flat", args=[flat.pk, "transfer"]), typed)
    case = Case.objects.first()
    assert answer.url == reverse("property:case", args=[case.pk])
    assert reverse("property:flat", args=[flat.pk]) in text(client.get(answer.url))
    office.signed(case)
    assert owner.pk not in holders(title_of(own))
    office.signed(encumbrances.open_mortgage(own, creditor=buyer, amount=5, by=office.registrar))
    assert not unit.rights.filter(kind="mortgage").exists()


def test_its_registration_holds_the_land_and_happens_once(office, unit, flat):
    owner = office.party()
    case = buildings.open_flat(flat, "ownership", [(owner, ONE)], by=office.registrar)
    with pytest.raises(UnitHeld):
        transfer.open_transfer(title_of(unit), [(title_of(unit).shares.get().party, owner, ONE)], by=office.registrar)
    office.signed(case)
    flat.refresh_from_db()
    with pytest.raises(RegisterRefusal, match="already"):
        buildings.open_flat(flat, "ownership", [(owner, ONE)], by=office.registrar)


@pytest.mark.parametrize("kind", ["waqf", "mortgage"])
def test_not_with_any_right(office, flat, kind):
    with pytest.raises(RegisterRefusal, match="entered"):
        buildings.open_flat(flat, kind, [(office.party(), ONE)], by=office.registrar)


def test_registered_on_its_page(client_of, office, flat):
    client = client_of(office.registrar)
    address = reverse("property:flat", args=[flat.pk])
    assert reverse("property:prepare_flat", args=[flat.pk, "first"]) in text(client.get(address))
    assert client.get(reverse("property:prepare_flat", args=[flat.pk, "transfer"])).status_code == 404
    client.post(
        reverse("property:prepare_flat", args=[flat.pk, "first"]),
        {"right": "ownership", "name": "ساكن الشقة", "kind": "person"},
    )
    office.signed(Case.objects.get())
    assert "ساكن الشقة" in text(client.get(address))
    assert Look.objects.filter(unit__building_units=flat, purpose="parcel").count() == 1


def test_nobody_else_learns_who_holds_a_flat(client, client_of, office, unit, flat):
    owner = office.party(name="مالكة سرّية")
    own = registered(office, flat, owner)
    right_over(own, "mortgage", {office.party(name="دائن سرّي"): ONE}, amount=5, valid_from=own.valid_from)
    parcel = unit.parcels.get()
    addresses = [
        reverse("property:flat", args=[flat.pk]),
        reverse("property:prepare_flat", args=[flat.pk, "transfer"]),
        reverse("property:parcel", args=[parcel.pk]),
        reverse("property:change_flat", args=[parcel.pk, flat.building_id, flat.pk]),
        reverse("property:my_unit", args=[own.pk]),
    ]
    landlord = joined(office, title_of(unit).shares.get().party)
    planner = UserFactory(permissions=["property.view_parcel"])
    others = [client, *map(client_of, (Office().registrar, landlord, planner))]
    for other in others:
        for address in addresses:
            page = text(other.get(address))
            assert "سرّي" not in page, address
    holder = client_of(joined(office, owner))
    assert "12" in text(holder.get(mine("my_unit", own.pk)))
