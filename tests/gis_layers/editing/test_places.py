"""A town's planners draw the boundaries of their own town: a register's changeset belongs to a place."""

import pytest
from django.contrib.gis.geos import MultiPolygon

from gis_layers.editing import services
from gis_layers.editing.gestures import InvalidEdits
from gis_layers.editing.models import Changeset
from gis_layers.editing.published import snapshots
from gis_layers.models import Layer
from muni.core.errors import BadRequest, Forbidden
from muni.core.srids import MUNI_SRID
from muni.journal.models import Entry
from muni.notices.models import Notice
from muni.places.models import Boundary, Place
from tests.factories import AMARAH, BoundaryFactory, DepartmentFactory, PlaceFactory, UserFactory, square
from tests.gis_layers.editing.worlds import APPROVER, PLANNER, edit, geojson, team

pytestmark = pytest.mark.django_db
LON, LAT = AMARAH


def outline(lon, lat, size):
    return MultiPolygon(square(lon, lat, size), srid=MUNI_SRID)


class Municipality:
    """A town of 0.1 degrees with a neighbourhood of 0.01 in its corner, a planner and an approver."""

    def __init__(self, lon=LON, lat=LAT):
        self.place = PlaceFactory(municipality=True)
        self.boundary = BoundaryFactory(place=self.place, geom=outline(lon, lat, 0.1))
        quarter = PlaceFactory(level=Place.Level.NEIGHBOURHOOD, parent=self.place)
        self.quarter = BoundaryFactory(place=quarter, geom=outline(lon + 0.01, lat + 0.01, 0.01))
        office = DepartmentFactory(place=self.place)
        self.planner, self.approver = team(*PLANNER, department=office), team(*APPROVER, department=office)


@pytest.fixture
def town():
    return Municipality()


@pytest.fixture
def elsewhere():
    """In another province."""
    return Municipality(LON + 1, LAT)


@pytest.fixture
def layer(town):
    return Layer.objects.get(slug="neighbourhoods")


@pytest.fixture
def draft(town, layer):
    return services.open_changeset(layer, by=town.planner, title="New limits of the quarters")


def change(layer, boundary, lon, lat, size, **properties):
    token = snapshots(layer, [boundary.pk])[boundary.pk].token
    shape = geojson(outline(lon, lat, size))
    return {"op": "update", "id": boundary.pk, "version": token, "geometry": shape, "properties": properties}


def widened(layer, town):
    return change(layer, town.quarter, LON + 0.01, LAT + 0.01, 0.02)


def test_planners_draw_and_approvers_of_the_town_publish(town, layer, draft):
    assert draft.place == town.place
    edit(draft, widened(layer, town))
    services.submit(draft, by=town.planner)
    assert Notice.objects.filter(user=town.approver).exists()
    services.approve(draft, by=town.approver)
    services.publish(draft, by=town.approver)
    now = Boundary.objects.current().get(place=town.quarter.place)
    assert now.geom.area > 3 * town.quarter.geom.area
    assert Entry.objects.about(draft).get(act="editing.open").data["place"] == town.place.code


@pytest.mark.parametrize(
    ("lon", "size"), [(LON + 0.01, 0.2), (LON - 0.005, 0.02), (LON + 0.5, 0.01)], ids=["wider", "across", "beyond"]
)
def test_nothing_is_drawn_beyond_the_town(town, layer, draft, lon, size):
    with pytest.raises(InvalidEdits) as error:
        edit(draft, change(layer, town.quarter, lon, LAT + 0.01, size))
    assert list(error.value.fields) == ["0.geometry"]


def test_what_lies_elsewhere_is_not_touched_even_by_its_attributes(town, elsewhere, layer, draft):
    wanted = change(layer, elsewhere.quarter, LON + 0.02, LAT + 0.02, 0.01)
    with pytest.raises(InvalidEdits):
        edit(draft, wanted)
    del wanted["geometry"]
    with pytest.raises(InvalidEdits):
        edit(draft, {**wanted, "properties": {"source": "decree"}})


def test_limits_that_were_surveyed_apart_may_differ_by_less_than_a_metre(town, layer, draft):
    edit(draft, change(layer, town.quarter, LON - 0.000005, LAT, 0.02))  # half a metre
    with pytest.raises(InvalidEdits):
        edit(
            draft, {**change(layer, town.quarter, LON - 0.00003, LAT, 0.02), "version": f"e{draft.edits.get().version}"}
        )


