from uuid import uuid4

import pytest
from django.contrib.gis.geos import Polygon

from gis_layers.editing import services
from gis_layers.editing.gestures import ChangesetClosed, InvalidEdits, StaleEdit
from gis_layers.editing.models import DraftFeature
from gis_layers.models import Feature
from muni.core.errors import Forbidden
from muni.core.srids import LONLAT
from tests.factories import AMARAH, BoundaryFactory, LayerFactory, UserFactory, fill, square
from tests.gis_layers.editing.worlds import Town, area, edit, geojson

pytestmark = pytest.mark.django_db


@pytest.fixture
def town():
    return Town()


@pytest.fixture
def draft(town):
    return town.open()


def states(changeset):
    return {row.feature_no: row for row in DraftFeature.objects.filter(changeset=changeset)}


def test_the_draft_is_the_published_layer_until_somebody_edits(town, draft):
    assert {number: row.version for number, row in states(draft).items()} == {
        number: town.token(number) for number in town.numbers
    }


def test_create_update_and_delete_show_in_the_draft_and_nowhere_else(town, draft):
    first, second, third = town.numbers
    before = town.now()
    answer = edit(
        draft,
        {"op": "create", "key": "a", "geometry": area(), "properties": {"name": "new", "storeys": "٣"}},
        {"op": "update", "id": first, "version": town.token(first), "properties": {"use": "shops"}},
        {"op": "delete", "id": second, "version": town.token(second)},
    )
    created = answer["features"][0]
    drafted = states(draft)
    assert created["key"] == "a"
    assert drafted[created["id"]].attributes == {"name": "new", "use": None, "storeys": 3}
    assert drafted[first].attributes == {"name": "n0", "use": "shops", "storeys": 2}
    assert drafted[first].version == answer["features"][1]["version"]
    assert drafted.keys() == {created["id"], first, third}
    assert answer["counts"] == {"created": 1, "updated": 1, "deleted": 1, "conflicts": 0, "blocking": None}
    assert town.now() == before


def test_a_gesture_sent_again_gets_the_same_answer_and_no_second_effect(town, draft):
    gesture = uuid4()
    once = edit(draft, {"op": "create", "key": "a", "geometry": area(), "properties": {"name": "x"}}, gesture=gesture)
    again = edit(draft, {"op": "create", "key": "a", "geometry": area(), "properties": {"name": "x"}}, gesture=gesture)
    assert once == again
    assert len(states(draft)) == 4


def test_a_gesture_is_applied_whole_or_not_at_all(town, draft):
    first, second, _third = town.numbers
    with pytest.raises(StaleEdit) as refused:
        edit(
            draft,
            {"op": "delete", "id": first, "version": town.token(first)},
            {"op": "delete", "id": second, "version": "p0"},
        )
    assert list(refused.value.fields) == [str(second)]
    assert len(states(draft)) == 3
    assert not draft.gestures.exists()


def test_what_lies_far_from_the_governorate_is_a_slip(town, draft):
    texas, beyond = geojson(square(-97.7, 30.3)), geojson(square(AMARAH[0] + 0.8, AMARAH[1]))
    edit(draft, {"op": "create", "geometry": beyond, "properties": {"name": "no boundary yet"}})
    BoundaryFactory(place=town.department.place)
    edit(draft, {"op": "create", "geometry": geojson(square(AMARAH[0] + 0.5, AMARAH[1])), "properties": {"name": "a"}})
    world = {"type": "Polygon", "coordinates": [[[0, -60], [90, -60], [90, 80], [0, 80], [0, -60]]]}
    for shape in (texas, beyond, world):
        with pytest.raises(InvalidEdits) as refused:
            edit(draft, {"op": "create", "geometry": shape, "properties": {"name": "far"}})
        assert list(refused.value.fields) == ["0.geometry"]


