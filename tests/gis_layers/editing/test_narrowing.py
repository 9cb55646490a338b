"""A draft is searched by attributes over the whole layer, as people spell."""

import pytest

from gis_layers.editing import services
from gis_layers.models import Layer
from tests.factories import BoundaryFactory, LayerFieldFactory, PlaceFactory, UserFactory, fill, square
from tests.gis_layers.editing.worlds import Town, area, edit

pytestmark = pytest.mark.django_db

NAMES = ["مدرسة الأمل", "مَدرسه الامل", "حي ١٢", "حي 12", None]


@pytest.fixture
def town():
    town = Town(count=0)
    LayerFieldFactory(layer=town.layer, name="built", type="date")
    rows = [
        (square(*Town.place(i)), {"name": name, "storeys": i, "built": f"2020-01-0{i + 1}"})
        for i, name in enumerate(NAMES)
    ]
    town.layer = fill(town.layer, *rows)
    return town


@pytest.fixture
def ask(town, client_of):
    draft = town.open()

    def ask(**asked):
        return client_of(town.planner).get(f"/api/v1/changesets/{draft.pk}/features/", asked)

    ask.draft = draft
    return ask


def storeys(answer):
    assert answer.status_code == 200, answer.content
    return sorted(feature["properties"]["storeys"] for feature in answer.json()["features"])


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"name": "مدرسة الامل"}, [0, 1]),
        ({"name": "حي ۱۲"}, [2, 3]),
        ({"name__contains": "الاَمل"}, [0, 1]),
        ({"name__not": "حي 12"}, [0, 1, 4]),
        ({"name__empty": "true"}, [4]),
        ({"name__empty": "false"}, [0, 1, 2, 3]),
        ({"storeys": "٣"}, [3]),
        ({"storeys__gte": "٣"}, [3, 4]),
        ({"storeys__lt": "1"}, [0]),
        ({"storeys__lte": "1", "storeys__gt": "0"}, [1]),
        ({"storeys__not": "1"}, [0, 2, 3, 4]),
        ({"storeys__contains": "٤"}, [4]),
        ({"built__gt": "2020-01-04"}, [4]),
        ({"name__contains": "حي", "storeys": "2"}, [2]),
    ],
)
def test_texts_are_folded_and_digits_of_both_sets_read(ask, asked, expected):
    answer = ask(**asked)
    assert storeys(answer) == expected
    assert answer.json()["count"] == len(expected)


def test_the_draft_is_searched_and_not_what_is_published(town, ask):
    first = town.numbers[0]
    edit(ask.draft, {"op": "update", "id": first, "version": town.token(first), "properties": {"name": "سوق"}})
    edit(ask.draft, {"op": "create", "geometry": area(), "properties": {"name": "سوق", "storeys": 9}})
    assert storeys(ask(name="سوق")) == [0, 9]
    assert storeys(ask(name="مدرسة الامل")) == [1]


def test_pages_follow_one_another_and_the_first_counts(town, ask, client_of):
    answer = ask(name__empty="false", limit=3).json()
    assert (len(answer["features"]), answer["count"], answer["truncated"]) == (3, 4, True)
    more = client_of(town.planner).get(answer["next"]).json()
    assert (len(more["features"]), more["count"], more["next"]) == (1, None, None)
    numbers = [feature["id"] for feature in answer["features"] + more["features"]]
    assert numbers == sorted(set(numbers))
    assert ask(limit=2).json()["count"] is None  # the map asks for boxes: nothing is counted for it


@pytest.mark.parametrize(
    ("asked", "wrong"),
    [
        ({"colour": "red"}, "colour"),
        ({"storeys": "many"}, "storeys"),
        ({"name__empty": "perhaps"}, "name__empty"),
        ({"built": "soon"}, "built"),
        ({"after": "x"}, "after"),
    ],
)
def test_what_cannot_be_read_is_named(ask, asked, wrong):
    answer = ask(**asked)
    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == [wrong]


def test_pages_of_a_register_mix_edited_and_unedited_rows_in_order(client_of):
    boundaries = [BoundaryFactory(place=PlaceFactory(municipality=True), source=f"مرسوم {n}") for n in range(4)]
    chief = UserFactory(is_superuser=True)
    draft = services.open_changeset(Layer.objects.get(slug="municipalities"), by=chief, title="x")
    client, address = client_of(chief), f"/api/v1/changesets/{draft.pk}/features/"
    second = client.get(f"{address}{boundaries[1].pk}/").json()
    change = {"op": "update", "id": second["id"], "version": second["version"], "properties": {"source": "مرسوم ١٠"}}
    edit(draft, change)
    first = client.get(address, {"source__contains": "مرسوم", "limit": 2}).json()
    rest = client.get(first["next"]).json()
    assert first["count"] == 4
    found = [(feature["id"], feature["edit"]) for feature in first["features"] + rest["features"]]
    assert found == [(each.pk, "update" if each is boundaries[1] else None) for each in boundaries]
    assert client.get(address, {"source": "مرسوم 10"}).json()["count"] == 1
