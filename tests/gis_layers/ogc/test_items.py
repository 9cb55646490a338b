"""Pages of features: order, paging, boxes, times, reference systems, counts, caching."""

import json
from datetime import date

import pytest
import shapely
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyproj import Transformer

from gis_layers import features
from gis_layers.models import Feature
from gis_layers.ogc.crs import SUPPORTED
from tests.factories import (
    AMARAH,
    BoundaryFactory,
    LayerFactory,
    LayerFieldFactory,
    ParcelFactory,
    PlaceFactory,
    UserFactory,
    fill,
    square,
)
from tests.gis_layers.ogc.city import make_layer, make_rows, point, queries

pytestmark = pytest.mark.django_db
EPSG = "http://www.opengis.net/def/crs/EPSG/0/"


@pytest.fixture(scope="module")
def rows():
    return make_rows(60, seed=2)


@pytest.fixture
def layer(db, rows):
    return make_layer(rows)


@pytest.fixture
def ask(client, layer):
    def asked(**parameters):
        query = {name.replace("_", "-"): value for name, value in parameters.items()}
        return client.get(reverse("ogc:items", args=["city"]), query)

    return asked


def following(document):
    return next((link["href"] for link in document["links"] if link["rel"] == "next"), None)


def walk(client, response):
    """Every page from this one on."""
    while True:
        assert response.status_code == 200, response.content[:300]
        document = response.json()
        assert document["numberReturned"] == len(document["features"])
        yield document
        if not (address := following(document)):
            return
        response = client.get(address)


def ids(pages):
    return [feature["id"] for page in pages for feature in page["features"]]


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    limit=st.integers(1, 25),
    sortby=st.sampled_from(["", "storeys", "-height", "name,-built", "paved,seen", "-storeys,name"]),
    box=st.sampled_from([None, "47.12,31.82,47.17,31.87"]),
    where=st.sampled_from([None, "storeys > 2", "name IS NULL OR paved = TRUE"]),
)
def test_paging_visits_each_feature_once(client, ask, limit, sortby, box, where):
    narrowed = {name: value for name, value in {"bbox": box, "filter": where}.items() if value}
    whole = ids([ask(**narrowed, limit=1000).json()])
    assert whole == sorted(whole)
    visited = ids(walk(client, ask(**narrowed, limit=limit, sortby=sortby)))
    assert sorted(visited) == whole


def test_paging_neither_skips_nor_repeats_while_rows_come_and_go(client, ask, layer):
    first = ask(limit=20).json()
    seen = ids([first])
    Feature.objects.filter(feature_no=seen[3]).delete()
    fill(layer, (point(47.11, 31.81), {"name": "new"}))
    rest = ids(walk(client, client.get(following(first))))
    assert len(rest) == len(set(rest)) == 41
    assert not set(rest) & set(seen)


def test_sorting_puts_empty_values_last_both_ways(ask, rows):
    def of(sortby):
        return [f["properties"]["storeys"] for f in ask(sortby=sortby).json()["features"]]

    known = sorted(v["storeys"] for _s, v in rows if v["storeys"] is not None)
    empty = [None] * (len(rows) - len(known))
    assert empty
    assert of("storeys") == known + empty
    assert of("-storeys") == known[::-1] + empty


def test_a_box_selects_what_touches_it(ask, rows):
    box = (47.12, 31.82, 47.16, 31.87)
    wanted = [i for i, (shape, _v) in enumerate(rows) if shape.intersects(shapely.box(*box))]
    assert 0 < len(wanted) < len(rows)
    numbers = list(Feature.objects.order_by("feature_no").values_list("feature_no", flat=True))
    assert ids([ask(bbox=",".join(map(str, box))).json()]) == [numbers[i] for i in wanted]
    with_heights = f"{box[0]},{box[1]},-10,{box[2]},{box[3]},500"
    assert ids([ask(bbox=with_heights).json()]) == [numbers[i] for i in wanted]