def test_a_layer_goes_on_where_it_lies_though_that_is_far(town):
    BoundaryFactory(place=town.department.place)
    layer = fill(LayerFactory(department=town.department), (square(2.3, 48.8), {}))
    draft = services.open_changeset(layer, by=town.planner, title="Paris")
    assert edit(draft, {"op": "create", "geometry": geojson(square(2.4, 48.8))})["counts"]["created"] == 1


def test_a_version_is_good_for_one_edit(town, draft):
    number, *_ = town.numbers
    update = {"op": "update", "id": number, "version": town.token(number), "properties": {"storeys": 5}}
    answer = edit(draft, update)
    with pytest.raises(StaleEdit):
        edit(draft, update)
    edit(draft, {**update, "version": answer["features"][0]["version"], "properties": {"storeys": 6}})
    assert states(draft)[number].attributes["storeys"] == 6


@pytest.mark.parametrize(
    ("edits", "place"),
    [
        ({"op": "create", "geometry": None}, "0.geometry"),
        ({"op": "create", "geometry": {"type": "Point", "coordinates": [47, 31]}}, "0.geometry"),
        ({"op": "create", "geometry": {"type": "Polygon", "coordinates": [[[47, 31], [47, 32]]]}}, "0.geometry"),
        ({"op": "create", "geometry": {"type": "Polygon", "coordinates": "x"}}, "0.geometry"),
        (
            {
                "op": "create",
                "geometry": {"type": "Polygon", "coordinates": [[[31, 95], [31, 96], [32, 96], [31, 95]]]},
            },
            "0.geometry",
        ),
        (
            {
                "op": "create",
                "geometry": {
                    "type": "Polygon",
                    "coordinates": [[[47, 31], [47.1, 31.1], [47.1, 31], [47, 31.1], [47, 31]]],
                },
            },
            "0.geometry",
        ),
        ({"op": "create", "geometry": area(), "properties": {"name": ""}}, "0.properties.name"),
        ({"op": "create", "geometry": area(), "properties": {"use": "harbour"}}, "0.properties.use"),
        ({"op": "create", "geometry": area(), "properties": {"storeys": "many"}}, "0.properties.storeys"),
        ({"op": "create", "geometry": area(), "properties": {"storeys": True}}, "0.properties.storeys"),
        ({"op": "create", "geometry": area(), "properties": {"colour": "red"}}, "0.properties.colour"),
    ],
)
def test_what_does_not_fit_is_refused_beside_its_place(draft, edits, place):
    with pytest.raises(InvalidEdits) as refused:
        edit(draft, edits)
    assert list(refused.value.fields) == [place]


def test_values_that_were_wrong_before_are_not_held_against_an_edit(town, draft):
    number = town.numbers[0]
    Feature.objects.filter(feature_no=number).update(attributes={"name": None, "use": "harbour", "storeys": 2})
    edit(
        draft,
        {
            "op": "update",
            "id": number,
            "version": town.token(number),
            "properties": {"name": None, "use": "harbour", "storeys": 4},
        },
    )
    assert states(draft)[number].attributes["storeys"] == 4


def test_a_deleted_feature_comes_back_by_an_update_with_its_content(town, draft):
    number = town.numbers[0]
    gone = edit(draft, {"op": "delete", "id": number, "version": town.token(number)})["features"][0]
    assert gone["edit"] == "delete"
    back = {"op": "update", "id": number, "version": gone["version"], "properties": {"name": "n0"}}
    with pytest.raises(InvalidEdits):
        edit(draft, back)
    answer = edit(draft, {**back, "geometry": area(0)})
    assert answer["features"][0]["edit"] == "update"
    assert number in states(draft)


