"""Layers of other apps are edited through those apps: a boundary drawn anew becomes a dated row."""

import json
from datetime import timedelta

import pytest
import shapely
from django.contrib.gis.geos import MultiPolygon
from django.utils import timezone

from gis_layers.editing import services
from gis_layers.editing.gestures import InvalidEdits, StaleEdit
from gis_layers.layers import BoundaryEditor
from gis_layers.models import Layer, LayerRevision
from muni.core.errors import Forbidden
from muni.core.srids import MUNI_SRID
from muni.places.models import Boundary
from muni.places.services import BoundaryRefused, set_boundary
from tests.factories import AMARAH, BoundaryFactory, DepartmentFactory, PlaceFactory, UserFactory, square
from tests.gis_layers.editing.worlds import APPROVER, PLANNER, edit, geojson, team

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def place():
    return PlaceFactory(municipality=True)


@pytest.fixture
def boundary(place):
    return BoundaryFactory(place=place, source="decree 1")


@pytest.fixture
def office(place):
    return DepartmentFactory(place=place)


@pytest.fixture
def draft(office, boundary):
    layer = Layer.objects.get(slug="municipalities")
    return services.open_changeset(layer, by=UserFactory(is_superuser=True), title="New limits")


def outline(size):
    return MultiPolygon(square(*AMARAH, size), srid=MUNI_SRID)


def drawn(size):
    return geojson(outline(size))


def features(client, draft):
    return client.get(f"/api/v1/changesets/{draft.pk}/features/").json()["features"]


def approved(draft, office):
    services.submit(draft, by=draft.opened_by)
    approver = UserFactory(is_superuser=True)
    return services.approve(draft, by=approver), approver


def test_the_draft_shows_edited_and_unedited_rows(draft, boundary, client_of):
    other = BoundaryFactory(place=PlaceFactory(municipality=True))
    client = client_of(draft.opened_by)
    found = {feature["id"]: feature for feature in features(client, draft)}
    assert found.keys() == {boundary.pk, other.pk}
    version = found[boundary.pk]["version"]
    edit(draft, {"op": "update", "id": boundary.pk, "version": version, "properties": {"source": "decree 2"}})
    found = {feature["id"]: feature for feature in features(client, draft)}
    assert (found[boundary.pk]["edit"], found[other.pk]["edit"]) == ("update", None)
    assert found[boundary.pk]["properties"]["source"] == "decree 2"
    assert client.get(f"/api/v1/changesets/{draft.pk}/features/{boundary.pk}/").json()["edit"] == "update"


def test_publishing_adds_a_dated_row(draft, boundary, place, office, client_of):
    (feature,) = features(client_of(draft.opened_by), draft)
    change = {"id": boundary.pk, "version": feature["version"], "geometry": drawn(0.2)}
    edit(draft, {"op": "update", **change, "properties": {"source": "decree 2"}})
    before = Layer.objects.get(slug="municipalities").revision
    draft, approver = approved(draft, office)
    published = services.publish(draft, by=approver)
    boundary.refresh_from_db()
    now = Boundary.objects.current().get(place=place)
    assert (boundary.valid_to, now.valid_from, now.source) == (timezone.localdate(), timezone.localdate(), "decree 2")
    assert now.geom.area > 3 * boundary.geom.area
    assert published.published_revision > before
    assert LayerRevision.objects.get(changeset=draft.pk).revision == published.published_revision


def test_a_boundary_that_changed_meanwhile_is_a_conflict(draft, boundary, office, client_of):
    (feature,) = features(client_of(draft.opened_by), draft)
    edit(draft, {"op": "update", "id": boundary.pk, "version": feature["version"], "geometry": drawn(0.2)})
    Boundary.objects.filter(pk=boundary.pk).update(geom=MultiPolygon(square(*AMARAH, 0.3), srid=MUNI_SRID))
    with pytest.raises(services.EditConflict):
        services.submit(draft, by=draft.opened_by)
    services.resolve(draft, boundary.pk, choices={"geometry": "mine"}, by=draft.opened_by)
    approved(draft, office)


