from datetime import date

import pytest
from django.contrib.gis.geos import GEOSGeometry, MultiPolygon

from muni.places.models import Place
from tests.factories import AMARAH, BoundaryFactory, PlaceFactory, square

pytestmark = pytest.mark.django_db
AT = "/api/v1/places/at"
LEVELS = ["governorate", "qadha", "nahiya", "municipality", "neighbourhood"]
LON, LAT = AMARAH


@pytest.fixture
def amarah():
    """A municipality with its qadha and governorate, each with the same square as boundary."""
    municipality = PlaceFactory(municipality=True, name_ar="العمارة", name_en="Amarah", code="IQ-MA-AMR")
    for place in Place.objects.covering(municipality):
        BoundaryFactory(place=place)
    return municipality


def at(client, **query):
    return client.get(AT, query)


def test_a_point_in_the_municipality(client, amarah):
    answer = at(client, lon=LON + 0.05, lat=LAT + 0.05).json()
    assert list(answer) == LEVELS
    assert answer["municipality"] == {
        "id": amarah.pk,
        "code": "IQ-MA-AMR",
        "name": "العمارة",
        "name_ar": "العمارة",
        "name_en": "Amarah",
        "iso_code": "",
    }
    assert answer["governorate"]["id"] == amarah.parent.parent_id
    assert answer["neighbourhood"] is None


def test_the_name_is_in_the_language_asked(client, amarah):
    assert at(client, lon=LON + 0.05, lat=LAT + 0.05, lang="en").json()["municipality"]["name"] == "Amarah"


def test_a_point_nowhere(client, amarah):
    assert at(client, lon=LON - 1, lat=LAT).json() == dict.fromkeys(LEVELS)
    assert at(client, lon=-45, lat=0).json() == dict.fromkeys(LEVELS)


def test_one_query(client, amarah, django_assert_num_queries):
    with django_assert_num_queries(1):
        at(client, lon=LON + 0.05, lat=LAT + 0.05)


def test_arabic_digits(client, amarah):
    assert at(client, lon="٤٧٫٢", lat="٣١٫٩", on="٢٠٢٦-٠١-٠١").json()["municipality"]["id"] == amarah.pk


def test_on_another_day(client, amarah):
    assert at(client, lon=LON + 0.05, lat=LAT + 0.05, on="1999-12-31").json() == dict.fromkeys(LEVELS)


def test_on_a_common_border_the_first_by_code_answers(client):
    for code, lon in (("B", LON), ("A", LON + 0.1)):
        BoundaryFactory(place=PlaceFactory(code=code), geom=MultiPolygon(square(lon, LAT, 0.1), srid=32638))
    assert at(client, lon=LON + 0.1, lat=LAT).json()["governorate"]["code"] == "A"


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({}, "lon"),
        ({"lon": "47"}, "lat"),
        ({"lon": "", "lat": "31"}, "lon"),
        ({"lon": "here", "lat": "31"}, "lon"),
        ({"lon": "nan", "lat": "31"}, "lon"),
        ({"lon": "inf", "lat": "31"}, "lon"),
        ({"lon": "180.1", "lat": "31"}, "lon"),
        ({"lon": "47", "lat": "-90.1"}, "lat"),
        ({"lon": "1" * 2000, "lat": "31"}, "lon"),
        ({"lon": "47", "lat": "31", "on": "yesterday"}, "on"),
        ({"lon": "47", "lat": "31", "on": "2026-02-30"}, "on"),
    ],
)
def test_what_cannot_be_understood_is_told_by_field_in_arabic(client, query, field):
    answer = at(client, **query)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    [sentence] = answer.json()["fields"][field]
    assert any("ء" <= letter <= "ي" for letter in sentence), sentence


def test_nobody_writes(client):
    assert client.post(AT, {"lon": 1}).status_code == 405


# The list


def test_list_by_level_parent_and_name(client, amarah):
    PlaceFactory(name_ar="نينوى")

    def found(**query):
        return [place["id"] for place in client.get("/api/v1/places/", query).json()["results"]]

    assert len(found()) == 4
    assert found(level="municipality") == [amarah.pk]
    assert found(parent=amarah.parent_id) == [amarah.pk]
    assert found(q="العماره") == [amarah.pk]
    assert found(q="AMARAH", level="qadha") == []


@pytest.mark.parametrize("query", [{"level": "village"}, {"parent": "x"}])
def test_a_filter_that_is_not_understood_is_400(client, query):
    answer = client.get("/api/v1/places/", query)
    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == list(query)


def test_pages(client, django_assert_num_queries):
    PlaceFactory.create_batch(5)
    with django_assert_num_queries(2):
        first = client.get("/api/v1/places/", {"page_size": 2}).json()
    assert (first["count"], len(first["results"])) == (5, 2)
    assert "page=2" in first["next"]
    assert client.get("/api/v1/places/", {"page": 9}).status_code == 404


# One place


def test_one_place_with_its_boundary_when_asked(client, amarah):
    path = f"/api/v1/places/{amarah.pk}/"
    plain = client.get(path).json()
    assert (plain["level"], plain["parent"]) == ("municipality", amarah.parent_id)
    assert "boundary" not in plain
    drawn = client.get(path, {"boundary": "true"}).json()["boundary"]
    assert drawn["type"] == "MultiPolygon"
    assert GEOSGeometry(str(drawn).replace("'", '"')).extent == pytest.approx((47.145, 31.84, 47.245, 31.94), abs=1e-5)
    assert client.get(path, {"boundary": "true", "on": "1999-01-01"}).json()["boundary"] is None


def test_a_place_that_is_not_there(client, db):
    answer = client.get("/api/v1/places/999999/")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_a_boundary_that_ended(client, amarah):
    amarah.boundaries.update(valid_to=date(2020, 1, 1))
    assert client.get(f"/api/v1/places/{amarah.pk}/", {"boundary": "true"}).json()["boundary"] is None
