"""Landing page, collections, queryables, tilesets, descriptions: shapes, languages, links, access, cost."""

import re

import pytest
from django.core.cache import cache
from django.urls import reverse
from openapi_spec_validator import OpenAPIV30SpecValidator

from gis_layers.models import Layer
from tests.factories import AMARAH, LayerFactory, LayerFieldFactory, ParcelFactory, UserFactory, fill, square
from tests.gis_layers.ogc.city import make_layer, make_rows, queries

pytestmark = pytest.mark.django_db
PAGES = ["landing", "conformance", "api", "collections"]
OF_A_LAYER = ["collection", "queryables", "schema", "items", "tilesets", "tileset"]


def addresses(slug, number):
    yield from (reverse(f"ogc:{name}", args=[slug]) for name in OF_A_LAYER)
    yield reverse("ogc:item", args=[slug, number])
    yield reverse("ogc:tile", args=[slug, 0, 0, 0])
    yield reverse("layers:detail", args=[slug])
    yield reverse("layers:features", args=[slug])
    yield reverse("layers:feature", args=[slug, number])


def listed(client):
    ogc = {each["id"] for each in client.get(reverse("ogc:collections")).json()["collections"]}
    rest = {each["id"] for each in client.get(reverse("layers:list")).json()["results"]}
    assert ogc == rest
    described = client.get(reverse("ogc:api")).json()["paths"]
    assert {path.split("/")[2] for path in described if path.endswith("/items")} == ogc
    return ogc


@pytest.mark.parametrize(
    ("visibility", "seen_by"),
    [
        ("public", {"anonymous", "citizen", "official", "planner"}),
        ("staff", {"official", "planner"}),
        ("private", {"planner"}),
    ],
)
def test_a_layer_is_at_every_address_or_at_none(client, client_of, citizen, visibility, seen_by):
    layer = fill(LayerFactory(visibility=visibility, slug="secret"), (square(*AMARAH), {}))
    number = layer.features.get().feature_no
    clients = {
        "anonymous": client,
        "citizen": client_of(citizen),
        "official": client_of(UserFactory(permissions=["gis_layers.view_layer"])),
        "planner": client_of(
            UserFactory(permissions=["gis_layers.change_layer"], permissions__department=layer.department)
        ),
    }
    for who, asking in clients.items():
        wanted = {200, 204} if who in seen_by else {404}
        for address in addresses("secret", number):
            assert asking.get(address).status_code in wanted, (who, address)
            assert asking.get(address, {"f": "html"}).status_code in wanted | {400}, (who, address)
        assert ("secret" in listed(asking)) is (who in seen_by), who


@pytest.mark.parametrize(("visibility", "status"), [("public", 200), ("staff", 404)])
def test_the_parcels_api_obeys_the_parcels_layer(client, visibility, status):
    parcel = ParcelFactory()
    Layer.objects.filter(slug="parcels").update(visibility=visibility)
    assert client.get(reverse("parcels:list")).status_code == status
    assert client.get(reverse("parcels:detail", args=[parcel.pk])).status_code == status
    assert client.get(reverse("parcels:at"), {"lon": AMARAH[0], "lat": AMARAH[1]}).status_code == status