def test_a_conflict_is_not_settled_beyond_the_town(town, layer, draft):
    edit(draft, widened(layer, town))
    Boundary.objects.filter(pk=town.quarter.pk).update(geom=outline(LON, LAT, 0.005))
    value = {"value": geojson(outline(LON, LAT, 0.3))}
    services.resolve(draft, town.quarter.pk, choices={"geometry": value}, by=town.planner)
    with pytest.raises(services.UnfitChangeset):
        services.submit(draft, by=town.planner)


def test_a_town_without_boundary_edits_nothing(town, layer, draft):
    Boundary.objects.filter(place=town.place).delete()
    with pytest.raises(InvalidEdits):
        edit(draft, widened(layer, town))


@pytest.mark.parametrize("who", ["planner", "approver"])
@pytest.mark.parametrize("state", ["open", "submitted", "approved"])
def test_another_province_neither_sees_nor_does_anything(town, elsewhere, layer, draft, client_of, who, state):
    stranger = getattr(elsewhere, who)
    edit(draft, widened(layer, town))
    if state != "open":
        services.submit(draft, by=town.planner)
    if state == "approved":
        services.approve(draft, by=town.approver)
    client = client_of(stranger)
    for address in (
        f"/api/v1/changesets/{draft.pk}/",
        f"/api/v1/changesets/{draft.pk}/features/",
        f"/editor/{draft.pk}/",
        f"/editor/{draft.pk}/review/",
    ):
        assert client.get(address).status_code == 404
    for act in services.ACTS:
        assert client.post(f"/api/v1/changesets/{draft.pk}/acts/", {"act": act}).status_code == 404
        with pytest.raises(Forbidden):
            services.ACTS[act](draft, by=stranger)
    with pytest.raises(Forbidden):
        edit(draft, widened(layer, town), by=stranger)
    with pytest.raises(Forbidden):
        services.comment(draft, by=stranger, text="x")
    with pytest.raises(Forbidden):
        services.open_changeset(layer, by=stranger, title="x", place=town.place)
    assert not client.get("/api/v1/changesets/").json()["results"]
    draft.refresh_from_db()
    assert draft.state == state


@pytest.mark.parametrize("who", ["planner", "approver"])
def test_an_office_of_the_wider_place_covers_the_town(town, draft, client_of, who):
    governorate = Place.objects.get(path="/" + town.place.path.split("/")[1] + "/")
    wider = team(*(PLANNER if who == "planner" else APPROVER), department=DepartmentFactory(place=governorate))
    assert client_of(wider).get(f"/api/v1/changesets/{draft.pk}/").status_code == 200


def test_superusers_may_all_of_it(town, layer, draft, client_of):
    chief = UserFactory(is_superuser=True)
    edit(draft, widened(layer, town))
    assert client_of(chief).get(f"/api/v1/changesets/{draft.pk}/").status_code == 200
    services.submit(draft, by=chief)
    services.approve(draft, by=chief)
    services.return_(draft, by=chief)
    services.abandon(draft, by=chief)


def test_whoever_has_two_offices_says_which(town, elsewhere, layer, client_of):
    role = town.planner.memberships.get().role
    town.planner.memberships.create(role=role, department=DepartmentFactory(place=elsewhere.place))
    with pytest.raises(BadRequest) as error:
        services.open_changeset(layer, by=town.planner, title="x")
    assert list(error.value.fields) == ["place"]
    client = client_of(town.planner)
    sent = {"layer": "neighbourhoods", "title": "x", "place": elsewhere.place.code}
    answer = client.post("/api/v1/changesets/", sent, content_type="application/json")
    assert (answer.status_code, answer.json()["place"]) == (201, elsewhere.place.code)
    page = client.get("/editor/")
    assert page.context["form"].fields["place"].queryset.count() == 2
    client.post("/editor/", {"layer": "neighbourhoods", "title": "y", "place": town.place.pk})
    assert Changeset.objects.get(title="y").place == town.place


def test_a_place_of_others_is_no_choice(town, elsewhere, client_of):
    sent = {"layer": "neighbourhoods", "title": "x", "place": elsewhere.place.code}
    answer = client_of(town.planner).post("/api/v1/changesets/", sent, content_type="application/json")
    assert answer.status_code == 400
    assert not Changeset.objects.exists()


def test_officials_without_the_right_open_nothing(town, layer):
    registrar = UserFactory(permissions=["gis_layers.view_layer"], permissions__department=DepartmentFactory())
    with pytest.raises(Forbidden):
        services.open_changeset(layer, by=registrar, title="x")


def test_the_layer_s_page_leads_planners_to_the_editor(town, client_of):
    assert b"/editor/?layer=neighbourhoods" in client_of(town.planner).get("/layers/neighbourhoods/").content
    assert b"/editor/?layer=" not in client_of(UserFactory()).get("/layers/neighbourhoods/").content
