import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.gis.geos import MultiPolygon
from django.db import connection
from django.db.models import TextField
from django.db.models.functions import Cast, Collate

from gis_layers.map import indexes
from gis_layers.map import search as module
from gis_layers.map.search import search
from gis_layers.registry import _registered
from muni.core.srids import MUNI_SRID
from muni.core.text import Fold
from muni.places.models import Boundary
from tests.factories import (
    AMARAH,
    BlockFactory,
    BoundaryFactory,
    LayerFactory,
    LayerFieldFactory,
    ParcelFactory,
    PlaceFactory,
    UserFactory,
    fill,
    square,
)

pytestmark = pytest.mark.django_db
NOBODY = AnonymousUser()


def titles(text, user=NOBODY):
    return [(result["kind"], result["title"]) for result in search(user, text)[0]]


def schools(*names, **kwargs):
    layer = LayerFactory(title_ar="المدارس", title_en="Schools", label_field="name", **kwargs)
    LayerFieldFactory(layer=layer, name="name", title_ar="الاسم", searchable=True)
    LayerFieldFactory(layer=layer, name="head", title_ar="المدير")
    return fill(layer, *((square(*AMARAH), {"name": name, "head": "زيد"}) for name in names))


@pytest.mark.parametrize("spelling", ["مدرسه الامل", "مدرسة الأمل", "مـدرسة الأَمل", "الامل"])
def test_names_are_found_in_any_spelling(spelling):
    schools("مدرسة الأمل", "مدرسة النور", public=True)
    assert titles(spelling) == [("feature", "مدرسة الأمل")]


def test_only_searched_attributes_are_searched():
    schools("مدرسة الأمل", public=True)
    assert titles("زيد") == []


def test_a_hidden_layer_gives_neither_title_nor_features():
    schools("مدرسة الأمل", staff=True)
    assert titles("الأمل") == titles("المدارس") == []
    official = UserFactory(permissions=["gis_layers.view_layer"])
    assert titles("الأمل", official) == [("feature", "مدرسة الأمل")]
    assert titles("المدارس", official) == [("layer", "المدارس")]


def test_parcels_are_found_by_the_beginning_of_their_number_and_told_apart_by_their_block():
    for number in ("10", "11"):
        ParcelFactory(block=BlockFactory(number=number), parcel_no="٣٤٥/٢")
    ParcelFactory(parcel_no="1345")
    found, _whole = search(NOBODY, "345")
    assert [hit["detail"] for hit in found] == ["قطع الأراضي · رقم المقاطعة 10", "قطع الأراضي · رقم المقاطعة 11"]
    assert [hit["detail"] for hit in search(NOBODY, "345/2 11")[0]] == ["قطع الأراضي · رقم المقاطعة 11"]


def test_a_former_parcel_is_not_found():
    ParcelFactory(parcel_no="77", status="historic")
    assert titles("77") == []


def test_a_place_comes_with_what_it_lies_in_and_its_box():
    qadha = PlaceFactory(qadha=True, name_ar="قضاء العمارة", parent__name_ar="ميسان")
    BoundaryFactory(place=qadha, geom=MultiPolygon(square(*AMARAH, 0.1), srid=MUNI_SRID))
    [hit] = search(NOBODY, "العماره")[0]
    assert (hit["kind"], hit["detail"]) == ("place", "قضاء · ميسان")
    assert hit["bbox"] == pytest.approx((47.145, 31.84, 47.245, 31.94), abs=2e-3)


def test_a_place_that_nobody_has_drawn_is_where_the_drawn_places_inside_it_are():
    qadha = PlaceFactory(qadha=True, parent__name_ar="ميسان")
    BoundaryFactory(place=qadha, geom=MultiPolygon(square(*AMARAH, 0.1), srid=MUNI_SRID))
    BoundaryFactory()
    [hit] = search(NOBODY, "ميسان")[0]
    assert hit["bbox"] == pytest.approx((47.145, 31.84, 47.245, 31.94), abs=2e-3)


