import json
import re

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache

from gis_layers.map.described import described, visible_layers
from gis_layers.models import Layer
from tests.factories import AMARAH, LayerFactory, LayerFieldFactory, ParcelFactory, UserFactory, fill, square

pytestmark = pytest.mark.django_db


def layers_of(page):
    found = re.search(r'<script id="map-layers" type="application/json">(.*?)</script>', page.text)
    return {layer["slug"]: layer for layer in json.loads(found[1])}


@pytest.mark.parametrize("address", ["/map/", "/map/print/"])
def test_only_layers_that_one_may_see_are_told_of(client, client_of, address):
    LayerFactory(slug="open", public=True)
    LayerFactory(slug="inner", staff=True)
    assert {"open", "inner"} & set(layers_of(client.get(address))) == {"open"}
    official = client_of(UserFactory(permissions=["gis_layers.view_layer"]))
    assert {"open", "inner"} <= set(layers_of(official.get(address)))


def test_the_base_map_is_drawn_first_and_listed_last(client):
    LayerFactory(slug="top", public=True, position=1, group="land")
    LayerFactory(slug="ground", public=True, position=500, group="base")
    page = client.get("/map/")
    assert next(iter(layers_of(page))) == "ground"
    assert page.text.index('data-layer="top"') < page.text.index('data-layer="ground"')


def test_titles_units_and_choices_are_in_the_readers_language(client):
    layer = LayerFactory(slug="schools", public=True)
    LayerFieldFactory(layer=layer, name="yard", title_ar="الساحة", title_en="Yard", type="number", unit="m²")
    choices = [{"value": "p", "label_ar": "ابتدائية", "label_en": "Primary"}]
    LayerFieldFactory(layer=layer, name="stage", title_ar="المرحلة", title_en="Stage", choices=choices)
    yard, stage = layers_of(client.get("/map/"))["schools"]["attributes"]
    assert (yard["title"], yard["unit"], yard["type"]) == ("الساحة", "م²", "number")
    assert stage["choices"] == {"p": "ابتدائية"}
    stage = layers_of(client.get("/map/", {"lang": "en"}))["schools"]["attributes"][1]
    assert (stage["title"], stage["choices"]) == ("Stage", {"p": "Primary"})


def test_bounds_are_degrees():
    fill(LayerFactory(slug="one", public=True), (square(*AMARAH, 0.01), {}))
    layer = next(layer for layer in visible_layers(AnonymousUser()) if layer.slug == "one")
    assert described(layer, AnonymousUser())["bounds"] == pytest.approx((47.145, 31.84, 47.155, 31.85), abs=1e-3)


def test_a_register_can_be_zoomed_to():
    ParcelFactory(geom=square(*AMARAH, 0.01))
    parcels = next(layer for layer in visible_layers(AnonymousUser()) if layer.slug == "parcels")
    assert described(parcels, AnonymousUser())["bounds"] == pytest.approx((47.145, 31.84, 47.155, 31.85), abs=1e-3)


def test_an_empty_layer_is_not_ticked_at_first():
    LayerFactory(slug="void", public=True, shown_first=True)
    fill(LayerFactory(slug="full", public=True, shown_first=True), (square(*AMARAH), {}))
    told = {layer.slug: described(layer, AnonymousUser()) for layer in visible_layers(AnonymousUser())}
    assert (told["full"]["shown"], told["void"]["shown"]) == (True, False)


def test_a_title_cannot_break_out_of_the_page(client):
    LayerFactory(slug="bad", public=True, title_ar="</script><script>alert(1)</script>")
    page = client.get("/map/").text
    assert "<script>alert(1)" not in page
    assert layers_of(client.get("/map/"))["bad"]["title"] == "</script><script>alert(1)</script>"


def test_the_number_of_queries_does_not_grow_with_layers(client, django_assert_num_queries):
    cache.set("web.demo", False)
    LayerFieldFactory.create_batch(6, layer__public=True)
    client.get("/map/")  # extents of registers are kept for a day
    with django_assert_num_queries(2):  # layers, attributes
        client.get("/map/")


def test_a_sheet_takes_its_options_from_the_address_and_refuses_others(client):
    page = client.get("/map/print/", {"scale": "500", "paper": "a3", "title": "حي <b>الحسين</b>"}).text
    assert '<option value="500" selected>' in page
    assert "حي &lt;b&gt;الحسين&lt;/b&gt;" in page
    assert client.get("/map/print/", {"scale": "77", "paper": "a0"}).status_code == 200


def test_an_external_base_map_is_allowed_by_name_only(client, settings):
    settings.BASE_STYLE_URL = "https://tiles.example/style.json"
    assert 'data-base-style="https://tiles.example/style.json"' in client.get("/map/").text


def test_no_layer_at_all_says_what_to_do(client):
    Layer.objects.all().delete()
    assert "لا توجد طبقات منشورة بعد" in client.get("/map/").text