def test_the_edge_of_a_box_counts(client):
    parcel = ParcelFactory(geom=square(47.2, 31.9, 0.001))
    address = reverse("ogc:items", args=["parcels"])
    assert ids([client.get(address, {"bbox": "47.201,31.9,47.3,31.91"}).json()]) == [parcel.pk]
    assert ids([client.get(address, {"bbox": "47.20101,31.9,47.3,31.91"}).json()]) == []


def test_a_box_may_cross_the_antimeridian_and_cover_the_world(ask, rows):
    assert len(ids([ask(bbox="-180,-90,180,90").json()])) == len(rows)
    assert len(ids([ask(bbox="40,0,-170,90").json()])) == len(rows)
    assert ids([ask(bbox="170,0,-170,90").json()]) == []


def test_a_box_in_another_reference_system_selects_the_same(ask):
    wanted = ids([ask(bbox="47.12,31.82,47.16,31.87").json()])
    assert wanted == ids([ask(bbox="31.82,47.12,31.87,47.16", bbox_crs=f"{EPSG}4326").json()])
    mercator = Transformer.from_crs(4326, 3857, always_xy=True)
    west, south, east, north = *mercator.transform(47.12, 31.82), *mercator.transform(47.16, 31.87)
    assert wanted == ids([ask(bbox=f"{west},{south},{east},{north}", bbox_crs=f"{EPSG}3857").json()])


@pytest.mark.parametrize("uri", SUPPORTED)
def test_coordinates_come_in_the_system_asked_for(ask, uri):
    plain = ask(limit=1).json()["features"][0]["geometry"]
    answer = ask(limit=1, crs=uri)
    assert answer["Content-Crs"] == f"<{uri}>"
    geometry = answer.json()["features"][0]["geometry"]
    assert "crs" not in geometry
    srid = 4326 if uri.endswith("CRS84") else int(uri.rsplit("/", 1)[1])
    # In the order of the definition's axes, except that CRS84 is longitude first.
    back = Transformer.from_crs(srid, 4326, always_xy=uri.endswith("CRS84"))
    lon, lat = 0, 1
    if not uri.endswith("CRS84"):
        lon, lat = 1, 0
    first = geometry["coordinates"][0][0]
    returned = back.transform(*first)
    assert (returned[lon], returned[lat]) == pytest.approx(plain["coordinates"][0][0], abs=2e-6)


def test_a_page_for_people_draws_degrees_whatever_system_is_asked_for(ask):
    page = ask(f="html", limit=1, crs=f"{EPSG}32638")
    assert b'"bounds": [47.1' in page.content


def test_datetime_selects_dates_in_the_span_and_rows_without_one(ask, rows):
    def count(test):
        return sum(v["built"] is None or test(date.fromisoformat(v["built"])) for _s, v in rows)

    def returned(text):
        return ask(datetime=text).json()["numberReturned"]

    assert returned("2005-01-01/2012-06-01") == count(lambda d: date(2005, 1, 1) <= d <= date(2012, 6, 1))
    assert returned("../2012-06-01") == count(lambda d: d <= date(2012, 6, 1))
    assert returned("2012-06-01T00:00:00Z/..") == count(lambda d: d >= date(2012, 6, 1))
    assert returned("1900-01-01") == count(lambda d: False)


def test_queryables_are_query_parameters(ask, rows):
    answer = ask(storeys="3", paved="true").json()
    assert answer["numberReturned"] == sum(v["storeys"] == 3 and v["paved"] is True for _s, v in rows) > 0
    assert ask(storeys="٣").json()["numberReturned"] == ask(storeys="3").json()["numberReturned"]


def test_an_attribute_may_be_named_by_a_number_or_like_a_parameter(client):
    layer = LayerFactory(public=True, slug="years")
    for name in ("2019", "limit", "رقم القطعة"):
        LayerFieldFactory(layer=layer, name=name)
    fill(layer, (square(*AMARAH), {"2019": "a", "limit": "b", "رقم القطعة": "١/٥"}))
    address = reverse("ogc:items", args=["years"])
    properties = client.get(address, {"limit": "5", "2019": "a"}).json()["features"][0]["properties"]
    assert properties == {"2019": "a", "limit": "b", "رقم القطعة": "١/٥"}
    assert client.get(address, {"filter": "\"رقم القطعة\" = '١/٥' AND \"limit\" = 'b'"}).json()["numberReturned"] == 1


