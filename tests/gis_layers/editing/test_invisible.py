"""Nothing of a draft of a public layer reaches anybody who may not edit it, by whatever door."""

import json

import pytest
from django.core.management import call_command

from gis_layers.models import Layer
from tests.factories import UserFactory
from tests.gis_layers.editing.worlds import Town, area, edit
from tests.gis_layers.test_tiles import get, tile_at

pytestmark = pytest.mark.django_db
SECRET = "بستان المسودة"


@pytest.fixture
def town():
    town = Town(visibility=Layer.Visibility.PUBLIC)
    town.layer.schema.filter(name="name").update(searchable=True)
    return town


@pytest.fixture
def draft(town):
    """A new feature, a renamed one and a removed one."""
    draft = town.open()
    first, second, _third = sorted(town.numbers)
    edit(
        draft,
        {"op": "create", "key": "a", "geometry": area(), "properties": {"name": SECRET, "use": "park"}},
        {"op": "update", "id": first, "version": town.token(first), "properties": {"name": SECRET}},
        {"op": "delete", "id": second, "version": town.token(second)},
    )
    return draft


@pytest.fixture(params=["visitor", "citizen", "planner of another town"])
def stranger(request, client, client_of):
    people = {"visitor": lambda: client, "citizen": lambda: client_of(UserFactory())}
    return people.get(request.param, lambda: client_of(Town(count=0).planner))()


@pytest.mark.parametrize(
    "address",
    [
        "/ogc/collections/{slug}/items?f=json",
        "/ogc/collections/{slug}/items?f=html",
        "/ogc/collections/{slug}/items?f=json&filter=name='{secret}'",
        "/api/v1/layers/{slug}/features/",
        "/api/v1/layers/{slug}/",
        "/layers/{slug}/",
        "/tiles/{slug}.json",
    ],
)
def test_published_addresses_show_what_is_published(town, draft, stranger, address):
    answer = stranger.get(address.format(slug=town.layer.slug, secret=SECRET))
    assert answer.status_code == 200
    assert SECRET not in answer.content.decode()
    if address.endswith("features/") or address.endswith("items?f=json"):
        names = {feature["properties"]["name"] for feature in answer.json()["features"]}
        assert names == {"n0", "n1", "n2"}
    if "filter=" in address:
        assert answer.json()["features"] == []


def test_a_search_finds_what_is_published(town, draft, stranger):
    assert stranger.get("/api/v1/search/", {"q": SECRET}).json()["results"] == []
    assert len(stranger.get("/api/v1/search/", {"q": "n0"}).json()["results"]) == 1


def test_the_tile_of_the_new_feature_is_empty(town, draft, stranger):
    lon, lat = town.place(9)
    z, x, y = tile_at(lon + 0.0005, lat + 0.0005, 17)
    assert get(stranger, f"/tiles/{town.layer.slug}/{z}/{x}/{y}.mvt").status_code == 204
    assert stranger.get(f"/ogc/collections/{town.layer.slug}/tiles/WebMercatorQuad/{z}/{y}/{x}").status_code == 204


def test_an_export_holds_what_is_published(town, draft, tmp_path):
    call_command("export_layer", town.layer.slug, str(tmp_path / "town.geojson"))
    names = {each["properties"]["name"] for each in json.loads((tmp_path / "town.geojson").read_text())["features"]}
    assert names == {"n0", "n1", "n2"}


@pytest.mark.parametrize(
    "address",
    [
        "/ogc/collections/{slug}/items?changeset={draft}",
        "/api/v1/changesets/{draft}/",
        "/api/v1/changesets/{draft}/features/?bbox=47,31,48,32",
        "/api/v1/changesets/{draft}/changes/",
        "/editor/{draft}/",
        "/editor/{draft}/review/",
        "/editor/{draft}/review/shapes.geojson",
        "/editor/{draft}/conflicts/",
    ],
)
def test_the_draft_s_own_addresses_are_closed(town, draft, stranger, address):
    answer = stranger.get(address.format(slug=town.layer.slug, draft=draft.pk), headers={"accept": "application/json"})
    assert answer.status_code in {302, 401, 403, 404}
    assert SECRET not in answer.content.decode()