def test_a_new_feature_that_is_deleted_counts_as_nothing_and_comes_back_as_new(town, draft):
    new = edit(draft, {"op": "create", "geometry": area(), "properties": {"name": "x"}})["features"][0]
    gone = edit(draft, {"op": "delete", "id": new["id"], "version": new["version"]})
    assert gone["counts"] == {"created": 0, "updated": 0, "deleted": 0, "conflicts": 0, "blocking": None}
    update = {"op": "update", "id": new["id"], "version": gone["features"][0]["version"], "geometry": area()}
    back = edit(draft, update)
    assert back["features"][0]["edit"] == "create"
    assert back["counts"]["created"] == 1


def test_restore_drops_the_edit(town, draft):
    number = town.numbers[0]
    edit(draft, {"op": "update", "id": number, "version": town.token(number), "properties": {"storeys": 9}})
    answer = edit(draft, {"op": "restore", "id": number})
    assert answer["features"] == [{"id": number, "version": town.token(number), "edit": None}]
    assert states(draft)[number].attributes["storeys"] == 2
    new = edit(draft, {"op": "create", "geometry": area()})["features"][0]
    assert edit(draft, {"op": "restore", "id": new["id"]})["counts"]["created"] == 0


def test_a_change_taken_back_by_hand_counts_as_nothing(town, draft):
    number = town.numbers[0]
    one = edit(draft, {"op": "update", "id": number, "version": town.token(number), "properties": {"storeys": 9}})
    version = one["features"][0]["version"]
    back = edit(draft, {"op": "update", "id": number, "version": version, "properties": {"storeys": 2}})
    assert one["counts"]["updated"] == 1
    assert back["counts"]["updated"] == 0


def test_vertices_sent_back_as_degrees_do_not_drift(town, draft):
    """Nine decimals are a tenth of a millimetre: the corners that stay keep their exact coordinates."""
    number = town.numbers[0]
    shape = Feature.objects.get(feature_no=number).geom
    ring = [[round(x, 9), round(y, 9)] for x, y in shape.transform(LONLAT, clone=True).coords[0]]
    ring[2] = [ring[2][0] + 0.0001, ring[2][1]]
    edit(
        draft,
        {
            "op": "update",
            "id": number,
            "version": town.token(number),
            "geometry": {"type": "Polygon", "coordinates": [ring]},
        },
    )
    moved = states(draft)[number].geom.coords[0]
    assert [moved[i] for i in (0, 1, 3, 4)] == [shape.coords[0][i] for i in (0, 1, 3, 4)]
    assert moved[2] != shape.coords[0][2]


def test_only_those_who_may_change_the_layer_edit_and_only_while_it_is_open(town, draft):
    new = {"op": "create", "geometry": area(), "properties": {"name": "x"}}
    with pytest.raises(Forbidden):
        edit(draft, new, by=UserFactory())
    edit(draft, new, by=town.colleague)
    services.abandon(draft, by=town.planner)
    with pytest.raises(ChangesetClosed):
        edit(draft, new)


def test_an_applied_gesture_is_answered_also_after_the_changeset_was_submitted(town, draft):
    gesture = uuid4()
    new = {"op": "create", "geometry": area(), "properties": {"name": "x"}}
    answer = edit(draft, new, gesture=gesture)
    services.submit(draft, by=town.planner)
    assert edit(draft, new, gesture=gesture) == answer


def test_a_gesture_of_hundreds_costs_few_statements(town, draft, django_assert_max_num_queries):
    new = [{"op": "create", "geometry": area(i), "properties": {"name": str(i)}} for i in range(500)]
    with django_assert_max_num_queries(20):
        edit(draft, *new)
    assert len(states(draft)) == 503


def test_multi_parts_are_taken_where_the_layer_takes_their_kind(town, draft):
    ring = Polygon.from_bbox((47.1, 31.8, 47.101, 31.801))
    ring.srid = LONLAT
    parts = {"type": "MultiPolygon", "coordinates": [geojson(ring)["coordinates"], area(5)["coordinates"]]}
    edit(draft, {"op": "create", "geometry": parts, "properties": {"name": "x"}})
    assert len(states(draft)) == 4
