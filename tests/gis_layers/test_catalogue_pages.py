import json

import pytest
from django.urls import reverse
from django.utils.translation import override

from gis_layers.models import Layer, LayerEvent
from tests.factories import (
    AMARAH,
    DepartmentFactory,
    LayerFactory,
    LayerFieldFactory,
    ParcelFactory,
    UserFactory,
    fill,
    square,
)

pytestmark = pytest.mark.django_db
RIGHTS = ["gis_layers.add_layer", "gis_layers.change_layer", "gis_layers.publish_layer", "gis_layers.delete_layer"]
READING = ["layer", "legend_json", "legend_svg"]
MANAGING = ["metadata", "schema", "visibility", "delete", "style", "style_values", "style_breaks"]


@pytest.fixture
def office():
    return DepartmentFactory()


@pytest.fixture
def keeper(office, client_of):
    return client_of(UserFactory(permissions=RIGHTS, permissions__department=office))


@pytest.fixture
def layer(office):
    layer = LayerFactory(slug="landuse", title_ar="استعمالات الأرض", title_en="Land use", department=office)
    LayerFieldFactory(layer=layer, name="use", position=0)
    LayerFieldFactory(layer=layer, name="floors", type="integer", position=1)
    return fill(layer, *((square(*AMARAH), {"use": "abc"[n % 3], "floors": n}) for n in range(9)))


def address(name, layer, *more):
    return reverse(f"catalogue:{name}", args=[layer.slug, *more])


@pytest.mark.parametrize("page", [*READING, *MANAGING])
def test_a_layer_that_one_may_not_see_is_not_there(client, client_of, layer, citizen, page):
    assert client.get(address(page, layer)).status_code in ({404} if page in READING else {302})
    assert client_of(citizen).get(address(page, layer)).status_code == 404


@pytest.mark.parametrize("page", MANAGING)
def test_seeing_a_layer_is_not_managing_it(client, client_of, layer, citizen, page):
    Layer.objects.update(visibility="public")
    assert client.get(address(page, layer)).status_code == 302
    assert client_of(citizen).get(address(page, layer)).status_code == 403
    elsewhere = UserFactory(permissions=RIGHTS)
    assert client_of(elsewhere).get(address(page, layer)).status_code == 403


def test_nobody_makes_a_layer_without_the_right(client, client_of, citizen):
    assert client.get(reverse("catalogue:create")).status_code == 302
    assert client_of(citizen).get(reverse("catalogue:create")).status_code == 403


@pytest.mark.parametrize("page", READING)
def test_a_public_layer_is_for_everybody(client, layer, page):
    Layer.objects.update(visibility="public")
    assert client.get(address(page, layer)).status_code == 200


def test_the_catalogue_lists_what_one_may_see(client, client_of, office):
    LayerFactory(public=True, title_ar="الشوارع")
    LayerFactory(staff=True, title_ar="المضخات")
    LayerFactory(title_ar="المسودة", department=office)
    seen = {
        "anybody": client,
        "official": client_of(UserFactory(permissions=["gis_layers.publish_layer"])),
        "keeper": client_of(UserFactory(permissions=RIGHTS, permissions__department=office)),
    }
    titles = {
        who: {t for t in ("الشوارع", "المضخات", "المسودة") if t in browser.get("/layers/").content.decode()}
        for who, browser in seen.items()
    }
    assert titles == {
        "anybody": {"الشوارع"},
        "official": {"الشوارع", "المضخات"},
        "keeper": {"الشوارع", "المضخات", "المسودة"},
    }


@pytest.mark.parametrize("words", ["المدارس الاهليه", "مدارسُ", "schools"])
def test_search_folds_spelling(client, words):
    LayerFactory(public=True, title_ar="المدارس الأهلية", title_en="Private schools", keywords="مدارس")
    LayerFactory(public=True, title_ar="الآبار")
    page = client.get("/layers/", {"q": words}).content.decode()
    assert "المدارس الأهلية" in page
    assert "الآبار" not in page


