"""OGC API Features Part 4: a GIS program edits a draft, never the published layer."""

import json
from base64 import b64encode

import pytest
from openapi_spec_validator import validate

from gis_layers.editing import services
from gis_layers.editing.models import DraftFeature
from gis_layers.models import Layer
from muni.accounts.services import make_key
from muni.core.srids import MUNI_SRID
from tests.factories import UserFactory, square
from tests.gis_layers.editing.worlds import PLANNER, Town, area

pytestmark = pytest.mark.django_db


@pytest.fixture
def town():
    return Town(visibility=Layer.Visibility.PUBLIC)


@pytest.fixture
def draft(town):
    return town.open()


@pytest.fixture
def qgis(town, draft, client):
    """A program that signs in with an API key, at the draft's items."""

    def ask(method, number="", body=None, query=f"?changeset={draft.pk}", user=town.planner, **headers):
        key = b64encode(f"{user.username}:{make_key(user, name='QGIS')[1]}".encode()).decode()
        address = f"/ogc/collections/{town.layer.slug}/items{f'/{number}' if number else ''}{query}"
        headers = {"Authorization": f"Basic {key}", "Accept": "application/json", **headers}
        kind = headers.pop("Content-Type", "application/geo+json")
        content = {"data": body if isinstance(body, str) else json.dumps(body), "content_type": kind} if body else {}
        return client.generic(method, address, headers=headers, **content)

    return ask


NEW = {"type": "Feature", "geometry": area(), "properties": {"name": "new"}}


def test_a_feature_is_added_to_the_draft_and_not_to_the_layer(town, draft, qgis):
    answer = qgis("POST", body=NEW)
    assert answer.status_code == 201
    number = int(answer["Location"].rpartition("/")[2].partition("?")[0])
    assert DraftFeature.objects.get(changeset=draft, feature_no=number).attributes["name"] == "new"
    assert qgis("GET", number)["ETag"] == answer["ETag"]
    assert qgis("GET", number, query="").status_code == 404
    assert len(qgis("GET").json()["features"]) == 4
    assert qgis("GET", query="").json()["numberMatched"] == 3


def test_a_feature_is_replaced_whole(town, draft, qgis):
    number = town.numbers[0]
    etag = qgis("GET", number)["ETag"]
    done = qgis("PUT", number, {**NEW, "geometry": area(0)}, **{"If-Match": etag})
    assert done.status_code == 204
    now = DraftFeature.objects.get(changeset=draft, feature_no=number)
    assert now.attributes == {"name": "new", "use": None, "storeys": None}
    assert done["ETag"] == f'"{now.version}"' != etag


def test_a_feature_is_changed_in_part(town, draft, qgis):
    number = town.numbers[0]
    headers = {"If-Match": qgis("GET", number)["ETag"], "Content-Type": "application/merge-patch+json"}
    assert qgis("PATCH", number, {"properties": {"storeys": 8, "use": None}}, **headers).status_code == 204
    now = DraftFeature.objects.get(changeset=draft, feature_no=number)
    assert now.attributes == {"name": "n0", "use": None, "storeys": 8}


def test_a_feature_is_removed(town, draft, qgis):
    number = town.numbers[0]
    assert qgis("DELETE", number, **{"If-Match": qgis("GET", number)["ETag"]}).status_code == 204
    assert qgis("GET", number).status_code == 404
    assert qgis("GET", number, query="").status_code == 200


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_a_stale_version_is_412_and_a_missing_one_428(town, draft, qgis, method):
    number = town.numbers[0]
    etag = qgis("GET", number)["ETag"]
    body = {**NEW, "geometry": area(0)} if method != "DELETE" else None
    assert qgis(method, number, body).status_code == 428
    assert qgis(method, number, body, **{"If-Match": "*"}).status_code == 428
    qgis("PATCH", number, {"properties": {"storeys": 8}}, **{"If-Match": etag})
    stale = qgis(method, number, body, **{"If-Match": etag})
    assert (stale.status_code, stale.json()["code"]) == (412, "stale_edit")


def test_of_several_versions_the_one_that_stands_counts(town, draft, qgis):
    number = town.numbers[0]
    listed = f'"e0", {qgis("GET", number)["ETag"]}, W/"p0"'
    assert qgis("PATCH", number, {"properties": {"storeys": 8}}, **{"If-Match": listed}).status_code == 204
    assert qgis("PATCH", number, {"properties": {"storeys": 9}}, **{"If-Match": listed}).status_code == 412