def test_a_layer_may_have_more_attributes_than_a_function_takes_arguments(client):
    layer = LayerFactory(public=True, slug="wide")
    for i in range(120):
        LayerFieldFactory(layer=layer, name=f"a{i:03}", position=i)
    fill(layer, (square(*AMARAH), {f"a{i:03}": str(i) for i in range(120)}))
    properties = client.get(reverse("ogc:items", args=["wide"])).json()["features"][0]["properties"]
    assert properties == {f"a{i:03}": str(i) for i in range(120)}


@pytest.mark.parametrize(
    "parameters",
    [
        {"limit": "0"},
        {"limit": "many"},
        {"limit": "-5"},
        {"bbox": "1,2,3"},
        {"bbox": "1,2,3,4,5"},
        {"bbox": "a,b,c,d"},
        {"bbox": "nan,0,1,1"},
        {"bbox": "0,inf,1,1"},
        {"bbox": "0,0,181,1"},
        {"bbox": "0,50,1,40"},
        {"bbox": "0,0,1,1", "bbox-crs": "EPSG:4326"},
        {"bbox": "1e300,0,1e301,1", "bbox-crs": f"{EPSG}3857"},
        {"crs": f"{EPSG}2154"},
        {"datetime": "yesterday"},
        {"datetime": "2020-01-01/2010-01-01"},
        {"datetime": "2020-13-41"},
        {"datetime": "../.."},
        {"datetime": "a/b/c"},
        {"filter": "storeys ="},
        {"filter": "1 / 0 = 1"},
        {"filter": "storeys / 0 = 1"},
        {"filter": "10 ^ 1000 = storeys"},
        {"filter": r"name LIKE 'a\'"},
        {"filter": "storeys = 1", "filter-lang": "cql-text"},
        {"filter-lang": "sql"},
        {"sortby": "nothing"},
        {"sortby": "name,storeys,height,paved"},
        {"after": "x"},
        {"after": "bm90IGpzb24"},
        {"after": "WyJhIl0"},
        {"after": "WzFlOTldMQ"},
        {"storeys": "three"},
        {"storeys": "1.5"},
        {"paved": "perhaps"},
        {"built": "soon"},
        {"name": "a\x00b"},
        {"no_such": "1"},
        {"f": "gml"},
    ],
    ids=str,
)
def test_what_cannot_be_read_is_refused_with_a_sentence(client, parameters):
    make_layer(make_rows(5))
    with_savepoint = client.get(reverse("ogc:items", args=["city"]), parameters)
    assert with_savepoint.status_code == 400
    error = with_savepoint.json()
    assert set(error) == {"code", "message", "fields"}
    assert error["message"]


def test_what_is_said_twice_is_refused(client):
    make_layer(make_rows(1))
    refused = client.get("/ogc/collections/city/items?bbox=47,31,48,32&bbox=0,0,1,1")
    assert (refused.status_code, list(refused.json()["fields"])) == (400, ["bbox"])


@pytest.mark.parametrize("signed_in", [False, True])
def test_a_layer_whose_name_the_database_refuses_is_not_there(client, signed_in):
    if signed_in:
        client.force_login(UserFactory())
    assert client.get("/ogc/collections/city%00/items").status_code == 404


def test_more_than_the_maximum_is_cut_to_it(ask, monkeypatch):
    monkeypatch.setattr("gis_layers.parameters.MAX_LIMIT", 10)
    assert ask(limit=11).json()["numberReturned"] == 10


def test_counts_are_exact_or_left_out(ask, monkeypatch, rows):
    assert ask(limit=5).json()["numberMatched"] == len(rows)
    matching = ask(filter="storeys > 3").json()["numberReturned"]
    assert ask(filter="storeys > 3", limit=2).json()["numberMatched"] == matching
    monkeypatch.setattr(features, "_COUNTED", 3)
    assert "numberMatched" not in ask(filter="storeys > 2", limit=2).json()