def test_the_app_s_own_rules_hold(draft, boundary, office, client_of):
    """A place has one boundary a day: the publication is refused whole."""
    Boundary.objects.filter(pk=boundary.pk).update(valid_from=timezone.localdate())
    (feature,) = features(client_of(draft.opened_by), draft)
    edit(draft, {"op": "update", "id": boundary.pk, "version": feature["version"], "geometry": drawn(0.2)})
    draft, approver = approved(draft, office)
    with pytest.raises(BoundaryRefused):
        services.publish(draft, by=approver)
    draft.refresh_from_db()
    assert (draft.state, Boundary.objects.count()) == ("approved", 1)


def test_boundaries_are_published_by_those_of_the_place(boundary, office):
    wider = bytes(MultiPolygon(square(*AMARAH, 0.2), srid=MUNI_SRID).wkb)
    with pytest.raises(Forbidden):
        BoundaryEditor().update(boundary.pk, {"source": ""}, wider, by=UserFactory(permissions=APPROVER))
    BoundaryEditor().update(boundary.pk, {"source": ""}, wider, by=team(*APPROVER, department=office))
    assert Boundary.objects.count() == 2


def test_a_draft_of_the_whole_register_is_no_planner_s(office, client_of):
    layer, planner = Layer.objects.get(slug="municipalities"), team(*PLANNER, department=office)
    made = services.open_changeset(layer, by=UserFactory(is_superuser=True), title="x")
    assert made.place is None
    assert client_of(planner).get(f"/api/v1/changesets/{made.pk}/").status_code == 404


def test_only_what_the_app_allows_is_edited(draft, boundary, client_of):
    (feature,) = features(client_of(draft.opened_by), draft)
    named = {"id": boundary.pk, "version": feature["version"]}
    for refused, place in (
        ({"op": "create", "geometry": drawn(0.1), "properties": {}}, "0.op"),
        ({"op": "delete", **named}, "0.op"),
        ({"op": "update", **named, "properties": {"code": "X"}}, "0.properties.code"),
    ):
        with pytest.raises(InvalidEdits) as error:
            edit(draft, refused)
        assert list(error.value.fields) == [place]
    with pytest.raises(StaleEdit):
        edit(draft, {"op": "update", **named, "version": "p0", "properties": {"source": "x"}})


def test_its_pages(draft, boundary, client_of):
    client = client_of(draft.opened_by)
    (feature,) = features(client, draft)
    edit(draft, {"op": "update", "id": boundary.pk, "version": feature["version"], "geometry": drawn(0.2)})
    page = client.get(f"/editor/{draft.pk}/review/")
    assert f"/layers/municipalities/history/features/{boundary.pk}/" in page.text
    assert client.get("/layers/municipalities/history/").status_code == 200
    assert client.get("/layers/municipalities/history/1/").status_code == 404


