"""Layers of other apps are edited through those apps: a boundary drawn anew becomes a dated row."""

from datetime import date

import pytest
from django.contrib.gis.geos import MultiPolygon
from django.utils import timezone

from gis_layers.editing import services
from gis_layers.editing.gestures import InvalidEdits, StaleEdit
from gis_layers.layers import BoundaryEditor
from gis_layers.models import Layer, LayerRevision
from muni.core.errors import Forbidden
from muni.core.srids import MUNI_SRID
from muni.places.models import Boundary
from muni.places.services import BoundaryRefused
from tests.factories import AMARAH, BoundaryFactory, DepartmentFactory, PlaceFactory, UserFactory, square
from tests.gis_layers.editing.worlds import APPROVER, PLANNER, edit, geojson, team

pytestmark = pytest.mark.django_db


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


def drawn(size):
    return geojson(MultiPolygon(square(*AMARAH, size), srid=MUNI_SRID))


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
    assert client.get(f"/editor/{draft.pk}/review/").status_code == 200
    assert client.get("/layers/municipalities/history/").status_code == 404
    assert client.get(f"/ogc/collections/municipalities/items?changeset={draft.pk}").status_code == 405
    assert date(2000, 1, 1) == boundary.valid_from
