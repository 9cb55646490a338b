"""A citizen on a telephone reads a proposal and objects; a planner answers; a plan goes through its acts."""

import re

import pytest
from playwright.sync_api import expect

from gis_layers.plans.consultation import lonlat
from gis_layers.plans.models import Objection, Plan
from muni.notices.models import Message
from tests.browser.conftest import assert_accessible, assert_fits
from tests.factories import DepartmentFactory, PlaceFactory, UserFactory
from tests.gis_layers.plans.factories import ObjectionFactory, PlanFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def office(db):
    return DepartmentFactory(place=PlaceFactory(municipality=True))


@pytest.fixture
def proposal(office):
    PlanFactory(place=office.place, department=office, state="published")
    return PlanFactory(place=office.place, department=office, state="consultation", title_ar="تصميم الحي")


def planner(office):
    rights = ["plans.add_plan", "plans.change_plan", "plans.answer_objection", "gis_layers.add_layer"]
    return UserFactory(permissions=rights, permissions__department=office)


def maps_drawn(page):
    expect(page.locator("[data-plan-map].map").first).to_be_visible()
    expect(page.locator("[data-plan-map][aria-busy]")).to_have_count(0)


@pytest.mark.parametrize(("language", "width", "scheme"), [("ar", 360, "light"), ("en", 1280, "dark")])
def test_a_proposal_is_read_beside_the_plan_in_force(visit, proposal, language, width, scheme):
    page = visit(f"/plans/{proposal.pk}/", language=language, width=width, color_scheme=scheme)
    expect(page.locator("[data-plan-map]")).to_have_count(2)
    maps_drawn(page)
    assert_accessible(page)
    assert_fits(page)


def test_a_citizen_objects_with_the_keyboard_alone_on_a_telephone(visit, proposal):
    page = visit(f"/plans/{proposal.pk}/", width=360, language="ar")
    page.get_by_role("link", name="أبدِ رأيك").click()
    page.get_by_label("اسمك").fill("حسن كاظم")
    page.get_by_label("رقم هاتفك المحمول").fill("٠٧٧٠ ١٢٣ ٤٥٦٧")
    assert_accessible(page)
    page.keyboard.press("Enter")
    expect(page.get_by_label("الرمز المكوّن من ستة أرقام")).to_be_visible()
    code = re.search(r"\d{6}", Message.objects.get().text)[0]
    page.get_by_label("الرمز المكوّن من ستة أرقام").fill(code)
    page.keyboard.press("Enter")
    page.wait_for_url("**/say/place/")
    maps_drawn(page)
    assert_accessible(page)
    assert_fits(page)
    page.locator("#say-map canvas").focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(page.locator("#picked")).to_contain_text("31.8")
    page.get_by_role("button", name="متابعة").click()
    page.get_by_label("أعترض").check()
    page.get_by_label("ما الذي تريد قوله؟").fill("يمر الشارع في بستاني")
    deed = {"name": "سند.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 ..."}
    page.locator("[name=files]").set_input_files([deed])
    assert_accessible(page)
    page.get_by_role("button", name="متابعة").click()
    expect(page.get_by_text("سند.pdf")).to_be_visible()
    maps_drawn(page)
    assert_accessible(page)
    assert_fits(page)
    page.get_by_role("button", name="إرسال").click()
    objection = Objection.objects.get()
    expect(page.get_by_text(objection.reference)).to_be_visible()
    assert (objection.state, objection.stance) == ("submitted", "objects")
    longitude, latitude = lonlat(objection)
    assert (longitude, latitude) == pytest.approx((47.155, 31.845), abs=0.02)


def test_a_planner_answers(visit, proposal, office):
    objection = ObjectionFactory(plan=proposal)
    page = visit(f"/plans/{proposal.pk}/objections/", user=planner(office), width=360)
    assert_accessible(page)
    assert_fits(page)
    page.get_by_role("link", name=objection.reference).click()
    maps_drawn(page)
    assert_accessible(page)
    page.get_by_label("قُبل جزئيًا").check()
    page.get_by_label("ملخص للتقرير العام").fill("يعترض على مسار شارع")
    page.get_by_role("textbox", name="الجواب").fill("عُدّل المسار")
    page.get_by_role("button", name="حفظ الجواب").click()
    expect(page.get_by_text("حُفظ الجواب")).to_be_visible()
    objection.refresh_from_db()
    assert objection.outcome == "partly"


def test_a_planner_drafts_a_plan(visit, office):
    page = visit("/plans/new/", user=planner(office))
    assert_accessible(page)
    page.get_by_label("رقم التصميم").fill("12/2026")
    page.get_by_label("العنوان بالعربية").fill("التصميم الأساسي")
    page.get_by_role("button", name="حفظ").click()
    page.get_by_role("button", name="إنشاء طبقة المناطق").click()
    page.get_by_role("link", name="إضافة منطقة").click()
    page.get_by_label("الرمز").fill("R1")
    page.locator("[name=name_ar]").fill("سكني")
    page.locator("[name=rules-5-value]").fill("٢")
    page.locator("[name=rules-5-clause]").fill("٥/١")
    assert_accessible(page)
    page.get_by_role("button", name="حفظ المنطقة").click()
    expect(page.get_by_role("heading", name="سكني")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("link", name="تقديم للتدقيق").click()
    page.get_by_role("button", name="تقديم للتدقيق").click()
    expect(page.get_by_text("طبقة المناطق فارغة")).to_be_visible()
    plan = Plan.objects.get()
    assert (plan.zone_layer.visibility, plan.zone_types.get().provisions.get().value) == ("private", 2)