class TestPast:
    def test_the_history_of_a_place_is_told_by_its_dated_rows(self, draft, boundary, place, office, client_of):
        chief = draft.opened_by
        (feature,) = features(client_of(chief), draft)
        change = {"id": boundary.pk, "version": feature["version"], "geometry": drawn(0.2)}
        edit(draft, {"op": "update", **change, "properties": {"source": "decree 2"}})
        draft, approver = approved(draft, office)
        services.publish(draft, by=approver)
        now = Boundary.objects.current().get(place=place)
        for number in (boundary.pk, now.pk):
            page = client_of(chief).get(f"/layers/municipalities/history/features/{number}/")
            (newest, changeset), (oldest, none) = page.context["versions"]
            assert (newest.number, oldest.number, changeset, none) == (now.pk, boundary.pk, draft, None)
            assert set(newest.changed) == {"geometry", "source", "valid_from"}
            assert oldest.valid_to == newest.valid_from
        history = client_of(chief).get("/layers/municipalities/history/")
        assert [(changeset, may) for _revision, changeset, may in history.context["revisions"]] == [(draft, True)]
        assert "/revert/" in history.text

    @pytest.fixture
    def revised(self, draft, boundary, place, office, client_of):
        """The changeset that widened the boundary ten days ago."""
        (feature,) = features(client_of(draft.opened_by), draft)
        change = {"id": boundary.pk, "version": feature["version"], "geometry": drawn(0.2)}
        edit(draft, {"op": "update", **change, "properties": {"source": "decree 2"}})
        draft, approver = approved(draft, office)
        draft = services.publish(draft, by=approver)
        Boundary.objects.filter(pk=boundary.pk).update(valid_to=timezone.localdate() - 10 * DAY)
        Boundary.objects.filter(place=place, valid_to=None).update(valid_from=timezone.localdate() - 10 * DAY)
        return draft

    def test_the_register_is_shown_as_it_was_on_a_day(self, revised, boundary, client_of):
        client = client_of(revised.opened_by)
        early, late = (timezone.localdate() - days * DAY for days in (11, 10))
        sources = {}
        for day in (early, late):
            (found,) = client.get(f"/layers/municipalities/history/on/{day}/features.geojson").json()["features"]
            sources[day] = found["properties"]["source"]
        assert sources == {early: "decree 1", late: "decree 2"}
        asked = client.get("/layers/municipalities/history/", {"on": early.isoformat()})
        page = client.get(asked.url)
        assert page.context["count"] == 1
        assert boundary.geom.area > 0
        for nothing in ("1990-02-31", "x"):
            assert client.get(f"/layers/municipalities/history/on/{nothing}/").status_code == 404
        assert client.get("/layers/parcels/history/on/2020-01-01/").status_code == 403

    def test_two_days_are_compared(self, revised, client_of):
        client = client_of(revised.opened_by)
        today = timezone.localdate()
        days = {"from": today.isoformat(), "to": (today - 20 * DAY).isoformat()}
        asked = client.get("/layers/municipalities/history/", days)
        page = client.get(asked.url)
        assert asked.url.startswith("/layers/municipalities/history/compare/")
        assert client.get("/layers/municipalities/history/", {"from": "", "to": ""}).context["days"].errors
        assert page.context["comparison"].counts == {"created": 0, "updated": 1, "deleted": 0}
        assert "decree 1" in page.text
        drawn_there = client.get("/layers/municipalities/history/compare/shapes.geojson", days).json()["features"]
        assert {feature["properties"]["kind"] for feature in drawn_there} == {"before", "after"}
        assert client.get("/layers/municipalities/history/compare/", {"from": "1", "to": "1"}).status_code == 404

    def test_a_changeset_is_taken_back(self, revised, boundary, place, office, client_of):
        client = client_of(revised.opened_by)
        answer = client.post(f"/layers/municipalities/history/{revised.published_revision}/revert/")
        inverse = revised.layer.changesets.exclude(pk=revised.pk).get()
        assert answer.url == f"/editor/{inverse.pk}/review/"
        inverse, approver = approved(inverse, office)
        services.publish(inverse, by=approver)
        now = Boundary.objects.current().get(place=place)
        assert (now.source, now.valid_from) == ("decree 1", timezone.localdate())
        assert now.geom.equals(boundary.geom)
        assert Boundary.objects.filter(place=place).count() == 3

    def test_what_came_later_is_a_conflict_with_taking_back(self, revised, place, client_of):
        set_boundary(place, shapely.from_wkb(bytes(outline(0.3).wkb)), valid_from=timezone.localdate(), source="3")
        inverse = services.revert(revised.layer, revised.published_revision, by=revised.opened_by)
        with pytest.raises(services.EditConflict) as refused:
            services.submit(inverse, by=revised.opened_by)
        ((number, fields),) = refused.value.fields.items()
        assert int(number) == Boundary.objects.current().get(place=place).pk
        assert fields == ["geometry", "source"]

    def test_what_other_places_did_is_not_told(self, draft, boundary, place, office, client_of):
        (feature,) = features(client_of(draft.opened_by), draft)
        edit(draft, {"op": "update", "id": boundary.pk, "version": feature["version"], "geometry": drawn(0.2)})
        draft, approver = approved(draft, office)
        services.publish(draft, by=approver)
        stranger = client_of(team(*PLANNER, department=DepartmentFactory()))
        assert not stranger.get("/layers/municipalities/history/").context["revisions"]
        page = stranger.get(f"/layers/municipalities/history/features/{boundary.pk}/")
        assert [changeset for _version, changeset in page.context["versions"]] == [None, None]
        assert draft.title not in page.text
        assert client_of(UserFactory()).get("/layers/municipalities/history/").status_code == 403

    def test_a_register_that_nobody_edits_has_no_past_page(self, client_of):
        chief = client_of(UserFactory(is_superuser=True))
        assert chief.get("/layers/parcels/history/").status_code == 403
        assert chief.get("/layers/municipalities/history/features/77/").status_code == 404


