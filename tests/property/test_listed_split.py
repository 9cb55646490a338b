"""A split that begins with a list of numbers and areas; the geometry comes later, in the same case."""

from decimal import Decimal

import pytest
from django.urls import reverse

from muni.core.errors import BadRequest, Forbidden
from property.models import Case, Parcel
from property.rules import division
from property.services import cases, parcels
from property.services.holding import RegisterRefusal, to_geos
from tests.property.factories import Office, box, shape_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(db):
    return Office()


@pytest.fixture
def unit(office):
    """800 m² registered, as measured."""
    return office.unit(parcel__geom=to_geos(box(0, 0, 40, 20)), parcel__parcel_no="12", parcel__area_m2=800)


LISTED = [("12/7", Decimal(500)), ("12/8", Decimal(300))]


def test_the_list_comes_first_and_the_geometry_later(speaking_english, office, unit):
    client, parcel = speaking_english(office.registrar), unit.parcels.get()
    address = reverse("property:prepare", args=[parcel.pk, "split"])
    client.post(address, {"way": "list", "listed": "١٢/٧ ٥٠٠\n12/8 300\n", "side": "0"})
    case = Case.objects.get()
    assert not Parcel.objects.pending().exists()
    with pytest.raises(RegisterRefusal, match="not been drawn"):
        cases.submit(case, by=office.registrar)
    page = client.get(reverse("property:case", args=[case.pk])).content.decode()
    assert reverse("property:shapes", args=[case.pk]) in page
    assert client.get(reverse("property:shapes", args=[case.pk])).status_code == 200
    answer = client.post(reverse("property:shapes", args=[case.pk]), {"way": "side", "side": "90"})
    assert answer.status_code == 302
    office.signed(case)
    facts = {p.parcel_no: (p.area_m2, round(p.geom.area)) for p in Parcel.objects.current()}
    assert facts == {"12/7": (500, 500), "12/8": (300, 300)}
    assert client.get(reverse("property:shapes", args=[case.pk])).status_code == 404


def test_shapes_are_given_to_the_numbers_whose_areas_they_have_and_can_be_drawn_again(office, unit):
    case = parcels.open_listed_split(unit, LISTED, by=office.registrar)
    whole = shape_of(unit.parcels.current().get())
    for azimuth in (90, 270):
        parts = division.by_areas(whole, [300, 500], azimuth)
        parcels.give_shapes(case, parts, by=office.registrar)
    pending = {p.parcel_no: round(p.geom.area) for p in Parcel.objects.pending()}
    assert pending == {"12/7": 500, "12/8": 300}


@pytest.mark.parametrize("listed", [LISTED[:1], [("12/7", Decimal(400))] * 2, [("1", Decimal(1)), ("2", Decimal(2))]])
def test_a_list_that_does_not_make_up_the_parcel_is_refused(office, unit, listed):
    with pytest.raises((BadRequest, RegisterRefusal)):
        parcels.open_listed_split(unit, listed, by=office.registrar)
    assert not Case.objects.exists()


def test_what_is_drawn_has_to_agree_with_the_list(office, unit):
    case = parcels.open_listed_split(unit, LISTED, by=office.registrar)
    whole = shape_of(unit.parcels.current().get())
    with pytest.raises(RegisterRefusal, match="should measure"):
        parcels.give_shapes(case, division.in_equal_parts(whole, 2, 0), by=office.registrar)
    with pytest.raises(RegisterRefusal, match="3 were drawn"):
        parcels.give_shapes(case, division.in_equal_parts(whole, 3, 0), by=office.registrar)
    with pytest.raises(Forbidden):
        parcels.give_shapes(case, division.by_areas(whole, [300, 500], 0), by=office.approver)
