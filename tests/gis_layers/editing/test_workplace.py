"""The editor's page and what it asks of the server beside the draft's own content."""

import json

import pytest
from django.test import Client

from gis_layers.editing.models import DraftFeature, Edit
from gis_layers.models import Layer
from tests.factories import fill, square
from tests.gis_layers.editing.worlds import Town, area, edit, geojson

pytestmark = pytest.mark.django_db


@pytest.fixture
def town():
    return Town()


@pytest.fixture
def draft(town):
    return town.open()


@pytest.fixture
def post(town, draft, client_of):
    def send(body, by=None):
        client = client_of(by or town.planner)
        return client.post(f"/api/v1/changesets/{draft.pk}/geometry/", body, content_type="application/json")

    return send


def line(i, across=0.0005):
    lon, lat = Town.place(i)
    return {"type": "LineString", "coordinates": [[lon + across, lat - 0.001], [lon + across, lat + 0.002]]}


def test_shapes_are_worked_out_and_nothing_is_stored(post):
    answer = post({"operation": "split", "geometry": area(0), "line": line(0)})
    assert answer.status_code == 200
    assert [shape["type"] for shape in answer.json()["geometries"]] == ["Polygon", "Polygon"]
    assert answer.json()["parts"] == 1
    assert not Edit.objects.exists()


def test_corners_come_back_as_they_were_sent(post):
    sent = area(0)
    sent["coordinates"] = [[[round(degrees, 9) for degrees in corner] for corner in sent["coordinates"][0]]]
    answer = post({"operation": "split", "geometry": sent, "line": line(0)}).json()
    corners = {tuple(corner) for shape in answer["geometries"] for corner in shape["coordinates"][0]}
    assert {tuple(corner) for corner in sent["coordinates"][0]} <= corners


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({"operation": "turn"}, "operation"),
        ({"operation": "split", "geometry": area(0)}, "line"),
        ({"operation": "split", "geometry": area(0), "line": area(1)}, "line"),
        ({"operation": "hole", "geometry": {"type": "Polygon", "coordinates": "x"}, "hole": area(0)}, "geometry"),
        ({"operation": "hole", "geometry": area(0), "hole": {"type": "Point", "coordinates": [47, 95]}}, "hole"),
        ({"operation": "merge"}, "geometries"),
    ],
)
def test_what_cannot_be_worked_out_is_named(post, body, wrong):
    answer = post(body)
    assert answer.status_code == 400
    assert wrong in answer.json()["fields"]


def test_a_refusal_is_a_sentence(post):
    answer = post({"operation": "split", "geometry": area(0), "line": line(5)})
    assert answer.status_code == 400
    assert answer.json()["message"]


def test_others_find_no_changeset(post, citizen):
    assert post({"operation": "split", "geometry": area(0), "line": line(0)}, by=citizen).status_code == 404


def test_a_vertex_near_a_neighbours_is_taken_for_it_and_lies_exactly_on_it(town, draft):
    one, other, _last = town.numbers
    shape = geojson(square(*Town.place(0)))
    shape["coordinates"][0][2] = [round(degrees, 9) for degrees in geojson(square(*Town.place(1)))["coordinates"][0][0]]
    edit(draft, {"op": "update", "id": one, "version": town.token(one), "geometry": shape})
    shapes = {f.feature_no: set(f.geom[0].coords) for f in DraftFeature.objects.filter(changeset=draft)}
    assert len(shapes[one] & shapes[other]) == 1


def test_what_was_drawn_here_may_be_incomplete_again_as_undo_wants(town, draft):
    made = edit(draft, {"op": "create", "geometry": area()})["features"][0]
    named = edit(draft, {"op": "update", "id": made["id"], "version": made["version"], "properties": {"name": "x"}})
    version = named["features"][0]["version"]
    edit(draft, {"op": "update", "id": made["id"], "version": version, "properties": {"name": None}})
    assert draft.edits.get().attributes["name"] is None


def test_what_lies_around_is_as_exact_as_the_draft(town, draft, client_of):
    other = Town(count=0, visibility=Layer.Visibility.STAFF)
    lon, lat = Town.place(0)
    fill(other.layer, (square(lon, lat), {}), (square(lon + 1, lat), {}))
    address = f"/api/v1/changesets/{draft.pk}/surroundings/"
    box = f"{lon},{lat},{lon + 0.001},{lat + 0.001}"
    answer = client_of(town.planner).get(address, {"layer": other.layer.slug, "bbox": box})
    (shape,) = answer.json()["geometries"]
    assert shape["coordinates"][0][0] == pytest.approx([lon, lat], abs=1e-9)
    assert client_of(town.planner).get(address, {"layer": "none", "bbox": box}).status_code == 404
    assert client_of(town.planner).get(address, {"layer": other.layer.slug, "bbox": "1,2"}).status_code == 400


def test_surroundings_hold_only_what_the_user_may_see(town, draft, client_of):
    private = Town(count=1)
    lon, lat = Town.place(0)
    query = {"layer": private.layer.slug, "bbox": f"{lon},{lat},{lon + 1},{lat + 1}"}
    address = f"/api/v1/changesets/{draft.pk}/surroundings/"
    assert client_of(town.planner).get(address, query).status_code == 404


def test_the_page_asks_a_pinned_number_of_questions(town, draft, django_assert_max_num_queries):
    client = Client()
    client.force_login(town.planner)
    client.get(f"/editor/{draft.pk}/")
    with django_assert_max_num_queries(25):
        page = client.get(f"/editor/{draft.pk}/")
    assert page.status_code == 200
    assert json.loads(json.dumps(page.context["data"]))["mayEdit"] is True
    assert [one["name"] for one in page.context["schema"]] == ["name", "use", "storeys"]


def test_a_closed_changeset_can_be_looked_at_only(town, draft, client_of):
    edit(draft, {"op": "create", "geometry": area(), "properties": {"name": "new"}})
    town.publish(draft)
    page = client_of(town.planner).get(f"/editor/{draft.pk}/")
    assert page.context["data"]["mayEdit"] is False
    assert b'id="submit"' not in page.content
