"""The register on a past date: what stood, and whose it was for those who may know."""

from datetime import date, timedelta
from fractions import Fraction

import pytest
from django.urls import reverse

from property.models import Parcel, Right
from property.services import parcels
from property.services.holding import to_geos
from tests.factories import UserFactory
from tests.property.factories import Office, box, right_over
from tests.property.test_services import halves

pytestmark = pytest.mark.django_db
BOX = "47,31,48,32"


@pytest.fixture
def office(db):
    return Office()


@pytest.fixture
def unit(office):
    """Of زينب until 2022, of جاسم since; the parcel stood since 2020 and was split today."""
    unit = office.unit(owners={}, parcel__geom=to_geos(box(0, 0, 40, 20)), parcel__parcel_no="12")
    first = right_over(unit, Right.Kind.OWNERSHIP, {office.party(name="زينب علي"): Fraction(1)})
    Right.objects.filter(pk=first.pk).update(valid_to=date(2022, 1, 1))
    then = {office.party(name="جاسم محمد"): Fraction(1)}
    right_over(unit, Right.Kind.OWNERSHIP, then, valid_from=date(2022, 1, 1))
    office.signed(parcels.open_split(unit, halves(unit), numbers=["12/1", "12/2"], by=office.registrar))
    return unit


def numbers_on(client, day):
    answer = client.get(reverse("property:past_shapes"), {"on": f"{day}", "bbox": BOX})
    return sorted(feature["properties"]["number"] for feature in answer.json()["features"])


def test_the_map_and_the_list_show_what_stood_on_the_day(client_of, office, unit):
    client = client_of(office.registrar)
    split = Parcel.objects.get(parcel_no="12").valid_to
    assert numbers_on(client, split) == ["12/1", "12/2"]
    assert numbers_on(client, split - timedelta(days=1)) == ["12"]
    assert numbers_on(client, "2019-12-31") == []
    page = client.get(reverse("property:past"), {"on": "2021-05-01", "parcel_no": "١٢", "block": office.block.number})
    assert [parcel.parcel_no for parcel in page.context["found"]] == ["12"]
    assert client.get(reverse("property:past")).status_code == 200


@pytest.mark.parametrize("box", ["nan,nan,nan,nan", "1,2,3", "1e400,0,1,1", "a,b,c,d", ""])
def test_a_box_that_is_none_is_refused(client_of, office, box):
    answer = client_of(office.registrar).get(reverse("property:past_shapes"), {"on": "2021-01-01", "bbox": box})
    assert answer.status_code == 400


def test_the_register_does_not_foretell(client_of, office, unit):
    address = reverse("property:extract", args=[Parcel.objects.get(parcel_no="12/1").pk])
    assert client_of(office.registrar).get(address, {"on": "2999-01-01"}).context["form"].errors["on"]


def test_an_extract_names_who_held_what_on_the_day(client_of, office, unit):
    client, parcel = client_of(office.registrar), Parcel.objects.get(parcel_no="12")

    def extract(day):
        return client.get(reverse("property:extract", args=[parcel.pk]), {"on": f"{day}"}).content.decode()

    assert "زينب" in extract("2021-12-31")
    assert "جاسم" in extract("2022-01-01")
    assert "زينب" not in extract("2022-01-01")
    today = extract(parcel.valid_to)
    assert "جاسم" not in today
    assert "12/1" in today or "12/2" in today


def test_persons_of_the_past_are_as_private_as_those_of_today(client_of, office, unit):
    address = reverse("property:extract", args=[Parcel.objects.get(parcel_no="12").pk])
    for person in (Office().registrar, UserFactory()):
        assert client_of(person).get(address, {"on": "2021-01-01"}).status_code == 403
    assert client_of(UserFactory()).get(reverse("property:past")).status_code == 403
    shapes = client_of(office.registrar).get(reverse("property:past_shapes"), {"on": "2021-01-01", "bbox": BOX})
    assert "زينب" not in shapes.content.decode()


@pytest.mark.parametrize(
    "asked", [{}, {"on": "2021-01-01"}, {"on": "x", "bbox": BOX}, {"on": "2021-01-01", "bbox": "1,2"}]
)
def test_a_question_that_cannot_be_read_is_refused(client_of, office, asked):
    assert client_of(office.registrar).get(reverse("property:past_shapes"), asked).status_code == 400
