"""A person and the account: a telephone set up, a key made, and in again with the code."""

import pytest
from django.contrib.auth import get_user_model
from django_otp.plugins.otp_totp.models import TOTPDevice
from playwright.sync_api import expect

from muni.accounts import services
from tests.browser.conftest import assert_accessible, assert_fits
from tests.factories import UserFactory
from tests.muni.accounts.test_second_factor import code_of

pytestmark = pytest.mark.django_db(transaction=True)
PAGES = ["/accounts/", "/accounts/keys/new/", "/accounts/password/", "/accounts/second-factor/"]


@pytest.mark.parametrize(("language", "width", "scheme"), [("ar", 360, "light"), ("en", 1280, "dark")])
def test_account_pages_have_no_findings_of_axe_and_fit(visit, language, width, scheme):
    user = UserFactory(phone="+9647701234567", permissions=["gis_layers.view_layer"])
    services.make_key(user, name="QGIS")
    page = visit(PAGES[0], user=user, language=language, width=width, color_scheme=scheme)
    for path in PAGES:
        page.goto(page.url.partition("/accounts/")[0] + path)
        assert_accessible(page)
        assert_fits(page)


def test_from_the_password_alone_to_a_code_at_every_sign_in(visit, live_server):
    user = UserFactory(username="zainab", phone="+9647701234567")
    page = visit("/accounts/", user=user, width=360)
    page.get_by_role("link", name="تفعيل الرموز").click()
    expect(page.locator(".qr svg")).to_be_visible()
    page.get_by_label("الرمز", exact=True).fill(code_of(TOTPDevice.objects.get()))
    page.get_by_role("button", name="تفعيل").click()
    expect(page.locator(".recovery-codes li")).to_have_count(10)
    assert_accessible(page)
    page.get_by_role("link", name="حفظتُها").click()

    page.get_by_role("link", name="إنشاء مفتاح").click()
    page.get_by_label("الاسم").fill("QGIS في الدائرة")
    page.get_by_role("button", name="إنشاء المفتاح").click()
    expect(page.locator("code.secret").first).to_contain_text("bld_")
    assert_accessible(page)
    assert_fits(page)

    page.context.clear_cookies()
    page.goto(f"{live_server.url}/accounts/")
    page.get_by_label("اسم المستخدم أو رقم الهاتف").fill("٠٧٧٠ ١٢٣ ٤٥٦٧")
    page.get_by_label("كلمة المرور").fill("a long secret")
    page.get_by_role("button", name="تسجيل الدخول").click()
    assert_accessible(page)
    page.get_by_label("الرمز").fill(code_of(TOTPDevice.objects.get(), steps=1))
    page.get_by_role("button", name="تسجيل الدخول").click()
    expect(page.get_by_role("heading", name="حسابك", exact=True)).to_be_visible()
    assert get_user_model().objects.get().api_keys.count() == 1
