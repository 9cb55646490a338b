"""A planner's path: style by category, publish, seen by somebody who is not signed in."""

import re

import pytest
import rasterio
from django.urls import reverse

from gis_layers.models import Layer
from tests.browser.conftest import PATIENCE, assert_accessible, assert_fits
from tests.factories import AMARAH, DepartmentFactory, LayerFactory, LayerFieldFactory, UserFactory, fill, square

pytestmark = pytest.mark.django_db(transaction=True)
RIGHTS = ["gis_layers.add_layer", "gis_layers.change_layer", "gis_layers.publish_layer", "gis_layers.delete_layer"]
PAGES = ["layer", "metadata", "schema", "visibility", "delete", "style"]
BLUE, ORANGE = (0x00, 0x72, 0xB2), (0xE6, 0x9F, 0x00)


@pytest.fixture
def planner():
    return UserFactory(permissions=RIGHTS, permissions__department=DepartmentFactory())


@pytest.fixture
def landuse(planner):
    office = planner.memberships.get().department
    layer = LayerFactory(
        slug="landuse",
        title_ar="استعمالات الأرض",
        title_en="Land use",
        department=office,
        source="مسح ميداني 2024",
        licence="ODbL",
    )
    choices = [{"value": "res", "label_ar": "سكني"}, {"value": "com", "label_ar": "تجاري"}]
    LayerFieldFactory(layer=layer, name="use", title_ar="الاستعمال", choices=choices)
    LayerFieldFactory(layer=layer, name="floors", title_ar="الطوابق", type="integer", position=1)
    lon, lat = AMARAH
    uses = ["res", "res", "res", "com", "com", "res"]
    rows = [(square(lon + 0.002 * n, lat, 0.0018), {"use": use, "floors": n}) for n, use in enumerate(uses)]
    return fill(layer, *rows)


def colors_on(page, selector):
    """{(r, g, b): pixels} of an element as it stands on the screen."""
    with rasterio.MemoryFile(page.locator(selector).screenshot()) as file, file.open() as picture:
        bands = picture.read([1, 2, 3]).reshape(3, -1).T
    found = {}
    for color in map(tuple, bands.tolist()):
        found[color] = found.get(color, 0) + 1
    return found


def wait_for_map(page, selector):
    page.wait_for_selector(f"{selector}:not([aria-busy])", state="attached")


def wait_for_color(page, selector, color, *, tries=PATIENCE // 500):
    for _again in range(tries):
        if colors_on(page, selector).get(color, 0) > 100:
            return
        page.wait_for_timeout(500)
    pytest.fail(f"{color} is not on the map")


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_style_by_category_publish_and_see_it_in_a_private_window(visit, landuse, planner):
    page = visit(reverse("catalogue:style", args=["landuse"]), user=planner)
    wait_for_map(page, "#style-map")
    page.locator("label:has([value=category])").click()
    page.wait_for_selector("#categories li:nth-child(2)")
    page.locator("#s-opacity").fill("1")
    wait_for_color(page, "#style-map", BLUE)
    assert Layer.objects.get(slug="landuse").style == []
    page.locator("button[type=submit]:visible").last.click()
    page.wait_for_selector(".notice-success")
    assert page.locator(".legend li").all_inner_texts()[:2] == ["سكني", "تجاري"]

    private = visit(reverse("catalogue:list"))
    assert "استعمالات الأرض" not in private.content()

    page.goto(page.url + "visibility/")
    page.get_by_label("عامة").check()
    page.get_by_role("button", name="متابعة").click()
    page.get_by_role("button", name="نشر").click()
    page.wait_for_selector(".notice-success")

    private.reload()
    private.get_by_role("link", name="استعمالات الأرض").click()
    wait_for_map(private, "#layer-map")
    wait_for_color(private, "#layer-map", BLUE)
    wait_for_color(private, "#layer-map", ORANGE)
    assert private.locator(".legend li").count() == 3


@pytest.mark.parametrize(
    "page_name", ["list", "layer", "metadata", "schema", "visibility", "delete", "style", "create"]
)
def test_pages_fit_and_are_accessible(visit, landuse, planner, page_name):
    args = ["landuse"] if page_name in PAGES else []
    page = visit(reverse(f"catalogue:{page_name}", args=args), user=planner, width=360)
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert_fits(page)
        assert_accessible(page)


def test_classes_markers_and_json_by_keyboard(visit, landuse, planner):
    page = visit(reverse("catalogue:style", args=["landuse"]), user=planner, language="en", forgive=["status of 400"])
    wait_for_map(page, "#style-map")
    page.locator("[name=kind][value=single]").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.wait_for_selector("#classes li:nth-child(2)")
    page.select_option("#s-method", "equal")
    page.locator("#s-classes").fill("3")
    page.wait_for_selector("#classes li:nth-child(3):last-child")
    assert [re.sub(r"\s+", " ", text) for text in page.locator("#classes li").all_inner_texts()] == [
        "0 – 1 2",
        "2 1",
        "3 – 5 3",
    ]
    page.keyboard.press("Escape")
    page.locator("label:has([value=handwritten])").click()
    page.fill("#s-code", '[{"type": "raster"}]')
    page.locator("#refusal", has_text="fill, line").wait_for()