def test_a_question_that_takes_too_long_is_refused_and_its_count_left_out(client, layer, monkeypatch):
    monkeypatch.setattr(features, "_COUNT_MS", 1)
    slow = "SELECT count(*) FROM ({}) AS few, pg_sleep(2)"
    with pytest.raises(features.QueryTooHeavy):
        features.read(Feature.objects.values("pk"), slow, 20)


def test_a_feature_keeps_its_etag_until_it_changes(client, layer):
    number = Feature.objects.order_by("feature_no").first().feature_no
    address = reverse("ogc:item", args=["city", number])
    first = client.get(address)
    assert first.json()["id"] == number
    assert {link["rel"] for link in first.json()["links"]} == {"self", "alternate", "collection"}
    assert client.get(address, headers={"If-None-Match": first["ETag"]}).status_code == 304
    Feature.objects.filter(feature_no=number).update(attributes={"name": "changed"})
    again = client.get(address, headers={"If-None-Match": first["ETag"]})
    assert again.status_code == 200
    assert again["ETag"] != first["ETag"]


@pytest.mark.parametrize("number", ["0", "x", "-1", "1e3", "9" * 30, "٣"])
def test_a_feature_that_is_not_there(client, layer, number):
    answer = client.get(reverse("ogc:item", args=["city", number]))
    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"


def test_public_answers_may_be_shared_and_personal_ones_not(client, client_of, citizen, layer):
    address = reverse("ogc:items", args=["city"])
    assert client.get(address)["Cache-Control"] == "public, no-cache"
    assert client_of(citizen).get(address)["Cache-Control"] == "private, no-cache"
    assert {"Accept", "Authorization", "Cookie"} <= set(client.get(address)["Vary"].split(", "))


def test_a_page_costs_one_query_beside_finding_its_layer(client, layer):
    address = reverse("ogc:items", args=["city"])
    with queries() as made:
        client.get(address, {"bbox": "47,31,48,32"})
    assert len(made) == 3  # layer, its attributes, features
    client.get(reverse("ogc:item", args=["city", 1]))  # prepares its question on this connection
    with queries() as made:
        client.get(reverse("ogc:item", args=["city", 2]))
    assert len(made) == 3
    ParcelFactory()
    with queries() as made:
        client.get(reverse("ogc:items", args=["parcels"]), {"bbox": "47,31,48,32"})
    assert len(made) == 2  # a registered layer's attributes are code


def test_numbers_and_texts_arrive_as_they_are(client):
    layer = LayerFactory(public=True, slug="exact")
    for name, kind in {"n": "number", "i": "integer", "t": "text", "b": "boolean", "e": "text"}.items():
        LayerFieldFactory(layer=layer, name=name, type=kind)
    stored = {"n": 0.1, "i": 9007199254740993, "t": 'a"\\\n\u0001ب', "b": False}
    fill(layer, (square(*AMARAH), stored))
    body = client.get(reverse("ogc:items", args=["exact"])).content
    assert json.loads(body)["features"][0]["properties"] == {**stored, "e": None}


def test_a_new_attribute_is_in_a_feature_that_was_asked_for_before(client):
    layer = LayerFactory(public=True, slug="growing")
    fill(layer, (square(*AMARAH), {"n": 1, "later": "x"}))
    LayerFieldFactory(layer=layer, name="n", type="integer")
    address = reverse("ogc:item", args=["growing", Feature.objects.get(layer=layer).feature_no])
    assert client.get(address).json()["properties"] == {"n": 1}
    LayerFieldFactory(layer=layer, name="later", type="text")
    assert client.get(address).json()["properties"] == {"n": 1, "later": "x"}


def test_a_feature_that_ends_is_gone_the_day_after(client, monkeypatch):
    place = PlaceFactory(municipality=True)
    boundary = BoundaryFactory(place=place, valid_from=date(2020, 1, 1), valid_to=date(2026, 5, 2))
    address = reverse("ogc:item", args=["municipalities", boundary.pk])
    for day, status in ((date(2026, 5, 1), 200), (date(2026, 5, 2), 404)):
        monkeypatch.setattr("django.utils.timezone.localdate", lambda day=day: day)
        assert client.get(address).status_code == status
