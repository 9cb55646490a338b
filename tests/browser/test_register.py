"""A registrar divides a parcel along a line on the map, an approver signs; the pages are readable by everybody."""

from fractions import Fraction

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from property.models import Case, Look, Parcel
from property.services import cases, citizens, parcels
from property.services.holding import to_geos
from tests.browser.conftest import assert_accessible, assert_fits, drawn
from tests.property.factories import Office, box, right_over
from tests.property.test_holders import joined
from tests.property.test_services import halves

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def office(db):
    return Office()


@pytest.fixture
def unit(office):
    owners = {office.party(name="جاسم محمد"): Fraction(1, 3), office.party(name="زينب علي"): Fraction(2, 3)}
    unit = office.unit(owners=owners, parcel__geom=to_geos(box(0, 0, 60, 40)), parcel__parcel_no="12")
    right_over(unit, "mortgage", {office.party(name="المصرف"): Fraction(1)}, amount=25_000_000)
    return unit


def test_a_parcel_is_divided_by_a_line_and_signed_by_a_second_person(visit, office, unit):
    parcel = unit.parcels.get()
    page = drawn(visit(reverse("property:prepare", args=[parcel.pk, "split"]), user=office.registrar))
    # The map fits the parcel, so a line down its middle cuts it.
    canvas = page.locator("#map canvas")
    extent = canvas.bounding_box()
    for height in (0.03, 0.97):
        canvas.click(position={"x": extent["width"] / 2, "y": extent["height"] * height})
    expect(page.locator("#undo-point")).to_be_visible()
    expect(page.locator("input[name=way][value=line]")).to_be_checked()
    page.locator("#prepare button[type=submit]").click()
    page.wait_for_url("**/property/cases/*/")
    page.locator("button[formaction$='/submit/']").click()
    expect(page.locator(".status-warning")).to_be_visible()
    assert page.locator("button[formaction$='/sign/']").count() == 0
    case = Case.objects.get()
    assert case.state == "submitted"

    page = visit(reverse("property:case", args=[case.pk]), user=office.approver)
    page.locator("button[formaction$='/sign/']").click()
    expect(page.locator(".status-success").first).to_be_visible()
    areas = [part.geom.area for part in Parcel.objects.current()]
    assert areas == pytest.approx([1200, 1200], rel=0.05)
    assert {part.unit.rights.in_force().count() for part in Parcel.objects.current()} == {2}


@pytest.mark.parametrize(("language", "width", "scheme"), [("ar", 360, "light"), ("en", 1280, "dark")])
def test_the_pages_are_accessible_and_fit(visit, office, unit, language, width, scheme):
    parcel = unit.parcels.get()
    case = cases.submit(parcels.open_split(unit, halves(unit), by=office.registrar), by=office.registrar)
    options = {"language": language, "width": width, "color_scheme": scheme}
    for person, address in (
        (office.registrar, reverse("property:desk") + "?parcel_no=12"),
        (office.registrar, reverse("property:prepare", args=[parcel.pk, "split"])),
        (office.approver, reverse("property:case", args=[case.pk])),
    ):
        page = visit(address, user=person, **options)
        assert_fits(page)
        assert_accessible(page)
    cases.sign(case, by=office.approver)
    page = visit(reverse("property:parcel", args=[parcel.pk]), user=office.approver, **options)
    expect(page.locator(".family-box")).to_have_count(3)
    assert_fits(page)
    assert_accessible(page)


def test_a_holders_own_pages_are_accessible_and_fit_a_telephone(visit, office, unit):
    person = joined(office, unit.rights.get(kind="ownership").shares.first().party)
    case = cases.submit(parcels.open_split(unit, halves(unit), by=office.registrar), by=office.registrar)
    Look.objects.create(unit=unit, purpose="parcel", by=office.registrar)
    asked = citizens.send_request(unit, "extract", by=person)
    for name, subject in (("mine", ()), ("my_case", case), ("my_looks", unit), ("report", unit), ("my_request", asked)):
        address = reverse(f"property:{name}", args=[subject.pk] if subject else ())
        page = visit(address, user=person, language="ar", width=360)
        assert_fits(page)
        assert_accessible(page)
