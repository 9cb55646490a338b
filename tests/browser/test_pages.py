"""The pages that everybody meets, in both languages, on a phone and on a desk, in light and in dark."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import assert_accessible, assert_fits
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)
NOT_FOUND = ["404"]


@pytest.mark.parametrize("path", ["/", "/accounts/login/", "/nothing/here"])
@pytest.mark.parametrize(("language", "width", "scheme"), [("ar", 360, "light"), ("en", 1280, "dark")])
def test_no_page_has_findings_of_axe_or_scrolls_sideways(visit, path, language, width, scheme):
    page = visit(path, language=language, width=width, color_scheme=scheme, forgive=NOT_FOUND)
    assert_accessible(page)
    assert_fits(page)


def test_the_theme_follows_the_system_until_one_chooses(visit):
    page = visit("/", color_scheme="dark")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    page.get_by_role("button", name="فاتح أو داكن").click()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "light")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "light")


def test_the_error_summary_has_the_focus_and_leads_to_the_field(visit):
    page = visit("/accounts/login/")
    page.locator("main button[type=submit]").click()
    expect(page.locator(".error-summary")).to_be_focused()
    assert_accessible(page)
    page.locator(".error-summary a").first.click()
    expect(page.locator("#id_username")).to_be_focused()


def test_the_user_menu_opens_and_closes_by_keyboard(visit):
    page = visit("/", user=UserFactory(first_name="زينب", last_name="كريم"))
    menu = page.locator("details.menu summary")
    menu.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="تسجيل الخروج")).to_be_visible()
    assert_accessible(page)
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="تسجيل الخروج")).to_be_hidden()
    expect(menu).to_be_focused()
