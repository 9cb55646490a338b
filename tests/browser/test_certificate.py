"""An extract is issued on the parcel's page; whoever scans its QR code learns that it is valid, and after a later
act that it is not."""

from contextlib import closing
from fractions import Fraction

import pypdfium2
import pytest
import zxingcpp
from django.urls import reverse
from playwright.sync_api import expect

from muni.documents.models import Issued
from property.services import encumbrances
from property.services.holding import to_geos
from tests.browser.conftest import assert_accessible, assert_fits
from tests.property.factories import Office, box

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_certificate_is_checked_by_its_qr_code(visit, live_server, settings):
    settings.PUBLIC_URL = live_server.url
    office = Office()
    unit = office.unit(
        owners={office.party(name="جاسم محمد"): Fraction(1)},
        parcel__geom=to_geos(box(0, 0, 60, 40)),
        parcel__parcel_no="12",
    )
    page = visit(reverse("property:parcel", args=[unit.parcels.get().pk]), user=office.registrar)
    page.locator("form[action$='/papers/extract/'] button").click()
    page.wait_for_url("**/documents/issued/*/")
    assert_fits(page)
    assert_accessible(page)
    answer = page.request.get(page.url + "paper.pdf")
    scanned = qr_of(answer.body())
    assert scanned == Issued.objects.get().signed
    path = scanned.removeprefix(live_server.url)

    anybody = visit(path, width=360)
    expect(anybody.locator(".verdict.notice-success")).to_be_visible()
    expect(anybody.locator("#signature.notice-success")).to_be_visible()
    expect(anybody.locator(".printed")).to_contain_text("جاسم محمد")
    assert_fits(anybody)
    assert_accessible(anybody)

    forged = visit(path[:-4] + ("AAAA" if not path.endswith("AAAA") else "BBBB"), language="en")
    expect(forged.locator("#signature.notice-danger")).to_contain_text("altered")
    expect(forged.locator(".verdict")).to_be_hidden()

    office.signed(encumbrances.open_seizure(unit, authority=office.party(), reference="7", by=office.registrar))
    anybody = visit(path, language="en", color_scheme="dark")
    expect(anybody.locator(".verdict.notice-warning")).to_contain_text("Superseded")
    assert_accessible(anybody)


def qr_of(pdf):
    with closing(pypdfium2.PdfDocument(pdf)) as document, closing(document[0]) as sheet:
        (found,) = zxingcpp.read_barcodes(sheet.render(scale=150 / 72).to_pil())
        return found.text