def test_choices_in_the_address_narrow_the_list_and_their_counts_follow(client):
    Layer.objects.all().delete()
    LayerFactory(public=True, group="land", geometry_type="Point", title_ar="واحدة")
    LayerFactory(public=True, group="land", geometry_type="Polygon", title_ar="ثانية")
    LayerFactory(public=True, group="plans", geometry_type="Polygon", title_ar="ثالثة")
    context = client.get("/layers/", {"group": "land", "geometry": "nonsense"}).context
    assert {layer.title_ar for layer in context["page"]} == {"واحدة", "ثانية"}
    counts = {facet.name: {c["value"]: c["count"] for c in choices} for facet, choices in context["facets"]}
    assert counts["group"] == {"land": 2, "plans": 1}
    assert counts["geometry"] == {"Point": 1, "Polygon": 1}
    assert "visibility" not in counts


@pytest.mark.parametrize("query", ["owner=x", "owner=٣", "page=zz", "sort=drop", "q=%00", "owner=99999999999999999999"])
def test_nonsense_in_the_address_is_left_aside(client, query):
    assert client.get(f"/layers/?{query}").status_code == 200


def test_an_empty_result_says_what_to_do(client):
    with override("ar"):
        assert "empty" in client.get("/layers/", {"q": "لا شيء كهذا"}).content.decode()


def test_the_list_asks_the_database_as_often_for_many_layers_as_for_few(
    client_of, office, django_assert_num_queries, django_assert_max_num_queries
):
    browser = client_of(UserFactory(permissions=RIGHTS, permissions__department=office))
    LayerFactory.create_batch(2, public=True)
    browser.get("/layers/")  # what the house keeps for a while is asked once
    with django_assert_max_num_queries(20) as few:
        browser.get("/layers/")
    LayerFactory.create_batch(198, public=True)
    with django_assert_num_queries(len(few)):
        browser.get("/layers/")


def test_the_layer_page_asks_as_often_for_a_layer_with_many_attributes(
    client, layer, django_assert_num_queries, django_assert_max_num_queries
):
    Layer.objects.update(visibility="public")
    client.get(address("layer", layer))  # what the house keeps for a while is asked once
    with django_assert_max_num_queries(8) as few:
        client.get(address("layer", layer))
    for number in range(30):
        LayerFieldFactory(layer=layer, name=f"more_{number}")
    with django_assert_num_queries(len(few)):
        client.get(address("layer", layer))


def test_the_map_opens_where_the_layer_is(client, layer):
    Layer.objects.update(visibility="public")
    assert client.get(address("layer", layer)).context["map"]["bounds"] == pytest.approx(
        [AMARAH[0], AMARAH[1], AMARAH[0] + 0.001, AMARAH[1] + 0.001], abs=1e-4
    )
    nahiyas, parcels = Layer.objects.get(slug="nahiyas"), Layer.objects.get(slug="parcels")
    assert client.get(address("layer", nahiyas)).context["map"]["bounds"] is None
    ParcelFactory()
    assert client.get(address("layer", parcels)).context["map"]["bounds"][0] == pytest.approx(AMARAH[0], abs=1e-4)


def test_what_people_typed_is_escaped(keeper, layer):
    Layer.objects.filter(pk=layer.pk).update(title_ar="<script>alert(1)</script>", abstract_ar="<img src=x>")
    for page in ("layer", "style", "metadata"):
        shown = keeper.get(address(page, layer)).content.decode()
        assert "<script>alert" not in shown
        assert "<img src=x>" not in shown


def rows(*attributes, removed=()):
    data = {"attributes-TOTAL_FORMS": len(attributes), "attributes-INITIAL_FORMS": 0}
    for i, attribute in enumerate(attributes):
        for name, value in {"type": "text", "ORDER": i + 1, **attribute}.items():
            data[f"attributes-{i}-{name}"] = value
        if attribute["name"] in removed:
            data[f"attributes-{i}-DELETE"] = "on"
    return data


def test_a_layer_is_made_on_the_page(keeper, office):
    data = {
        "title_ar": "الآبار",
        "slug": "wells",
        "geometry_type": "Point",
        "department": office.pk,
        "group": "networks",
        **rows(
            {"name": "عمق", "type": "number", "unit": "م"},
            {"name": "state", "choices": "ok | تعمل | working\nbroken | عاطلة"},
        ),
    }
    answer = keeper.post(reverse("catalogue:create"), data)
    assert answer.status_code == 302
    layer = Layer.objects.get(slug="wells")
    assert layer.visibility == "private"
    depth, state = layer.schema.all()
    assert (depth.name, depth.unit) == ("عمق", "م")
    assert state.choices[1] == {"value": "broken", "label_ar": "عاطلة", "label_en": ""}
    assert keeper.get(answer.url).status_code == 200