def test_pages_come_as_json_and_html(client):
    layer = make_layer(make_rows(5))
    number = layer.features.first().feature_no
    found = [reverse(f"ogc:{name}") for name in PAGES] + [reverse(f"ogc:{name}", args=["city"]) for name in OF_A_LAYER]
    for address in [*found, reverse("ogc:item", args=["city", number])]:
        assert "json" in client.get(address)["Content-Type"], address
        page = client.get(address, headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
        assert page["Content-Type"].startswith("text/html"), address
        assert b'dir="rtl"' in page.content or b'id="reference"' in page.content, address


def test_alternate_links_lead_to_the_same_document_in_the_other_format(client):
    make_layer(make_rows(3))
    for address in [reverse("ogc:landing"), reverse("ogc:items", args=["city"]) + "?limit=2&bbox=47,31,48,32"]:
        links = client.get(address).json()["links"]
        by_rel = {link["rel"]: link for link in links if link["rel"] in {"self", "alternate"}}
        assert client.get(by_rel["self"]["href"])["Content-Type"] == by_rel["self"]["type"]
        assert client.get(by_rel["alternate"]["href"])["Content-Type"].startswith(by_rel["alternate"]["type"])


def test_titles_come_in_the_language_asked_for(client):
    make_layer(make_rows(1), title_ar="المدينة", title_en="The city")
    address = reverse("ogc:collection", args=["city"])
    assert client.get(address).json()["title"] == "المدينة"
    english = client.get(address, headers={"Accept-Language": "fr, en-GB;q=0.8"})
    assert (english.json()["title"], english["Content-Language"]) == ("The city", "en")
    assert client.get(address, headers={"Accept-Language": "fr"}).json()["title"] == "المدينة"


def test_the_extent_holds_every_feature(client):
    rows = make_rows(30)
    make_layer(rows)
    west, south, east, north = client.get(reverse("ogc:collection", args=["city"])).json()["extent"]["spatial"]["bbox"][
        0
    ]
    boxes = [shape.bounds for shape, _values in rows]
    assert (west, south) == pytest.approx((min(b[0] for b in boxes), min(b[1] for b in boxes)), abs=0.002)
    assert west <= min(b[0] for b in boxes)
    assert south <= min(b[1] for b in boxes)
    assert east >= max(b[2] for b in boxes)
    assert north >= max(b[3] for b in boxes)


@pytest.mark.django_db(transaction=True)
def test_count_and_extent_of_a_registered_layer_follow_its_revision(client):
    cache.clear()
    address = reverse("layers:detail", args=["parcels"])
    assert (client.get(address).json()["count"], client.get(address).json()["extent"]) == (0, None)
    parcel = ParcelFactory(geom=square(47.2, 31.9))
    found = client.get(address).json()
    assert found["count"] == 1
    assert found["extent"] == pytest.approx([47.2, 31.9, 47.201, 31.901], abs=1e-4)
    parcel.delete()
    assert client.get(address).json()["count"] == 0


def test_lists_cost_the_same_for_any_number_of_layers(client):
    for name in ("ogc:collections", "layers:list"):
        client.get(reverse(name))  # counts of registered layers are kept by revision
        with queries() as few:
            client.get(reverse(name))
        for _i in range(40):
            LayerFieldFactory(layer=fill(LayerFactory(public=True), (square(*AMARAH), {})))
        with queries() as many:
            client.get(reverse(name))
        assert len(many) <= len(few) + 1, many  # attributes of all layers, together
        assert len(many) <= 8


def test_conformance_names_what_the_standards_name(client):
    classes = client.get(reverse("ogc:conformance")).json()["conformsTo"]
    assert len(classes) == len(set(classes))
    assert all(
        re.fullmatch(r"http://www\.opengis\.net/spec/[a-z0-9-]+/\d\.\d/conf/[a-z0-9-]+", each) for each in classes
    )
    for needed in (
        "ogcapi-features-1/1.0/conf/core",
        "ogcapi-features-1/1.0/conf/oas30",
        "ogcapi-features-2/1.0/conf/crs",
        "ogcapi-features-3/1.0/conf/features-filter",
        "ogcapi-tiles-1/1.0/conf/geodata-tilesets",
        "cql2/1.0/conf/basic-cql2",
    ):
        assert f"http://www.opengis.net/spec/{needed}" in classes


def test_queryables_describe_types_choices_and_geometry(client):
    layer = make_layer(make_rows(1))
    LayerFieldFactory(layer=layer, name="use", choices=[{"value": "home", "label_ar": "سكن"}], unit="", position=9)
    document = client.get(reverse("ogc:queryables", args=["city"])).json()
    assert document["$id"].endswith("/ogc/collections/city/queryables")
    assert document["additionalProperties"] is False
    assert document["properties"]["geometry"]["format"] == "geometry-any"
    assert document["properties"]["storeys"]["type"] == "integer"
    assert document["properties"]["built"] == {"title": "built", "type": "string", "format": "date"}
    assert document["properties"]["use"]["enum"] == ["home"]
    refused = client.get(reverse("ogc:items", args=["city"]), {"use": "shop"})
    assert refused.status_code == 400


def test_the_description_is_valid_openapi(client):
    make_layer(make_rows(1))
    answer = client.get(reverse("ogc:api"))
    assert answer["Content-Type"] == "application/vnd.oai.openapi+json;version=3.0"
    OpenAPIV30SpecValidator(answer.json()).validate()
    names = [each.get("name") for each in answer.json()["paths"]["/collections/city/items"]["get"]["parameters"]]
    assert "storeys" in names


def test_tiles_are_named_row_before_column(client):
    fill(LayerFactory(public=True, slug="dot"), (square(*AMARAH, 0.01), {}))
    z, x, y = 10, 646, 416  # Amarah
    assert client.get(reverse("ogc:tile", args=["dot", z, y, x])).status_code == 200
    assert client.get(reverse("ogc:tile", args=["dot", z, x, y])).status_code == 204
    assert client.get(reverse("ogc:tile", args=["dot", 0, 0, 1])).status_code == 404
    assert client.get(reverse("ogc:tile", args=["dot", 99, 0, 0])).status_code == 404
    assert client.get(reverse("ogc:tile", args=["dot", "a", 0, 0])).status_code == 404


def test_a_tileset_says_where_its_tiles_are(client):
    make_layer(make_rows(5))
    document = client.get(reverse("ogc:tileset", args=["city"])).json()
    assert document["tileMatrixSetURI"] == "http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad"
    item = next(link for link in document["links"] if link["rel"] == "item")
    filled = item["href"].replace("{tileMatrix}", "0").replace("{tileRow}", "0").replace("{tileCol}", "0")
    assert client.get(filled).status_code == 200
    scheme = next(link for link in document["links"] if link["rel"].endswith("tiling-scheme"))
    matrices = client.get(scheme["href"]).json()["tileMatrices"]
    assert matrices[0]["scaleDenominator"] == pytest.approx(559082264.0287178)
    assert matrices[5]["matrixWidth"] == 32


@pytest.mark.parametrize("name", PAGES)
def test_an_unknown_parameter_is_refused_everywhere(client, name):
    assert client.get(reverse(f"ogc:{name}"), {"colour": "red"}).status_code == 400
    assert client.get(reverse(f"ogc:{name}"), {"f": "html"}).status_code == 200


def test_a_refusal_is_a_page_for_people(client):
    make_layer(make_rows(1))
    answer = client.get(reverse("ogc:items", args=["city"]), {"f": "html", "filter": "nothing = 1"})
    assert answer.status_code == 400
    assert answer["Content-Type"].startswith("text/html")
