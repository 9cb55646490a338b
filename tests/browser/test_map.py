"""The map as people use it, in Arabic first."""

import math
import re
import statistics

import pytest
from playwright.sync_api import expect
from pyproj import Geod

from gis_layers.models import Layer
from tests.browser.conftest import PATIENCE, assert_accessible, assert_fits, drawn
from tests.factories import LayerFactory, fill, square

HERE = "map=15/31.842/47.150"
expect.set_options(timeout=PATIENCE)
pytestmark = pytest.mark.django_db(transaction=True)


def middle_of(page):
    box = page.locator("#map").bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_a_newcomer_finds_a_school_switches_its_layer_on_and_reads_about_it(town, visit):
    page = visit("/", language="ar")
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    page.get_by_label("ابحث في الخريطة").fill("مدرسه الامل")  # other spelling than the one on record
    page.get_by_role("button", name="بحث").click()
    page.get_by_role("option", name="مدرسة الأمل").click()
    drawn(page)
    expect(page.get_by_label("المدارس", exact=True)).to_be_checked()
    facts = page.locator("#details .facts")
    expect(facts).to_contain_text("12,345.5 م²")
    expect(facts).to_contain_text("3 تشرين الثاني 1985")
    expect(facts).to_contain_text("نعم")
    expect(page.locator("#details-title")).to_have_text("مدرسة الأمل")


def test_a_click_tells_what_is_there_and_escape_closes_it(town, visit):
    page = drawn(visit(f"/map/#{HERE}&on=parcels,schools"))
    page.mouse.click(*middle_of(page))
    expect(page.locator("#details-title")).to_have_text("مدرسة الأمل")
    page.keyboard.press("Escape")
    expect(page.locator("#details")).to_be_hidden()


def test_a_layers_page_opens_the_map_with_that_layer_on_and_in_view(town, visit):
    far = LayerFactory(slug="wells", title_ar="الآبار", public=True, min_zoom=12)
    fill(far, (square(44.0, 33.0, 0.004), {}))
    page = visit("/layers/wells/")
    page.get_by_role("link", name="افتح على الخريطة").click()
    drawn(page)
    expect(page.get_by_label("الآبار", exact=True)).to_be_checked()
    page.wait_for_url(re.compile("#map="))
    zoom, lat, lon = map(float, re.search(r"#map=([\d.]+)/([\d.]+)/([\d.]+)", page.url).groups())
    assert zoom >= 12
    assert (lat, lon) == pytest.approx((33.002, 44.002), abs=0.01)