def test_a_layer_is_made_only_for_departments_where_one_may(keeper):
    other = DepartmentFactory()
    data = {"title_ar": "س", "slug": "wells", "geometry_type": "Point", "department": other.pk, "group": "other"}
    answer = keeper.post(reverse("catalogue:create"), data | rows())
    assert "department" in answer.context["form"].errors
    assert not Layer.objects.filter(slug="wells").exists()


def test_the_description_is_changed_and_recorded(keeper, layer):
    form = keeper.get(address("metadata", layer)).context["form"]
    data = {name: form[name].value() or "" for name in form.fields} | {"source": "مسح 2024", "shown_first": ""}
    assert keeper.post(address("metadata", layer), data).status_code == 302
    layer.refresh_from_db()
    assert layer.source == "مسح 2024"
    assert LayerEvent.objects.get().act == "describe"


def test_removing_an_attribute_asks_first(keeper, layer):
    data = rows({"name": "use"}, {"name": "floors", "type": "integer"}, removed=["floors"])
    data["attributes-INITIAL_FORMS"] = 2
    answer = keeper.post(address("schema", layer), data)
    assert answer.status_code == 200
    assert 'name="erase"' in answer.content.decode()
    assert layer.schema.count() == 2
    assert keeper.post(address("schema", layer), data | {"erase": "yes"}).status_code == 302
    assert [f.name for f in layer.schema.all()] == ["use"]


def test_a_type_that_does_not_fit_is_told_with_examples(keeper, layer):
    data = rows({"name": "use", "type": "date"}, {"name": "floors", "type": "integer"})
    data["attributes-INITIAL_FORMS"] = 2
    page = keeper.post(address("schema", layer), data).content.decode()
    assert "“a”" in page
    assert layer.schema.get(name="use").type == "text"


def test_publishing_names_what_is_missing_then_asks_then_happens(keeper, client, layer):
    there = address("visibility", layer)
    page = keeper.post(there, {"visibility": "public"})
    assert page.context["missing"]
    keeper.post(there, {"visibility": "public", "confirmed": "yes"})
    assert client.get(address("layer", layer)).status_code == 404
    Layer.objects.filter(pk=layer.pk).update(source="مسح", licence="ODbL")
    page = keeper.post(there, {"visibility": "public"})
    assert client.get(address("layer", layer)).status_code == 404
    assert not page.context["missing"]
    assert keeper.post(there, {"visibility": "public", "confirmed": "yes"}).status_code == 302
    assert client.get(address("layer", layer)).status_code == 200
    assert keeper.post(there, {"visibility": "private", "confirmed": "yes"}).status_code == 302
    assert client.get(address("layer", layer)).status_code == 404


def test_withdrawing_closes_every_interface_at_once(keeper, client, layer):
    Layer.objects.filter(pk=layer.pk).update(visibility="public")
    addresses = [
        *(address(page, layer) for page in READING),
        "/tiles/landuse.json",
        "/tiles/landuse/14/10337/6661.mvt",
        "/ogc/collections/landuse/items",
        "/api/v1/layers/landuse/",
    ]
    assert {client.get(there).status_code for there in addresses} == {200}
    keeper.post(address("visibility", layer), {"visibility": "staff", "confirmed": "yes"})
    assert {client.get(there).status_code for there in addresses} == {404}


def test_deleting_needs_the_address_typed(keeper, layer):
    assert keeper.post(address("delete", layer), {"slug": "other"}).status_code == 200
    assert Layer.objects.filter(pk=layer.pk).exists()
    assert keeper.post(address("delete", layer), {"slug": layer.slug}).status_code == 302
    assert not Layer.objects.filter(pk=layer.pk).exists()


CATEGORY = {"kind": "category", "field": "use", "classes": [{"value": "a", "color": "#112233"}]}


