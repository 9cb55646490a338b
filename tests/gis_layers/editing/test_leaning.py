"""Rules of other layers that lean on the edited one: the parcel under a building is not removed."""

import pytest

from gis_layers.editing import services
from gis_layers.editing.published import snapshots
from gis_layers.editing.services import QualityBreach
from gis_layers.models import Layer
from gis_layers.quality.models import Rule, Waiver
from tests.factories import (
    BoundaryFactory,
    LayerFactory,
    LayerFieldFactory,
    PlaceFactory,
    UserFactory,
    fill,
    square,
)
from tests.gis_layers.editing.worlds import Town, area, edit, geojson

pytestmark = pytest.mark.django_db


@pytest.fixture
def town():
    """Parcels side by side with gaps; see Town."""
    return Town()


@pytest.fixture
def buildings(town):
    """One in the middle of each parcel, and one that lies on none."""
    layer = LayerFactory(department=town.department, title_ar="المباني", title_en="")
    LayerFieldFactory(layer=layer, name="name")
    rows = [(square(lon + 0.0003, lat + 0.0003, 0.0002), {"name": "b"}) for lon, lat in map(town.place, (0, 1, 2, 6))]
    layer = fill(layer, *rows)
    Rule.objects.create(
        layer=layer, kind="lies_on_one", severity="blocking", tolerance=0.05, parameters={"layer": town.layer.slug}
    )
    return layer


def remove(town, draft, number):
    edit(draft, {"op": "delete", "id": number, "version": town.token(number)})


def test_a_parcel_under_a_building_is_not_removed(town, buildings):
    draft = town.open()
    remove(town, draft, town.numbers[0])
    with pytest.raises(QualityBreach) as breach:
        services.submit(draft, by=town.planner)
    assert "المباني" in breach.value.fields[""]
    draft.refresh_from_db()
    assert draft.state == "open"


def test_nor_moved_from_under_it(town, buildings):
    draft, number = town.open(), town.numbers[0]
    edit(draft, {"op": "update", "id": number, "version": town.token(number), "geometry": area(4)})
    with pytest.raises(QualityBreach):
        services.submit(draft, by=town.planner)


def test_nor_is_a_second_one_laid_under_it(town, buildings):
    draft = town.open()
    shape = geojson(square(*town.place(0), 0.0011))
    edit(draft, {"op": "create", "geometry": shape, "properties": {"name": "again"}})
    with pytest.raises(QualityBreach):
        services.submit(draft, by=town.planner)


def test_what_leaves_buildings_where_they_are_is_published(town, buildings):
    draft = town.open()
    first, second, _third = town.numbers
    wider = geojson(square(*town.place(0), 0.0012))
    edit(
        draft,
        {"op": "update", "id": first, "version": town.token(first), "geometry": wider},
        {"op": "update", "id": second, "version": town.token(second), "properties": {"storeys": 9}},
        {"op": "create", "geometry": area(8), "properties": {"name": "new"}},
    )
    assert town.publish(draft).state == "published"


def test_what_was_broken_before_is_not_held_against_the_draft(town, buildings):
    """The building that lies on no parcel goes on doing so beside a new parcel that does not reach it."""
    lon, lat = town.place(6)
    draft = town.open()
    beside = geojson(square(lon + 0.0005, lat, 0.0004))
    edit(draft, {"op": "create", "geometry": beside, "properties": {"name": "beside"}})
    assert services.submit(draft, by=town.planner).state == "submitted"


def test_a_building_put_under_rule_after_the_approval_stops_the_publication(town, buildings):
    rule = buildings.quality_rules.get()
    Rule.objects.filter(pk=rule.pk).update(severity="warning")
    draft = town.open()
    remove(town, draft, town.numbers[0])
    services.submit(draft, by=town.planner)
    services.approve(draft, by=town.approver)
    Rule.objects.filter(pk=rule.pk).update(severity="blocking")
    before = town.now()
    with pytest.raises(QualityBreach):
        services.publish(draft, by=town.approver)
    assert town.now() == before


def test_those_who_may_change_the_buildings_make_an_exception(town, buildings, client_of):
    draft = town.open()
    remove(town, draft, town.numbers[0])
    client = client_of(town.planner)
    (finding,) = client.get(f"/api/v1/changesets/{draft.pk}/findings/").json()
    assert (finding["layer"], finding["severity"], bool(finding["geometry"])) == (buildings.slug, "blocking", True)
    page = client.get(f"/editor/{draft.pk}/review/")
    (listed,) = page.context["findings"]
    waived = {name: getattr(listed[0], name) for name in ("subject", "fingerprint")}
    client.post(f"/editor/{draft.pk}/review/exception/", {"rule": listed[0].rule_id, **waived, "reason": "ruin"})
    assert Waiver.objects.get().reason == "ruin"
    assert services.submit(draft, by=town.planner).state == "submitted"


def test_of_a_layer_that_one_may_not_see_neither_number_nor_place_is_told(town, client_of):
    other = Town(count=0)
    lon, lat = town.place(0)
    layer = fill(other.layer, (square(lon + 0.0003, lat + 0.0003, 0.0002), {"name": "secret"}))
    Rule.objects.create(layer=layer, kind="covered_by", severity="blocking", parameters={"layer": town.layer.slug})
    draft = town.open()
    remove(town, draft, town.numbers[0])
    (finding,) = client_of(town.planner).get(f"/api/v1/changesets/{draft.pk}/findings/").json()
    assert (finding["id"], finding["geometry"]) == (None, None)
    page = client_of(town.planner).get(f"/editor/{draft.pk}/review/")
    assert b"/editor/%s/review/exception/" % str(draft.pk).encode() not in page.content
    with pytest.raises(QualityBreach) as breach:
        services.submit(draft, by=town.planner)
    assert list(breach.value.fields) == [""]


def test_a_register_s_draft_is_looked_at_too(town):
    chief = UserFactory(is_superuser=True)
    boundary = BoundaryFactory(place=PlaceFactory(municipality=True))
    municipalities = Layer.objects.get(slug="municipalities")
    Rule.objects.create(
        layer=town.layer, kind="covered_by", severity="blocking", parameters={"layer": "municipalities"}
    )
    draft = services.open_changeset(municipalities, by=chief, title="x")
    token = snapshots(municipalities, [boundary.pk])[boundary.pk].token
    away = {"type": "MultiPolygon", "coordinates": [area(40)["coordinates"]]}
    edit(draft, {"op": "update", "id": boundary.pk, "version": token, "geometry": away})
    with pytest.raises(QualityBreach):
        services.submit(draft, by=chief)


def test_the_review_asks_a_pinned_number_of_questions(town, buildings, client_of, django_assert_max_num_queries):
    draft = town.open()
    for number in town.numbers:
        remove(town, draft, number)
    client = client_of(town.planner)
    client.get(f"/editor/{draft.pk}/review/")
    with django_assert_max_num_queries(75):
        page = client.get(f"/editor/{draft.pk}/review/")
    assert page.context["finding_count"] == 3
