import json
from uuid import uuid4

import pytest

from gis_layers.editing.models import Changeset, Comment
from gis_layers.models import Feature
from tests.factories import UserFactory
from tests.gis_layers.editing.worlds import PLANNER, Town, area, edit, team

pytestmark = pytest.mark.django_db


@pytest.fixture
def town():
    return Town()


@pytest.fixture
def draft(town):
    return town.open()


@pytest.fixture
def at(client_of, town):
    """at(user).get(draft, "features/")"""

    class Caller:
        def __init__(self, user):
            self.client = client_of(user)

        def get(self, changeset, end="", **query):
            return self.client.get(f"/api/v1/changesets/{changeset.pk}/{end}", query)

        def post(self, changeset, end, body):
            address = f"/api/v1/changesets/{changeset.pk}/{end}"
            return self.client.post(address, json.dumps(body), content_type="application/json")

    return Caller


@pytest.mark.parametrize("end", ["", "features/", "changes/", "comments/"])
def test_a_changeset_is_not_there_for_those_who_may_neither_change_nor_publish_the_layer(town, draft, at, end, client):
    elsewhere = UserFactory(permissions=PLANNER)
    assert client.get(f"/api/v1/changesets/{draft.pk}/{end}").status_code == 401
    assert [at(user).get(draft, end).status_code for user in (UserFactory(), elsewhere)] == [404, 404]
    publisher = team("gis_layers.publish_layer", department=town.department)
    people = (town.planner, town.colleague, town.approver, publisher)
    assert [at(user).get(draft, end).status_code for user in people] == [200] * 4


@pytest.mark.parametrize(
    ("end", "body"),
    [
        ("gestures/", {"gesture": str(uuid4()), "edits": [{"op": "restore", "id": 1}]}),
        ("acts/", {"act": "submit"}),
        ("comments/", {"text": "x"}),
        ("resolutions/", {"id": 1, "choices": {}}),
    ],
)
def test_strangers_write_nowhere(town, draft, at, end, body):
    assert at(UserFactory(permissions=PLANNER)).post(draft, end, body).status_code == 404


def test_opening_one(town, client_of, django_assert_max_num_queries):
    client = client_of(town.planner)
    body = json.dumps({"layer": town.layer.slug, "title": "Corrections of May"})
    answer = client.post("/api/v1/changesets/", body, content_type="application/json")
    assert answer.status_code == 201
    made = answer.json()
    assert answer["Location"] == f"/api/v1/changesets/{made['id']}/"
    assert made["counts"] == {"created": 0, "updated": 0, "deleted": 0, "conflicts": 0, "blocking": 0}
    assert {"edit", "submit", "abandon"} <= set(made["may"])
    refused = client_of(UserFactory(permissions=PLANNER)).post(
        "/api/v1/changesets/", body, content_type="application/json"
    )
    assert refused.status_code == 400
    assert list(refused.json()["fields"]) == ["layer"]


def test_the_list_is_narrowed(town, draft, client_of, django_assert_num_queries):
    town.open(by=town.colleague, title="Other")
    other = Town().open()
    client = client_of(town.planner)
    assert {row["title"] for row in client.get("/api/v1/changesets/").json()["results"]} == {"Corrections", "Other"}
    assert [r["title"] for r in client.get("/api/v1/changesets/?mine=true").json()["results"]] == ["Corrections"]
    assert client.get("/api/v1/changesets/?state=published").json()["results"] == []
    assert client.get(f"/api/v1/changesets/?layer={other.layer.slug}").json()["results"] == []
    assert client.get("/api/v1/changesets/?state=lost").status_code == 400
    with django_assert_num_queries(5):  # session, user, rights, count, page
        client.get("/api/v1/changesets/")


def test_features_of_the_draft_in_a_box(town, draft, at):
    first, second, third = town.numbers
    edit(
        draft,
        {"op": "delete", "id": second, "version": town.token(second)},
        {"op": "update", "id": third, "version": town.token(third), "properties": {"storeys": 7}},
    )
    west, south = town.place(0)
    caller = at(town.planner)
    everything = caller.get(draft, "features/").json()
    assert {f["id"]: f["edit"] for f in everything["features"]} == {third: "update", first: None}
    assert everything["deleted"] == [second]
    near = caller.get(draft, "features/", bbox=f"{west},{south},{west + 0.001},{south + 0.001}").json()
    assert ([f["id"] for f in near["features"]], near["deleted"]) == ([first], [])
    assert near["features"][0]["version"] == town.token(first)
    cut = caller.get(draft, "features/", limit=1).json()
    assert (len(cut["features"]), cut["truncated"]) == (1, True)
    one = caller.get(draft, f"features/{third}/").json()
    assert (one["properties"]["storeys"], one["edit"]) == (7, "update")
    assert caller.get(draft, f"features/{second}/").status_code == 404