def test_what_is_previewed_is_what_is_saved(keeper, layer):
    declared = {"declared": json.dumps({"symbology": CATEGORY, "min_zoom": 3, "max_zoom": 20})}
    shown = keeper.post(address("style_preview", layer), declared).json()
    layer.refresh_from_db()
    assert layer.style == []
    assert shown["attributes"] == ["use"]
    assert keeper.post(address("style", layer), declared).status_code == 302
    layer.refresh_from_db()
    assert layer.style == shown["style"]
    assert (layer.min_zoom, layer.max_zoom) == (3, 20)


@pytest.mark.parametrize(
    "declared",
    [
        "",
        "[]",
        "{",
        "{}",
        '{"symbology": 3}',
        '{"symbology": {"kind": "category"}}',
        '{"symbology": {"kind": "category", "field": "use", "classes": 7}}',
        '{"symbology": {"kind": "category", "field": "use", "classes": [3]}}',
        '{"symbology": {"kind": ["x"]}}',
        '{"symbology": {"symbol": 3}}',
        '{"symbology": {"symbol": {"marker": []}}}',
        '{"symbology": {"label": {"field": []}}}',
        '{"symbology": {"kind": "breaks", "field": "floors", "breaks": 3, "colors": 4}}',
        '{"symbology": {"kind": "breaks", "field": "floors", "breaks": [1, 2], "colors": [7], "counts": [[]]}}',
        '{"symbology": {"kind": "breaks", "field": [], "breaks": [1, 2], "colors": ["#112233"]}}',
        '{"symbology": {"kind": "single"}, "min_zoom": "x"}',
        '{"symbology": {"kind": "handwritten"}, "style": "x"}',
        "[" * 5000,
    ],
)
def test_a_broken_declaration_is_a_sentence_never_a_crash(keeper, layer, declared):
    answer = keeper.post(address("style_preview", layer), {"declared": declared})
    assert answer.status_code == 400
    assert answer.json()["message"]
    assert keeper.post(address("style", layer), {"declared": declared}).status_code == 200
    layer.refresh_from_db()
    assert layer.style == []


def test_values_and_breaks_come_from_the_rows(keeper, layer):
    values = keeper.get(address("style_values", layer), {"field": "use"}).json()
    assert [(v["value"], v["count"]) for v in values["values"]] == [("a", 3), ("b", 3), ("c", 3)]
    query = {"field": "floors", "method": "equal", "classes": 4, "ramp": "blues"}
    breaks = keeper.get(address("style_breaks", layer), query).json()
    assert breaks["labels"] == ["0 – 1", "2 – 3", "4 – 5", "6 – 8"]
    assert sum(breaks["counts"]) == 9
    for wrong in ({"field": "use"}, {"classes": 12}, {"ramp": "x"}, {"method": "x"}):
        assert keeper.get(address("style_breaks", layer), query | wrong).status_code == 400
    assert keeper.get(address("style_values", layer), {"field": "x"}).status_code == 400


def test_preview_tiles_carry_what_the_editor_asks_for(keeper, client_of, citizen, layer):
    import mapbox_vector_tile

    tile = address("style_tile", layer, 14, 10337, 6661)
    answer = keeper.get(tile, {"with": ["use", "nothing"]})
    (feature, *_rest) = mapbox_vector_tile.decode(answer.content)["landuse"]["features"]
    assert set(feature["properties"]) == {"use"}
    assert client_of(citizen).get(tile).status_code == 404
    assert keeper.get(address("style_tile", layer, 40, 0, 0)).status_code == 400


def test_the_legend_is_a_picture_and_data(client, layer):
    Layer.objects.update(visibility="public")
    assert client.get(address("legend_svg", layer))["Content-Type"] == "image/svg+xml"
    (entry,) = client.get(address("legend_json", layer)).json()
    assert entry["label_ar"] == "استعمالات الأرض"
    assert entry["svg"].startswith("<svg")


def test_the_list_counts_the_features_of_every_kind_of_layer_and_sorts_by_them(client):
    fill(LayerFactory(slug="few", public=True), (square(*AMARAH), {}))
    ParcelFactory.create_batch(3)
    answer = client.get(reverse("catalogue:list"), {"sort": "features"})
    counts = {layer.slug: layer.count for layer in answer.context["page"]}
    assert counts["parcels"] == 3
    assert counts["few"] == 1
    assert list(counts.values()) == sorted(counts.values(), reverse=True)