def test_coordinates_come_in_the_system_that_content_crs_names(town, draft, qgis):
    shape = square(*town.place(5))
    metric = {"type": "Polygon", "coordinates": [[list(point) for point in shape.coords[0]]]}
    crs = f"<http://www.opengis.net/def/crs/EPSG/0/{MUNI_SRID}>"
    assert qgis("POST", body={**NEW, "geometry": metric}, **{"Content-Crs": crs}).status_code == 201
    flipped = {"type": "Polygon", "coordinates": [[[y, x] for x, y in area(6)["coordinates"][0]]]}
    crs = "<http://www.opengis.net/def/crs/EPSG/0/4326>"
    assert qgis("POST", body={**NEW, "geometry": flipped}, **{"Content-Crs": crs}).status_code == 201
    made = DraftFeature.objects.filter(changeset=draft, edit="create").order_by("feature_no")
    assert made[0].geom.equals_exact(shape, 0.001)
    assert made[1].geom.equals_exact(square(*town.place(6)), 0.01)
    unknown = qgis("POST", body=NEW, **{"Content-Crs": "<http://example.org/crs>"})
    assert unknown.status_code == 400


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("{", 400),
        ("[]", 400),
        ({"type": "FeatureCollection", "features": []}, 400),
        ({"type": "Feature", "geometry": None, "properties": {}}, 400),
        ({**NEW, "properties": {"use": "harbour"}}, 400),
    ],
)
def test_what_is_no_feature_is_refused(qgis, body, status):
    answer = qgis("POST", body=body)
    assert answer.status_code == status
    assert answer.json()["message"]


def test_other_content_is_415(qgis):
    assert qgis("POST", body="<gml/>", **{"Content-Type": "application/gml+xml"}).status_code == 415


def test_the_published_layer_is_never_written_to(town, qgis):
    before = town.now()
    for method, number in (("POST", ""), ("PUT", town.numbers[0]), ("DELETE", town.numbers[0])):
        answer = qgis(method, number, NEW if method != "DELETE" else None, query="")
        assert (answer.status_code, answer.json()["code"]) == (405, "draft_needed")
    assert town.now() == before


def test_drafts_are_hidden_from_those_who_may_not_manage_the_layer(town, draft, qgis, client):
    for stranger in (UserFactory(), UserFactory(permissions=PLANNER)):
        assert qgis("GET", user=stranger).status_code == 404
        assert qgis("POST", body=NEW, user=stranger).status_code == 404
    assert client.get(f"/ogc/collections/{town.layer.slug}/items?changeset={draft.pk}").status_code == 401
    other = Town().open()
    assert qgis("GET", query=f"?changeset={other.pk}").status_code == 404
    assert qgis("GET", query="?changeset=7").status_code == 404


def test_a_closed_changeset_is_read_only(town, draft, qgis):
    services.abandon(draft, by=town.planner)
    assert qgis("POST", body=NEW).status_code == 409


def test_options_say_what_may_be_done(town, draft, qgis):
    number = town.numbers[0]
    assert qgis("OPTIONS")["Allow"] == "GET, HEAD, POST, OPTIONS"
    assert qgis("OPTIONS", number)["Allow"] == "GET, HEAD, PUT, PATCH, DELETE, OPTIONS"
    assert qgis("OPTIONS", query="")["Allow"] == "GET, HEAD, OPTIONS"


def test_a_session_writes_only_with_its_token(town, draft, client_of):
    client = client_of(town.planner)
    client.handler.enforce_csrf_checks = True
    address = f"/ogc/collections/{town.layer.slug}/items?changeset={draft.pk}"
    assert client.post(address, json.dumps(NEW), content_type="application/geo+json").status_code == 403


def test_filters_and_paging_work_on_the_draft(town, draft, qgis):
    qgis("POST", body=NEW)
    found = qgis("GET", query=f"?changeset={draft.pk}&name=new").json()
    assert [feature["properties"]["name"] for feature in found["features"]] == ["new"]
    first = qgis("GET", query=f"?changeset={draft.pk}&limit=3").json()
    following = next(link["href"] for link in first["links"] if link["rel"] == "next")
    rest = qgis("GET", query="?" + following.partition("?")[2]).json()
    assert (len(first["features"]), len(rest["features"])) == (3, 1)


def test_the_description_names_the_methods_and_the_classes(town, client):
    document = client.get("/ogc/api?f=json").json()
    validate(document)
    assert "post" in document["paths"][f"/collections/{town.layer.slug}/items"]
    assert {"put", "patch", "delete"} <= document["paths"][f"/collections/{town.layer.slug}/items/{{featureId}}"].keys()
    classes = client.get("/ogc/conformance?f=json").json()["conformsTo"]
    assert "http://www.opengis.net/spec/ogcapi-features-4/1.0/conf/create-replace-delete" in classes
