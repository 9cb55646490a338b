"""The register's REST addresses: what stood where and when, and what came from what."""

from datetime import date

import pytest
from django.urls import reverse

from property.models import Parcel
from property.rules import division
from property.services import parcels
from property.services.holding import to_geos
from tests.factories import AMARAH, ParcelFactory
from tests.property.factories import Office, box, shape_of

pytestmark = pytest.mark.django_db
INSIDE = {"lon": AMARAH[0] + 0.0005, "lat": AMARAH[1] + 0.0005}


def at(client, **query):
    answer = client.get(reverse("parcels:at"), INSIDE | query)
    assert answer.status_code == 200
    return [feature["id"] for feature in answer.json()["features"]]


@pytest.fixture
def versions(db):
    """Two parcels that stood one after the other on the same ground, and one proposed."""
    old = ParcelFactory(status="historic", valid_from=date(1985, 1, 1), valid_to=date(2021, 5, 1))
    new = ParcelFactory(geom=old.geom, valid_from=date(2021, 5, 1))
    ParcelFactory(geom=old.geom, status="pending")
    return old, new


def test_what_stood_at_a_point_on_a_day(client, versions):
    old, new = (parcel.pk for parcel in versions)
    assert at(client) == [new]
    assert at(client, on="1990-01-01") == [old]
    assert at(client, on="2021-04-30") == [old]
    assert at(client, on="2021-05-01") == [new]
    assert at(client, on="1984-12-31") == []
    assert at(client, ever="true") == [new, old]
    assert at(client, ever="true", lon=40) == []


def test_a_historic_parcel_has_an_address_and_a_proposed_one_has_none(client, versions):
    old, _new = versions
    properties = client.get(reverse("parcels:detail", args=[old.pk])).json()["properties"]
    assert (properties["status"], properties["valid_from"], properties["valid_to"]) == (
        "historic",
        "1985-01-01",
        "2021-05-01",
    )
    pending = Parcel.objects.pending().get().pk
    for name in ("detail", "family"):
        assert client.get(reverse(f"parcels:{name}", args=[pending])).status_code == 404
    assert old.pk not in [f["id"] for f in client.get(reverse("parcels:list")).json()["features"]]


def test_the_family_of_a_parcel(client):
    office = Office()
    unit = office.unit(parcel__geom=to_geos(box(0, 0, 40, 20)), parcel__parcel_no="9")
    first = unit.parcels.get()
    office.signed(parcels.open_split(unit, division.in_equal_parts(shape_of(first), 2, 90), by=office.registrar))
    east, west = Parcel.objects.current().order_by("pk")
    office.signed(parcels.open_split(east.unit, division.in_equal_parts(shape_of(east), 2, 90), by=office.registrar))
    parcels.open_split(west.unit, division.in_equal_parts(shape_of(west), 2, 90), by=office.registrar)
    tree = client.get(reverse("parcels:family", args=[east.pk])).json()
    grandchildren = Parcel.objects.current().exclude(pk=west.pk).order_by("pk").values_list("pk", flat=True)
    assert sorted(member["id"] for member in tree["parcels"]) == sorted([first.pk, east.pk, *grandchildren])
    assert {(d["parent"], d["child"], d["act"]) for d in tree["descents"]} == {
        (first.pk, east.pk, "split"),
        *((east.pk, child, "split") for child in grandchildren),
    }
    assert set(tree["parcels"][0]) == {"id", "parcel_no", "status", "area_m2", "valid_from", "valid_to"}
