"""REST: the catalogue, features and parcels, and their OpenAPI document."""

from pathlib import Path

import pytest
import yaml
from django.urls import reverse
from django.utils.translation import override
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiYamlRenderer
from openapi_spec_validator import OpenAPIV31SpecValidator

from gis_layers.models import Feature
from tests.factories import AMARAH, BlockFactory, LayerFactory, ParcelFactory, fill, square
from tests.gis_layers.ogc.city import make_layer, make_rows, queries

pytestmark = pytest.mark.django_db
COMMITTED = Path(__file__).resolve().parents[3] / "docs/openapi.yaml"


@pytest.fixture(scope="module")
def rows():
    return make_rows(40, seed=3)


@pytest.fixture
def layer(db, rows):
    return make_layer(rows, title_ar="المدينة", title_en="The city", abstract_ar="أشجارها")


@pytest.fixture
def ask(client, layer):
    return lambda **query: client.get(reverse("layers:features", args=["city"]), query)


def test_the_catalogue_tells_what_a_layer_is(client, layer, rows):
    found = client.get(reverse("layers:list"), {"q": "أشجارها"}).json()
    assert found["count"] == 1
    entry = found["results"][0]
    assert {"id", "title", "geometry_type", "count", "revision", "links"} <= set(entry)
    assert (entry["id"], entry["title"], entry["count"], entry["revision"]) == ("city", "المدينة", len(rows), 1)
    for name, address in entry["links"].items():
        assert client.get(address).status_code == 200, name


def test_the_catalogue_searches_folded_spelling_and_counts_facets(client, layer):
    LayerFactory(public=True, title_ar="الآبار", group="networks", geometry_type="Point")
    found = client.get(reverse("layers:list"), {"q": "الابار"}).json()
    assert [each["title"] for each in found["results"]] == ["الآبار"]
    assert found["facets"]["group"] == [{"value": "networks", "count": 1}]
    narrowed = client.get(reverse("layers:list"), {"geometry_type": "Point", "group": "networks"}).json()
    assert narrowed["count"] == 1
    owner = narrowed["results"][0]["owner"]["id"]
    assert client.get(reverse("layers:list"), {"owner": owner}).json()["count"] == 1


def test_the_catalogue_is_sorted_and_paged(client, layer):
    for i in range(4):
        LayerFactory(public=True, slug=f"z{i}", title_ar=f"ي{i}")
    page = client.get(reverse("layers:list"), {"ordering": "-id", "page_size": 2}).json()
    assert [each["id"] for each in page["results"]] == ["z3", "z2"]
    assert [each["id"] for each in client.get(page["next"]).json()["results"]] == ["z1", "z0"]


def test_a_layer_tells_its_attributes(client, layer):
    detail = client.get(reverse("layers:detail", args=["city"])).json()
    assert [(a["name"], a["type"]) for a in detail["attributes"]][:2] == [("name", "text"), ("storeys", "integer")]
    assert detail["style"]


def test_features_are_filtered_by_attributes_and_box(ask, rows):
    def holds(test, values):
        try:
            return test(values)
        except TypeError:  # an empty value
            return False

    def count(test):
        return sum(holds(test, values) for _shape, values in rows)

    cases = {
        "storeys": ("3", lambda v: v["storeys"] == 3),
        "storeys__gte": ("4", lambda v: v["storeys"] >= 4),
        "height__lte": ("12.5", lambda v: v["height"] <= 12.5),
        "name__contains": ("TIGRIS", lambda v: "Tigris" in v["name"]),
        "paved": ("true", lambda v: v["paved"] is True),
        "built__gte": ("2012-06-01", lambda v: v["built"] >= "2012-06-01"),
        "seen__lte": ("2026-03-01T00:00:00Z", lambda v: v["seen"] <= "2026-03-01T00:00:00Z"),
    }
    for name, (value, test) in cases.items():
        wanted = count(test)
        assert 0 < wanted < len(rows), name
        assert ask(**{name: value}).json()["count"] == wanted, name
    boxed = ask(bbox="47.12,31.82,47.16,31.87").json()["count"]
    assert 0 < boxed < len(rows)