class TestOgc:
    """GIS programs read and change a register's draft as any other."""

    @pytest.fixture
    def items(self, draft, client_of):
        client = client_of(draft.opened_by)

        def ask(method="GET", number="", body=None, query="", **headers):
            address = f"/ogc/collections/municipalities/items{number and f'/{number}'}?changeset={draft.pk}{query}"
            content = {"data": json.dumps(body), "content_type": "application/geo+json"} if body else {}
            return client.generic(method, address, headers={"Accept": "application/json", **headers}, **content)

        return ask

    def test_the_listing_is_the_draft(self, draft, boundary, items):
        other = BoundaryFactory(place=PlaceFactory(municipality=True), source="decree 9")
        mark = items(number=boundary.pk)["ETag"]
        changed = {"geometry": drawn(0.2), "properties": {"source": "decree 2"}}
        answer = items("PATCH", boundary.pk, changed, **{"If-Match": mark})
        assert (answer.status_code, answer["ETag"]) == (204, items(number=boundary.pk)["ETag"])
        assert mark != answer["ETag"]
        found = {feature["id"]: feature["properties"]["source"] for feature in items().json()["features"]}
        assert found == {boundary.pk: "decree 2", other.pk: "decree 9"}
        by_source = items(query="&source=decree%202").json()["features"]
        assert [feature["id"] for feature in by_source] == [boundary.pk]
        assert items(query="&source=decree%201").json()["features"] == []
        beyond = f"{AMARAH[0] + 0.15},{AMARAH[1] + 0.15},{AMARAH[0] + 0.16},{AMARAH[1] + 0.16}"
        assert [feature["id"] for feature in items(query=f"&bbox={beyond}").json()["features"]] == [boundary.pk]
        filtered = items(query="&filter=source%20LIKE%20'decree%25'&sortby=-source&limit=1").json()
        assert filtered["features"][0]["id"] == other.pk
        assert "next" in {link["rel"] for link in filtered["links"]}
        assert items(query="&f=html").status_code == 200
        shape = items(number=boundary.pk).json()["geometry"]["coordinates"][0][0]
        assert max(lon for lon, _lat in shape) == pytest.approx(AMARAH[0] + 0.2, abs=1e-6)

    def test_what_the_app_does_not_allow_is_refused(self, boundary, items):
        assert items("POST", body={"type": "Feature", "geometry": drawn(0.1), "properties": {}}).status_code == 400
        mark = items(number=boundary.pk)["ETag"]
        assert items("DELETE", boundary.pk, **{"If-Match": mark}).status_code == 400
        assert items("DELETE", boundary.pk).status_code == 428
        stale = items("PATCH", boundary.pk, {"properties": {"source": "x"}}, **{"If-Match": '"p0"'})
        assert stale.status_code == 412

    def test_strangers_find_no_draft(self, draft, client_of, client):
        address = f"/ogc/collections/municipalities/items?changeset={draft.pk}"
        assert client_of(team(*PLANNER, department=DepartmentFactory())).get(address).status_code == 404
        assert client.get(address).status_code == 401

    def test_a_page_asks_a_pinned_number_of_questions(self, boundary, items, django_assert_max_num_queries):
        items()
        with django_assert_max_num_queries(8):
            items()
