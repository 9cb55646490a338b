"""A real browser on a live server. Skipped, with the reason, where there is no Chromium."""

import os
import shutil
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.test import Client
from playwright.sync_api import expect

from gis_layers.models import Layer
from gis_layers.symbology import cleaned, style_layers
from tests.factories import AMARAH, BlockFactory, LayerFactory, LayerFieldFactory, ParcelFactory, fill, square

# Playwright's loop runs in this thread, where Django would refuse the database; nothing here runs beside it.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
AXE = Path(django_settings.BASE_DIR, "node_modules/axe-core/axe.min.js")
ARGUMENTS = [
    "--no-sandbox",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--ignore-gpu-blocklist",
    "--disable-background-networking",
]
PATIENCE = 120_000  # milliseconds; the picture is drawn by the processor, which others may be using
expect.set_options(timeout=PATIENCE)


def pytest_collection_modifyitems(items):
    for item in items:
        if "tests/browser" in str(item.path):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session", autouse=True)
def static_root(tmp_path_factory):
    """The server of the session looks for collected files when it starts; in tests there are none."""
    django_settings.STATIC_ROOT = tmp_path_factory.mktemp("static")


@pytest.fixture(scope="session")
def chromium():
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed (apt-get install chromium)")
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium, live_server):
    """visit("/map/", width=360, language="en", user=somebody) opens a page; errors in its console fail the test.

    `forgive`: parts of console messages that the test expects.
    """
    contexts, errors = [], []

    def open_page(path, *, width=1280, height=800, language=None, user=None, forgive=(), **options):
        context = chromium.new_context(
            viewport={"width": width, "height": height}, **{"reduced_motion": "reduce", **options}
        )
        contexts.append(context)
        cookies = {}
        if language:
            cookies[django_settings.LANGUAGE_COOKIE_NAME] = language
        if user:
            cookies[django_settings.SESSION_COOKIE_NAME] = session_of(user)
        if cookies:
            context.add_cookies(
                [{"name": name, "value": value, "url": live_server.url} for name, value in cookies.items()]
            )
        page = context.new_page()
        page.set_default_timeout(PATIENCE)

        def heard(text):
            if not any(part in text for part in forgive):
                errors.append(f"{path}: {text}")

        page.on("console", lambda message: heard(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: heard(str(error)))
        page.goto(live_server.url + path, wait_until="load")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not errors, "\n".join(errors)


def session_of(user):
    client = Client()
    client.force_login(user)
    return client.cookies[django_settings.SESSION_COOKIE_NAME].value


def drawn(page):
    """Waits until the map has drawn everything it knows of."""
    page.wait_for_selector("#map:not([aria-busy])", state="attached")
    return page


def assert_accessible(page):
    """No serious or critical finding of axe (WCAG 2.2 AA)."""
    page.evaluate(AXE.read_text())
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    found = page.evaluate("tags => axe.run(document, {runOnly: tags})", tags)["violations"]
    serious = [
        f"{one['id']} ({one['impact']}): {one['help']}\n    " + "\n    ".join(node["html"] for node in one["nodes"][:4])
        for one in found
        if one["impact"] in {"serious", "critical"}
    ]
    assert not serious, "\n".join(serious)


def assert_fits(page):
    """Nothing makes the page scroll sideways."""
    widths = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert widths[0] <= widths[1], f"the page is {widths[0]} px wide in a window of {widths[1]} px"


@pytest.fixture
def town(live_server):
    """A parcel and a school side by side at AMARAH, on public layers; the school's layer is off at first."""
    lon, lat = AMARAH
    ParcelFactory(
        parcel_no="345/2", block=BlockFactory(number="12", name="الشبانة"), block_no="12", geom=square(lon, lat, 0.004)
    )
    Layer.objects.filter(slug="parcels").update(shown_first=True)
    schools = LayerFactory(
        slug="schools", title_ar="المدارس", title_en="Schools", public=True, label_field="name", group="services"
    )
    LayerFieldFactory(layer=schools, name="name", title_ar="الاسم", title_en="Name", searchable=True)
    LayerFieldFactory(layer=schools, name="yard", title_ar="الساحة", title_en="Yard", type="number", unit="م²")
    LayerFieldFactory(layer=schools, name="opened", title_ar="الافتتاح", title_en="Opened", type="date")
    LayerFieldFactory(layer=schools, name="shifts", title_ar="دوام مزدوج", title_en="Two shifts", type="boolean")
    attributes = {"name": "مدرسة الأمل", "yard": 12345.5, "opened": "1985-11-03", "shifts": True}
    fill(schools, (square(lon + 0.005, lat, 0.004), attributes))
    symbology = cleaned(
        {"label": {"field": "name", "min_zoom": 10}}, "Polygon", [f.attribute for f in schools.schema.all()]
    )
    Layer.objects.filter(slug="schools").update(symbology=symbology, style=style_layers(symbology, "Polygon"))
    return live_server