def test_gestures_and_their_refusals(town, draft, at):
    caller, number = at(town.planner), town.numbers[0]
    update = {"op": "update", "id": number, "version": town.token(number), "properties": {"storeys": 3}}
    gesture = {"gesture": str(uuid4()), "edits": [update]}
    done = caller.post(draft, "gestures/", gesture)
    assert done.status_code == 200
    assert caller.post(draft, "gestures/", gesture).json() == done.json()
    stale = caller.post(draft, "gestures/", {**gesture, "gesture": str(uuid4())})
    assert (stale.status_code, stale.json()["code"]) == (412, "stale_edit")
    assert list(stale.json()["fields"]) == [str(number)]
    new = {"op": "create", "geometry": area(), "properties": {"name": ""}}
    wrong = caller.post(draft, "gestures/", {"gesture": str(uuid4()), "edits": [new]})
    assert (wrong.status_code, wrong.json()["code"]) == (400, "invalid")
    assert list(wrong.json()["fields"]) == ["0.properties.name"]
    shapeless = caller.post(draft, "gestures/", {"gesture": "x", "edits": [{"op": "explode"}]})
    assert shapeless.status_code == 400


def test_a_closed_changeset_takes_no_gestures(town, draft, at):
    caller = at(town.planner)
    assert caller.post(draft, "acts/", {"act": "abandon"}).json()["state"] == "abandoned"
    edits = [{"op": "create", "geometry": area(), "properties": {"name": "x"}}]
    refused = caller.post(draft, "gestures/", {"gesture": str(uuid4()), "edits": edits})
    assert (refused.status_code, refused.json()["code"]) == (409, "changeset_closed")


def test_the_way_of_a_changeset_to_publication(town, draft, at):
    planner, approver = at(town.planner), at(town.approver)
    edit(draft, {"op": "create", "geometry": area(), "properties": {"name": "new"}})
    assert planner.post(draft, "acts/", {"act": "submit", "note": "Ready"}).json()["state"] == "submitted"
    assert planner.post(draft, "acts/", {"act": "approve"}).status_code == 403
    assert approver.get(draft).json()["may"] == ["return", "approve", "comment"]
    assert approver.post(draft, "acts/", {"act": "publish"}).status_code == 409
    assert approver.post(draft, "acts/", {"act": "approve"}).json()["approved_by"] == town.approver.display_name
    published = approver.post(draft, "acts/", {"act": "publish"}).json()
    assert (published["state"], published["published_revision"]) == ("published", 2)
    assert Feature.objects.current().filter(layer=town.layer).count() == 4
    assert [c["text"] for c in planner.get(draft, "comments/").json()] == ["Ready"]


def test_changes_show_both_sides_and_are_settled(town, at):
    number = town.numbers[0]
    mine, other = town.open(), town.open(by=town.colleague)
    for changeset, storeys in ((mine, 5), (other, 6)):
        version = town.token(number)
        edit(changeset, {"op": "update", "id": number, "version": version, "properties": {"storeys": storeys}})
    town.publish(other)
    caller = at(town.planner)
    (change,) = caller.get(mine, "changes/").json()["changes"]
    assert (change["id"], change["op"], change["changed"], change["conflicts"]) == (
        number,
        "update",
        ["storeys"],
        ["storeys"],
    )
    assert [change[side]["properties"]["storeys"] for side in ("base", "mine", "theirs")] == [2, 5, 6]
    assert caller.get(mine, "changes/", conflicts="true").json()["changes"] == [change]
    assert caller.get(mine).json()["counts"]["conflicts"] == 1
    assert caller.post(mine, "resolutions/", {"id": number, "choices": {}}).status_code == 400
    settled = caller.post(mine, "resolutions/", {"id": number, "choices": {"storeys": {"value": 7}}})
    assert settled.json()["conflicts"] == 0
    town.publish(mine)
    assert Feature.objects.current().get(feature_no=number).attributes["storeys"] == 7


def test_comments_may_name_a_feature(town, draft, at):
    caller = at(town.approver)
    made = caller.post(draft, "comments/", {"text": "Why?", "id": town.numbers[0]})
    assert made.status_code == 201
    assert caller.post(draft, "comments/", {"text": "  "}).status_code == 400
    for nowhere in (-1, 0, max(town.numbers) + 10):
        assert caller.post(draft, "comments/", {"text": "Why?", "id": nowhere}).status_code == 400
    assert [c["id"] for c in caller.get(draft, "comments/").json()] == [town.numbers[0]]
    assert Comment.objects.get().by == town.approver


def test_many_changes_come_in_pages(town, draft, at, django_assert_max_num_queries):
    edit(draft, *({"op": "create", "geometry": area(i), "properties": {"name": str(i)}} for i in range(205)))
    caller = at(town.planner)
    with django_assert_max_num_queries(12):
        first = caller.get(draft, "changes/").json()
    rest = caller.client.get(first["next"]).json()
    assert (len(first["changes"]), len(rest["changes"]), rest["next"]) == (200, 5, None)


def test_reading_a_draft_costs_few_questions(town, draft, at, django_assert_max_num_queries):
    caller = at(town.planner)
    with django_assert_max_num_queries(11):
        caller.get(draft, "features/")
    assert Changeset.objects.count() == 1


def test_requests_that_cannot_be_read_are_refused(at, town, draft):
    client = at(town.planner).client
    assert client.get("/api/v1/changesets/?layer=%00").status_code == 200
    nested = client.post(f"/api/v1/changesets/{draft.pk}/gestures/", "[" * 100_000, content_type="application/json")
    assert (nested.status_code, nested.json()["code"]) == (400, "parse_error")