def test_features_are_paged_by_key(client, ask, rows):
    page, seen = ask(limit=7, ordering="-storeys").json(), []
    while True:
        seen += [feature["id"] for feature in page["features"]]
        if page["next"] is None:
            break
        page = client.get(page["next"]).json()
    assert sorted(seen) == sorted(Feature.objects.values_list("feature_no", flat=True))
    assert page["count"] == len(rows)


@pytest.mark.parametrize(
    "query",
    [
        {"storeys": "three"},
        {"built": "soon"},
        {"height__gte": "nan"},
        {"paved": "perhaps", "no_such": "1"},
        {"bbox": "1,2,3"},
        {"bbox": "1,2,x,4"},
        {"bbox": "0,0,200,1"},
        {"limit": "0"},
        {"limit": ["1", "2"]},
        {"after": "x"},
        {"ordering": "no_such"},
        {"name": "a\x00"},
    ],
    ids=str,
)
def test_what_cannot_be_read_is_refused(ask, query):
    answer = ask(**query)
    assert answer.status_code == 400
    assert set(answer.json()) == {"code", "message", "fields"}


def test_lists_have_a_fixed_cost(ask, client, layer):
    with queries() as made:
        ask(storeys="3")
    assert len(made) == 3  # layer, its attributes, features


def test_parcels_by_number_and_block(client):
    block = BlockFactory(number="12")
    parcel = ParcelFactory(block=block, parcel_no="5/1")
    ParcelFactory(parcel_no="5/1")
    ParcelFactory(block=block)
    found = client.get(reverse("parcels:list"), {"parcel_no": "5/1", "block": "12"}).json()
    assert [feature["id"] for feature in found["features"]] == [parcel.pk]
    assert found["features"][0]["properties"]["block_no"] == "12"
    detail = client.get(reverse("parcels:detail", args=[parcel.pk])).json()
    assert detail["properties"]["parcel_no"] == "5/1"


def test_parcels_at_a_point(client):
    parcel = ParcelFactory(geom=square(*AMARAH, 0.001))
    ParcelFactory(geom=square(AMARAH[0] + 0.01, AMARAH[1]))
    address = reverse("parcels:at")
    inside = {"lon": AMARAH[0] + 0.0005, "lat": AMARAH[1] + 0.0005, "on": "2026-01-01"}
    assert [f["id"] for f in client.get(address, inside).json()["features"]] == [parcel.pk]
    assert client.get(address, {"lon": 40, "lat": 30}).json()["features"] == []
    for wrong in (
        {"lon": "x", "lat": 3},
        {"lon": 47},
        {"lon": 200, "lat": 3},
        {"lon": "nan", "lat": 3},
        {**inside, "on": "x"},
    ):
        answer = client.get(address, wrong)
        assert answer.status_code == 400, wrong
        assert set(answer.json()) == {"code", "message", "fields"}


def test_the_committed_description_is_current_and_valid(client):
    """Mend it with: script/manage spectacular --lang en --file docs/openapi.yaml --validate --fail-on-warn"""
    with override("en"):
        document = SchemaGenerator().get_schema(request=None, public=True)
        written = OpenApiYamlRenderer().render(document, renderer_context={}).decode()
    assert document["openapi"].startswith("3.1")
    OpenAPIV31SpecValidator(yaml.safe_load(written)).validate()
    assert written == COMMITTED.read_text()


def test_the_reference_page_runs_under_our_content_policy(client):
    page = client.get(reverse("docs"))
    assert page.status_code == 200
    assert b"<script>" not in page.content
    script = client.get(reverse("docs"), {"script": ""})
    assert script["Content-Type"].startswith("application/javascript")


def test_a_layer_with_the_same_rows_serves_the_same_features_in_both_interfaces(client):
    fill(LayerFactory(public=True, slug="both"), (square(*AMARAH), {}), (square(47.2, 31.9), {}))
    rest = client.get(reverse("layers:features", args=["both"])).json()["features"]
    ogc = client.get(reverse("ogc:items", args=["both"])).json()["features"]
    assert rest == ogc
