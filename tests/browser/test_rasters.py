"""A planner sends a picture over a line that breaks, and looks at it with the slider."""

import pytest
from playwright.sync_api import expect

from gis_layers.rasters import services
from gis_layers.rasters.models import RasterSheet
from tests.browser.conftest import assert_accessible, assert_fits
from tests.factories import DepartmentFactory, UserFactory
from tests.gis_layers.rasters.files import geotiff

pytestmark = pytest.mark.django_db(transaction=True)
RIGHTS = ["gis_layers.add_layer", "gis_layers.change_layer", "gis_layers.publish_layer"]


@pytest.fixture
def planner():
    return UserFactory(permissions=RIGHTS, permissions__department=DepartmentFactory())


def test_a_picture_is_sent_over_a_line_that_breaks(visit, planner, tmp_path):
    path = geotiff(tmp_path / "plan.tif", width=1600, height=1600)
    assert path.stat().st_size > 4 * 1024**2  # more than one piece
    page = visit("/rasters/new/", user=planner, forgive=["ERR_CONNECTION_RESET"])
    assert_accessible(page)
    page.get_by_role("button", name="إرسال").click()
    expect(page.locator("#sheet-errors li")).to_have_count(2)
    page.get_by_label("العنوان بالعربية").fill("صورة جوية")
    page.locator("input[type=file]").set_input_files(path)
    asked = []

    def breaks_twice(route):
        asked.append((route.request.method, route.request.headers.get("upload-offset")))
        if len(asked) in {2, 3}:
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route("**/upload", breaks_twice)
    page.get_by_role("button", name="إرسال").click()
    page.wait_for_url("**/rasters/*-*/")
    piece = str(4 * 1024**2)
    assert asked == [("PATCH", "0"), ("PATCH", piece), ("HEAD", None), ("HEAD", None), ("PATCH", piece)]

    sheet = RasterSheet.objects.get()
    assert sheet.incoming.read_bytes() == path.read_bytes()
    services.run(sheet.pk)
    page.wait_for_selector("#sheet-map canvas")
    page.wait_for_selector("#sheet-map:not([aria-busy])", state="attached")
    slider = page.get_by_label("عتامة اللوحة")
    slider.fill("40")
    expect(page.locator("output")).to_have_text("40%")
    assert_accessible(page)
    page.set_viewport_size({"width": 360, "height": 800})
    assert_fits(page)