def test_the_language_is_remembered_and_keeps_the_view(town, visit):
    page = drawn(visit(f"/map/#{HERE}&on=schools"))
    page.get_by_role("link", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    drawn(page)
    expect(page.get_by_label("Schools", exact=True)).to_be_checked()
    assert "15.00/31.842" in page.url
    page.goto(town.url + "/")
    expect(page.locator("html")).to_have_attribute("dir", "ltr")


def test_everything_by_keyboard(town, visit):
    page = drawn(visit(f"/map/#{HERE}&on=parcels"))
    page.keyboard.press("Tab")
    expect(page.locator(".skip-link")).to_be_focused()
    page.locator("#search").focus()
    page.keyboard.type("الأمل")
    expect(page.get_by_role("option", name="مدرسة الأمل")).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(page.locator("#search")).to_have_attribute("aria-activedescendant", "search-result-0")
    page.keyboard.press("Enter")
    expect(page.locator("#details-title")).to_have_text("مدرسة الأمل")
    expect(page.locator("#details")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#search")).to_be_focused()

    canvas = page.locator("#map canvas")
    canvas.focus()
    page.keyboard.press("a")  # measure an area: Enter sets a point in the middle, arrows move the map
    for key in ("ArrowRight", "ArrowDown"):
        page.keyboard.press("Enter")
        before = page.url
        page.keyboard.press(key)
        expect(page).not_to_have_url(before)
    page.keyboard.press("Enter")
    expect(page.locator(".measure-value")).to_contain_text("دونم")
    page.keyboard.press("Escape")
    expect(page.locator("#measure")).to_be_hidden()


def test_a_link_restores_position_layers_opacity_and_object(town, visit):
    page = drawn(visit(f"/map/#{HERE}&on=schools*40"))
    page.mouse.click(*middle_of(page))
    expect(page.locator("#details-title")).to_have_text("مدرسة الأمل")
    page.wait_for_url(re.compile("pick=schools/"))
    link = page.url

    again = drawn(visit(link.removeprefix(town.url)))
    expect(again.locator("#details-title")).to_have_text("مدرسة الأمل")
    expect(again.get_by_label("المدارس", exact=True)).to_be_checked()
    expect(again.get_by_label("قطع الأراضي", exact=True)).not_to_be_checked()
    expect(again.locator("#opacity-schools")).to_have_value("40")
    again.wait_for_timeout(300)
    assert again.url == link


def test_a_layer_out_of_its_zooms_says_so_and_leads_there(town, visit):
    page = drawn(visit("/map/#map=9/31.842/47.150&on=parcels"))
    hint = page.locator("[data-layer=parcels] .layer-hint")
    expect(hint).to_contain_text("تظهر عند التقريب")
    hint.get_by_role("button").click()
    expect(hint).to_be_hidden()
    page.wait_for_url(re.compile(r"map=1[3-9]\."))


def test_measured_lengths_are_geodesic(town, visit):
    page = drawn(visit("/map/#map=14/31.842/47.150"))
    x, y = middle_of(page)
    page.locator("[data-tool=distance]").click()
    page.mouse.click(x - 150, y + 60)
    page.mouse.click(x + 150, y - 40)
    lat_per_pixel = 360 / 512 / 2**14 * math.cos(math.radians(31.842))
    lon_per_pixel = 360 / 512 / 2**14
    expected = Geod(ellps="WGS84").line_length(
        [47.15 - 150 * lon_per_pixel, 47.15 + 150 * lon_per_pixel],
        [31.842 - 60 * lat_per_pixel, 31.842 + 40 * lat_per_pixel],
    )
    shown = float(re.match(r"([\d.,]+)", page.locator(".measure-value").inner_text())[1].replace(",", ""))
    assert shown * 1000 == pytest.approx(expected, rel=0.005)


LABEL = "محلة الماجدية 12"

# Draws LABEL by the map and by the browser's own text engine; gives the ink of each column of pixels of both.
INK = """async (label) => {
  const { createMap, FONT, maplibre } = await import("muni/map");
  const [width, height, size] = [480, 120, 40];
  const holder = document.body.appendChild(document.createElement("div"));
  holder.style.cssText = `position: fixed; inset: 0 auto auto 0; inline-size: ${width}px; block-size: ${height}px`;
  const map = await createMap(holder, { center: [47.15, 31.84], zoom: 10, controls: false, pixelRatio: 1,
    fadeDuration: 0, canvasContextAttributes: { preserveDrawingBuffer: true } });
  await map.once("load");
  map.addSource("label", { type: "geojson", data: { type: "Point", coordinates: [47.15, 31.84] } });
  map.addLayer({ id: "label", source: "label", type: "symbol", paint: { "text-color": "#000" },
    layout: { "text-field": label, "text-font": FONT, "text-size": size, "text-max-width": 100 } });
  await map.once("idle");
  const flat = Object.assign(document.createElement("canvas"), { width, height }).getContext("2d");
  const ink = () => {
    const { data } = flat.getImageData(0, 0, width, height);
    const columns = Array.from({ length: width }, () => 0);
    for (let i = 3; i < data.length; i += 4) columns[((i - 3) / 4) % width] += data[i];
    flat.clearRect(0, 0, width, height);
    return columns;
  };
  flat.drawImage(map.getCanvas(), 0, 0);
  const ofMap = ink();
  flat.font = `${size}px "${FONT[0]}"`;
  flat.direction = "rtl";
  flat.textAlign = "center";
  flat.textBaseline = "middle";
  flat.fillText(label, width / 2, height / 2);
  const ofBrowser = ink();
  flat.fillText([...label].join("\u200c"), width / 2, height / 2); // zero-width non-joiners: letters apart
  return { ofMap, ofBrowser, apart: ink(), status: maplibre.getRTLTextPluginStatus() };
}"""


def width_of(ink):
    inked = [x for x, amount in enumerate(ink) if amount > 255]
    return inked[-1] - inked[0]


def likeness(one, other):
    """Correlation of two profiles of ink, each moved so that its ink begins at the first column."""
    first = [next(x for x, amount in enumerate(ink) if amount > 255) for ink in (one, other)]
    length = min(len(one) - first[0], len(other) - first[1])
    return statistics.correlation(one[first[0] :][:length], other[first[1] :][:length])


def test_arabic_labels_are_joined_and_in_order(town, visit):
    page = drawn(visit("/map/#map=10/31.8/47.1&on="))
    ink = page.evaluate(INK, LABEL)
    assert ink["status"] == "loaded"
    assert width_of(ink["apart"]) > 1.1 * width_of(ink["ofBrowser"])  # so that the next line can tell them apart
    assert width_of(ink["ofMap"]) == pytest.approx(width_of(ink["ofBrowser"]), rel=0.04)
    assert likeness(ink["ofMap"], ink["ofBrowser"]) > 0.8 > likeness(ink["ofMap"][::-1], ink["ofBrowser"])


@pytest.mark.parametrize("scale", [500, 2000, 25000])
def test_a_printed_millimetre_is_what_the_scale_says(town, visit, scale):
    page = drawn(
        visit(f"/map/print/?scale={scale}&paper=a4&orientation=landscape&grid=on#{HERE}&on=schools", height=1000)
    )
    expect(page.locator("#sheet-ratio")).to_have_text(f"1:{scale:,}")
    width = page.locator("#sheet").bounding_box()["width"]
    assert width == pytest.approx(297 * 96 / 25.4, abs=1)
    # The grid is drawn by the map's own projection: its lines are a known number of metres apart.
    labels = page.evaluate(
        """() => [...document.querySelectorAll("#grid text")].map(
            (label) => [label.textContent, Number(label.getAttribute("x")), Number(label.getAttribute("y"))])"""
    )
    bottom = max(y for _text, _x, y in labels)
    lines = sorted((float(text.replace(",", "")), x) for text, x, y in labels if y == bottom)
    (first, x1), (last, x2) = lines[0], lines[-1]
    metres_on_ground = (last - first) / 0.9997  # scale factor of UTM at 2.1 degrees from the central meridian
    millimetres = (x2 - x1) * 25.4 / 96
    assert metres_on_ground * 1000 / millimetres == pytest.approx(scale, rel=0.005)


def test_the_sheet_becomes_one_page_of_its_paper(town, visit):
    page = drawn(visit(f"/map/print/?paper=a3&orientation=portrait#{HERE}&on=parcels"))
    content = page.pdf(prefer_css_page_size=True, print_background=True)
    boxes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", content)
    assert len(boxes) == 1
    width, height = (float(points) * 25.4 / 72 for points in boxes[0])
    assert (width, height) == (pytest.approx(297, abs=1), pytest.approx(420, abs=1))


def test_the_legend_tells_of_what_the_sheet_shows_and_is_never_cut(town, visit):
    fill(LayerFactory(slug="elsewhere", public=True, shown_first=True), (square(44.0, 33.0), {}))
    page = drawn(visit(f"/map/print/?paper=a4&orientation=landscape#{HERE}&on=parcels,elsewhere"))
    shown = page.locator(".sheet-legend [data-layer]:visible")
    assert [entry.get_attribute("data-layer") for entry in shown.all()] == ["parcels"]
    expect(page.locator("#sheet-annex")).to_be_hidden()

    slugs = [f"here-{n}" for n in range(40)]
    for slug in slugs:
        fill(LayerFactory(slug=slug, public=True), (square(47.15, 31.842), {}))
    page = drawn(visit(f"/map/print/?paper=a4&orientation=landscape#{HERE}&on={','.join(slugs)}"))
    expect(page.locator("#sheet-annex .sheet-legend [data-layer]:visible")).to_have_count(40)
    expect(page.locator("#legend-elsewhere")).to_be_visible()
    content = page.pdf(prefer_css_page_size=True, print_background=True)
    assert len(re.findall(rb"/MediaBox", content)) == 2


def test_a_missing_webgl_is_said_in_a_sentence(town, visit, chromium):
    page = visit("/map/", forgive=["WebGL"])
    page.add_init_script("HTMLCanvasElement.prototype.getContext = () => null")
    page.reload()
    expect(page.get_by_role("alert")).to_contain_text("WebGL")


def test_a_failing_tile_is_said_and_can_be_tried_again(town, visit):
    page = visit("/", forgive=["500", "Failed to load"])
    page.route("**/tiles/parcels.json", lambda route: route.fulfill(status=500, body=""))
    page.goto(f"{town.url}/map/#{HERE}&on=parcels")
    notice = page.locator(".map-notice")
    expect(notice).to_be_visible()
    page.unroute("**/tiles/parcels.json")
    notice.get_by_role("button", name="أعد المحاولة").click()
    expect(notice).to_be_hidden()


def test_the_map_on_a_phone(town, visit):
    page = drawn(visit(f"/map/#{HERE}&on=parcels", width=360, height=740, has_touch=True))
    assert_fits(page)
    panel = page.locator("#layers-panel")
    expect(panel).to_be_hidden()
    page.locator("[data-tool=layers]").click()
    expect(panel).to_be_visible()
    page.get_by_label("المدارس", exact=True).check()
    panel.get_by_role("button", name="إغلاق").click()
    expect(panel).to_be_hidden()
    drawn(page)
    page.mouse.click(*middle_of(page))
    expect(page.locator("#details-title")).to_have_text("مدرسة الأمل")
    assert_fits(page)


def test_the_map_without_findings_of_axe(town, visit):
    page = drawn(visit(f"/map/#{HERE}&on=parcels,schools"))
    assert_accessible(page)
    page.locator("[data-layer=schools] .layer-more").click()
    page.locator("#search").fill("الأمل")
    expect(page.get_by_role("option", name="مدرسة الأمل")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("option", name="مدرسة الأمل").click()
    expect(page.locator("#details .facts")).to_be_visible()
    assert_accessible(page)


def test_the_print_page_without_findings_of_axe(town, visit):
    assert_accessible(drawn(visit(f"/map/print/#{HERE}&on=parcels")))


def test_an_empty_map_says_what_to_do(live_server, visit):
    Layer.objects.all().delete()
    page = drawn(visit("/map/"))
    expect(page.locator("#layers-panel")).to_contain_text("لا توجد طبقات منشورة بعد")
    assert_accessible(page)
