"""The quality page: findings on the map and in the list are the same."""

import pytest
from playwright.sync_api import expect

from gis_layers.quality import services
from tests.browser.conftest import assert_accessible, assert_fits
from tests.factories import AMARAH, DepartmentFactory, LayerFactory, UserFactory, fill, square

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def planner():
    return UserFactory(permissions=["gis_layers.change_layer"], permissions__department=DepartmentFactory())


@pytest.fixture
def layer(planner):
    lon, lat = AMARAH
    layer = LayerFactory(slug="blocks", department=planner.memberships.get().department)
    fill(layer, (square(lon, lat), {}), (square(lon + 0.0005, lat), {}), (square(lon + 0.01, lat), {}))
    services.add_rule(layer, by=planner, kind="no_overlaps", severity="blocking")
    services.add_rule(layer, by=planner, kind="min_area", severity="note", parameters={"area": 20_000})
    services.run(services.start(layer, by=planner).pk)
    return layer


def test_findings_are_chosen_in_the_list_and_filtered(visit, planner, layer):
    page = visit(f"/layers/{layer.slug}/quality/", user=planner, language="en")
    page.wait_for_selector("#quality-map canvas")
    page.wait_for_selector("#quality-map:not([aria-busy])", state="attached")
    expect(page.locator(".quality-list > li")).to_have_count(4)
    page.get_by_role("button", name="Show on the map").first.click()
    expect(page.locator(".quality-list > li.chosen")).to_contain_text("Overlaps feature")
    assert_accessible(page)
    page.get_by_label("Severity").select_option("note")
    expect(page.locator(".quality-list > li")).to_have_count(3)
    page.get_by_label("Severity").select_option("")
    page.get_by_role("link", name="Make an exception").first.click()
    page.get_by_label("Why it may stay").fill("Agreed by both owners")
    page.get_by_role("button", name="Make the exception").click()
    expect(page.locator(".quality-list > li")).to_have_count(3)


@pytest.mark.parametrize("end", ["", "rules/new/", "rules/new/?kind=no_slivers"])
def test_pages_fit_a_phone_in_arabic(visit, planner, layer, end):
    page = visit(f"/layers/{layer.slug}/quality/{end}", user=planner, width=360)
    assert_fits(page)
    assert_accessible(page)