def test_a_place_of_which_nothing_is_drawn_has_no_box():
    PlaceFactory(name_ar="ميسان")
    [hit] = search(NOBODY, "ميسان")[0]
    assert hit["bbox"] is None


def test_a_character_that_the_database_refuses_is_left_aside(client):
    answer = client.get("/api/v1/search/", {"q": "\0العمارة"})
    assert answer.status_code == 200
    assert answer.json()["query"] == "العمارة"


def test_a_percent_sign_is_no_wildcard():
    schools("مدرسة الأمل", public=True)
    assert titles("%") == []


def test_a_layer_that_takes_too_long_is_left_out_and_gets_its_index(monkeypatch):
    layer = schools("12", public=True)
    ParcelFactory(parcel_no="12")
    asked = []
    monkeypatch.setattr(indexes.index_searched_attributes.__class__, "enqueue", lambda task, pk: asked.append(pk))
    monkeypatch.setattr(module, "TIME_LIMIT_MS", 200)
    monkeypatch.setattr(module, "Fold", SlowFold)
    monkeypatch.setattr(module, "_folded", lambda source, name: Collate(Fold(source.value(name)), "C"))
    for _ in range(2):
        found, whole = search(NOBODY, "12")
        assert ([hit["layer"] for hit in found], whole) == (["parcels"], False)
    assert asked == [layer.pk]


class SlowFold(Fold):
    template = "(SELECT fold_arabic(%(expressions)s) FROM pg_sleep(2))"


@pytest.mark.django_db(transaction=True)
def test_a_planners_layer_is_searched_by_its_index_while_it_is_searched():
    layer = schools("مدرسة الأمل", *(f"دار {n}" for n in range(5000)), public=True)
    indexes.index_searched_attributes.func(layer.pk)
    [branch] = module._branches(layer, NOBODY, ["الامل"])
    assert indexes.index_name(layer.pk, "name") in branch.explain()
    assert titles("الأمل") == [("feature", "مدرسة الأمل")]
    layer.schema.update(searchable=False)
    indexes.index_searched_attributes.func(layer.pk)
    with connection.cursor() as cursor:
        names = connection.introspection.get_constraints(cursor, "gis_layers_feature")
    assert indexes.index_name(layer.pk, "name") not in names


def test_the_number_of_queries_does_not_grow_with_layers(client, django_assert_num_queries):
    ParcelFactory(parcel_no="77/77")
    for _ in range(5):
        schools("77/77", public=True)
    with django_assert_num_queries(13):  # layers, attributes, places; twice savepoint, timeout, hits, timeout, release
        assert len(search(NOBODY, "77/77")[0]) == 6


@pytest.mark.parametrize("slug", sorted(slug for slug, s in _registered.items() if s.queryset.model is not Boundary))
def test_every_searched_attribute_of_a_registered_layer_has_its_index(slug):
    source = _registered[slug]
    for name in source.searchable:
        rows = source.queryset.annotate(hit=Collate(Fold(Cast(name, TextField())), "C")).filter(hit__startswith="12")
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
            plan = rows.order_by("hit")[:5].explain()
        assert "Index" in plan, f"{slug}.{name} is searched without an index"
        assert "Sort" not in plan, f"{slug}.{name}: the index does not give the hits in order"


def test_the_interface_answers_in_one_shape(client):
    schools("مدرسة الأمل", public=True)
    response = client.get("/api/v1/search/", {"q": "الأمل"})
    body = response.json()
    assert response.status_code == 200
    assert body["whole"] is True
    assert set(body["results"][0]) == {"kind", "title", "detail", "bbox", "layer", "id"}
    assert client.get("/api/v1/search/").json()["results"] == []
    assert client.post("/api/v1/search/").status_code == 405


@pytest.mark.parametrize("text", ["حي السلام", "12 حي السلام", "حي السلام ١٢", "السلام 12"])
def test_words_may_come_from_several_attributes_in_any_order(text):
    ParcelFactory(parcel_no="12", block_name="حي السلام")
    ParcelFactory(parcel_no="12", block_name="الكرمة")
    assert [hit["title"] for hit in search(NOBODY, text)[0] if hit["kind"] == "feature"] == ["12"]
