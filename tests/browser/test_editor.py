"""The layer editor as a planner uses it: what is drawn is in the draft, and nothing finished is ever lost."""

import math
import uuid

import pytest
from django.contrib.gis.geos import Polygon
from playwright.sync_api import expect

from gis_layers.editing.gestures import apply_gesture
from gis_layers.editing.models import DraftFeature
from gis_layers.editing.services import ACTS, comment, open_changeset
from muni.core.srids import LONLAT, MUNI_SRID
from tests.browser.conftest import PATIENCE, assert_accessible, assert_fits, drawn, session_of
from tests.factories import DepartmentFactory, LayerFactory, LayerFieldFactory, UserFactory, fill

expect.set_options(timeout=PATIENCE)
pytestmark = pytest.mark.django_db(transaction=True)

LON, LAT, ZOOM = 47.145, 31.84, 17
SIDE = 0.0004
"""Degrees: the blocks are some 40 m wide, about 75 pixels at ZOOM."""


def box(lon, lat, width=SIDE, height=SIDE):
    shape = Polygon.from_bbox((lon, lat, lon + width, lat + height))
    shape.srid = LONLAT
    return shape.transform(MUNI_SRID, clone=True)


@pytest.fixture
def planner(db):
    office = DepartmentFactory()
    return UserFactory(
        first_name="زينب",
        permissions=["gis_layers.change_layer", "gis_layers.add_layer"],
        permissions__department=office,
    )


@pytest.fixture
def blocks(planner, live_server):
    """Two blocks with a street's breadth between them: east and west of LON."""
    office = planner.memberships.get().department
    layer = LayerFactory(
        slug="blocks", title_ar="البلوكات", title_en="Blocks", department=office, label_field="name", public=True
    )
    LayerFieldFactory(layer=layer, name="name", title_ar="الاسم", title_en="Name", required=True, position=1)
    LayerFieldFactory(layer=layer, name="floors", title_ar="الطوابق", title_en="Floors", type="integer", position=2)
    choices = [{"value": "home", "label_ar": "سكني"}, {"value": "shop", "label_ar": "تجاري"}]
    LayerFieldFactory(layer=layer, name="use", title_ar="الاستعمال", title_en="Use", choices=choices, position=3)
    fill(
        layer,
        (box(LON - 0.00055, LAT), {"name": "الغربي", "floors": 1, "use": "home"}),
        (box(LON + 0.00015, LAT), {"name": "الشرقي", "floors": 2, "use": "home"}),
    )
    layer.refresh_from_db()
    return layer


@pytest.fixture
def draft(blocks, planner):
    return open_changeset(blocks, by=planner, title="تعديل البلوكات")


@pytest.fixture
def edit(visit, draft, planner):
    """Opens the editor on the blocks."""

    def open_editor(language="ar", **options):
        page = visit(
            f"/editor/{draft.pk}/#map={ZOOM}/{LAT + SIDE / 2}/{LON}", user=planner, language=language, **options
        )
        return ready(page)

    return open_editor


def ready(page):
    page.wait_for_selector("html[data-editor=ready]", state="attached")
    return drawn(page)


def pixel(page, lon, lat):
    """Where a position is on the screen; the map's middle is that of the blocks."""
    frame = page.locator("#map").bounding_box()
    world = 512 * 2**ZOOM

    def north(degrees):
        return math.log(math.tan(math.pi / 4 + math.radians(degrees) / 2)) * world / (2 * math.pi)

    x = frame["x"] + frame["width"] / 2 + (lon - LON) * world / 360
    return x, frame["y"] + frame["height"] / 2 - (north(lat) - north(LAT + SIDE / 2))


def click(page, lon, lat, **options):
    drawn(page)
    page.mouse.move(*pixel(page, lon, lat))
    page.mouse.click(*pixel(page, lon, lat), **options)


def drag(page, start, end):
    drawn(page)
    page.mouse.move(*pixel(page, *start))
    page.mouse.down()
    page.mouse.move(*pixel(page, *[(a + b) / 2 for a, b in zip(start, end, strict=True)]))
    page.mouse.move(*pixel(page, *end))
    page.mouse.move(*pixel(page, *end))
    page.mouse.up()


def tool(page, name):
    page.locator(f"[data-tool={name}]").click()


def saved(page, draft, gestures):
    """Waits until the server has that many gestures and the page says so."""
    for _ in range(PATIENCE // 100):
        if draft.gestures.count() >= gestures:
            break
        page.wait_for_timeout(100)
    assert draft.gestures.count() == gestures
    expect(page.locator("#save-state")).to_have_attribute("data-is", "saved")


def features(draft):
    return {f.attributes["name"]: f for f in DraftFeature.objects.filter(changeset=draft)}


def gesture(draft, by, **properties):
    """Somebody else edits the eastern block."""
    feature = features(draft)["الشرقي"]
    change = {"op": "update", "id": feature.feature_no, "version": feature.version, "properties": properties}
    apply_gesture(draft, gesture=uuid.uuid4(), edits=[change], by=by)


EAST = (LON + 0.00035, LAT + 0.0002)


def test_an_area_is_drawn_described_and_in_the_draft(edit, draft, blocks):
    page = edit()
    tool(page, "area")
    corners = [(LON - 0.0003, LAT + 0.0006), (LON + 0.0003, LAT + 0.0006), (LON, LAT + 0.0009)]
    for corner in corners:
        click(page, *corner)
    page.locator("#finish").click()
    page.get_by_label("الاسم").fill("الجديد")
    page.get_by_label("الطوابق").fill("١٢")
    page.get_by_label("الطوابق").press("Tab")
    saved(page, draft, 3)
    made = features(draft)["الجديد"]
    assert made.edit == "create"
    assert made.attributes["floors"] == 12
    shape = made.geom.transform(LONLAT, clone=True)
    assert len(shape[0]) == 4
    assert shape.centroid.coords == pytest.approx((LON, LAT + 0.0007), abs=1e-5)
    expect(page.locator("#count-created")).to_have_text("1")
    assert blocks.features.count() == 2  # published is what it was


def test_a_vertex_snaps_to_the_neighbour_and_lies_exactly_on_it(edit, draft):
    page = edit()
    click(page, *EAST)
    tool(page, "vertices")
    corner, neighbour = (LON + 0.00015, LAT), (LON - 0.00015, LAT)
    near = (neighbour[0] + 0.00001, neighbour[1] + 0.00001)
    drag(page, corner, near)
    saved(page, draft, 1)
    expect(page.locator("#count-updated")).to_have_text("1")
    found = features(draft)
    assert found["الشرقي"].edit == "update"
    assert found["الغربي"].edit is None
    shared = set(found["الشرقي"].geom[0].coords) & set(found["الغربي"].geom[0].coords)
    assert len(shared) == 1, "the vertex is not exactly the neighbour's"


def test_a_vertex_is_inserted_removed_and_given_exact_coordinates(edit, draft):
    page = edit()
    click(page, *EAST)
    tool(page, "vertices")
    middle = (LON + 0.00035, LAT + SIDE)
    drag(page, middle, (LON + 0.00035, LAT + SIDE + 0.0002))
    saved(page, draft, 1)
    assert len(features(draft)["الشرقي"].geom[0]) == 6
    page.locator("#map canvas").focus()
    page.keyboard.press("Delete")  # the vertex that was inserted is the marked one
    saved(page, draft, 2)
    expect(page.locator("#exact tbody tr")).to_have_count(4)
    assert len(features(draft)["الشرقي"].geom[0]) == 5

    page.locator("#exact-system").select_option("utm")
    first = page.locator("#exact tbody input").first
    first.fill("٧٠٣٠١٠٫٢٥، ٣٥٢٤٧٠٠٫٥")
    first.press("Tab")
    saved(page, draft, 3)
    corners = features(draft)["الشرقي"].geom[0].coords
    assert min(math.dist(corner, (703010.25, 3524700.5)) for corner in corners) < 0.001


def test_points_are_set_by_coordinates_distance_and_bearing(edit, draft):
    page = edit(language="en")
    tool(page, "area")
    page.get_by_label("Next point").fill("٤٧٫١٤٥، ٣١٫٨٤١")
    page.get_by_label("Next point").press("Enter")
    for bearing in ("90", "180"):
        page.get_by_label("Distance (m)").fill("40")
        page.get_by_label("Bearing (°)").fill(bearing)
        page.get_by_label("Bearing (°)").press("Enter")
    page.locator("#finish").click()
    page.get_by_label("Name", exact=True).fill("دقيق")
    page.get_by_label("Name", exact=True).press("Tab")
    saved(page, draft, 2)
    corners = features(draft)["دقيق"].geom
    assert corners.area == pytest.approx(800, rel=0.002)


def test_a_feature_is_split_by_a_line_and_the_parts_are_merged_again(edit, draft):
    page = edit()
    before = features(draft)["الشرقي"].geom.area
    click(page, *EAST)
    tool(page, "split")
    click(page, LON + 0.00035, LAT - 0.0001)
    click(page, LON + 0.00035, LAT + SIDE + 0.0001)
    page.locator("#finish").click()
    expect(page.locator("#table tr.is-selected")).to_have_count(2)
    saved(page, draft, 1)
    parts = [f for f in DraftFeature.objects.filter(changeset=draft) if f.attributes["name"] == "الشرقي"]
    assert len(parts) == 2
    assert sum(part.geom.area for part in parts) == pytest.approx(before, abs=0.01)
    assert {part.edit for part in parts} == {"update", "create"}

    tool(page, "merge")
    page.locator("#merge").get_by_role("button", name="دمج").click()
    expect(page.locator("#table tr.is-selected")).to_have_count(1)
    saved(page, draft, 2)
    assert DraftFeature.objects.filter(changeset=draft).count() == 2
    assert features(draft)["الشرقي"].geom.area == pytest.approx(before, abs=0.01)


def test_a_hole_is_cut_only_inside(edit, draft):
    page = edit(forgive=["400"])
    click(page, *EAST)
    hole = [(LON + 0.00025, LAT + 0.0001), (LON + 0.00045, LAT + 0.0001), (LON + 0.00035, LAT + 0.0003)]
    for inside in (True, False):
        tool(page, "hole")
        for i, (lon, lat) in enumerate(hole):
            click(page, lon + (0 if inside or i else 0.0004), lat)
        page.locator("#finish").click()
        if inside:
            expect(page.locator("#count-updated")).to_have_text("1")
            saved(page, draft, 1)
    expect(page.locator("#announcements")).to_contain_text("كله داخل المساحة")
    assert len(features(draft)["الشرقي"].geom) == 2


def test_moving_keeps_the_measures(edit, draft):
    page = edit()
    before = features(draft)["الشرقي"].geom
    click(page, *EAST)
    tool(page, "move")
    drag(page, EAST, (EAST[0] + 0.0002, EAST[1] + 0.0003))
    saved(page, draft, 1)
    expect(page.locator("#count-updated")).to_have_text("1")
    after = features(draft)["الشرقي"].geom
    assert after.area == pytest.approx(before.area, abs=0.01)
    assert after.centroid.distance(before.centroid) == pytest.approx(38.3, abs=2)


def test_everything_is_undone_and_redone(edit, draft):
    page = edit()
    click(page, *EAST)
    page.get_by_label("الطوابق").fill("7")
    page.get_by_label("الطوابق").press("Tab")
    saved(page, draft, 1)
    page.locator("#map canvas").focus()
    page.keyboard.press("Delete")
    expect(page.locator("#count-deleted")).to_have_text("1")
    saved(page, draft, 2)
    assert set(features(draft)) == {"الغربي"}

    page.keyboard.press("Control+z")
    saved(page, draft, 3)
    expect(page.locator("#count-deleted")).to_have_text("0")
    assert features(draft)["الشرقي"].attributes["floors"] == 7
    page.keyboard.press("Control+z")
    saved(page, draft, 4)
    expect(page.locator("#count-updated")).to_have_text("0")
    again = features(draft)["الشرقي"]
    assert (again.edit, again.attributes["floors"]) == (None, 2)
    page.keyboard.press("Control+y")
    page.keyboard.press("Control+y")
    saved(page, draft, 6)
    expect(page.locator("#count-deleted")).to_have_text("1")
    assert set(features(draft)) == {"الغربي"}


def test_what_a_lost_line_holds_back_outlives_the_page_and_is_sent(edit, draft, planner):
    page = edit(forgive=["ERR_INTERNET_DISCONNECTED", "Failed to load resource"])
    address = page.url
    page.context.set_offline(True)
    click(page, *EAST)
    page.get_by_label("الطوابق").fill("9")
    page.get_by_label("الطوابق").press("Tab")
    page.locator("#map canvas").focus()
    tool(page, "area")
    for corner in [(LON - 0.0003, LAT + 0.0006), (LON + 0.0003, LAT + 0.0006), (LON, LAT + 0.0009)]:
        click(page, *corner)
    page.locator("#finish").click()
    page.get_by_label("الاسم").fill("بلا خط")
    page.get_by_label("الاسم").press("Tab")
    expect(page.locator("#save-state")).to_have_attribute("data-is", "waiting")
    expect(page.locator("#save-state")).to_contain_text("3")
    assert features(draft)["الشرقي"].attributes["floors"] == 2

    # The tab dies and comes back when the line does: what waited is sent in its order.
    page.goto("about:blank")
    page.context.set_offline(False)
    page.goto(address)
    saved(ready(page), draft, 3)
    found = features(draft)
    assert found["الشرقي"].attributes["floors"] == 9
    assert found["بلا خط"].edit == "create"
    assert draft.gestures.count() == 3


def test_an_answer_that_got_lost_has_no_second_effect(edit, draft):
    page = edit(forgive=["Failed to load resource", "ERR_"])

    def lose(route):
        route.fetch()
        route.abort()

    page.route("**/gestures/", lose, times=1)
    tool(page, "area")
    for corner in [(LON - 0.0003, LAT + 0.0006), (LON + 0.0003, LAT + 0.0006), (LON, LAT + 0.0009)]:
        click(page, *corner)
    page.locator("#finish").click()
    expect(page.locator("#save-state")).to_have_attribute("data-is", "waiting")
    page.locator("[data-state=action]").click()
    saved(page, draft, 1)
    assert DraftFeature.objects.filter(changeset=draft, edit="create").count() == 1


def test_an_ended_session_keeps_the_work_and_sends_it_after_signing_in(edit, draft, planner, live_server):
    page = edit(forgive=["401", "403"])
    page.context.clear_cookies(name="sessionid")
    click(page, *EAST)
    page.get_by_label("الطوابق").fill("5")
    page.get_by_label("الطوابق").press("Tab")
    expect(page.locator("#save-state")).to_have_attribute("data-is", "signedOut")
    expect(page.locator("#save-state")).to_contain_text("انتهت جلستك")
    page.context.add_cookies([{"name": "sessionid", "value": session_of(planner), "url": live_server.url}])
    page.locator("[data-state=action]").click()
    saved(page, draft, 1)
    assert features(draft)["الشرقي"].attributes["floors"] == 5


@pytest.mark.parametrize(("answer", "floors"), [("theirs", 8), ("mine", 3)])
def test_somebody_elses_change_is_shown_and_one_decides(edit, draft, blocks, answer, floors):
    colleague = UserFactory(permissions=["gis_layers.change_layer"], permissions__department=blocks.department)
    page = edit(forgive=["412"])
    gesture(draft, colleague, floors=8)
    click(page, *EAST)
    page.get_by_label("الطوابق").fill("3")
    page.get_by_label("الطوابق").press("Tab")
    dialog = page.locator("#stale")
    expect(dialog).to_be_visible()
    expect(dialog.locator("tbody")).to_contain_text("8")
    assert_accessible(page)
    dialog.locator(f"button[value={answer}]").click()
    saved(page, draft, 2 if answer == "mine" else 1)
    expect(page.get_by_label("الطوابق")).to_have_value(str(floors))
    assert features(draft)["الشرقي"].attributes["floors"] == floors


def test_values_that_do_not_fit_are_refused_at_their_field(edit, draft):
    page = edit(language="en")
    click(page, *EAST)
    floors = page.get_by_label("Floors")
    floors.fill("two")
    floors.press("Tab")
    expect(page.locator(".field-error:visible")).to_have_text("“Floors” is a whole number.")
    expect(floors).to_have_attribute("aria-invalid", "true")
    name = page.get_by_label("Name", exact=True)
    name.fill("")
    name.press("Tab")
    expect(page.locator(".field-error:visible").first).to_have_text("“Name” is required.")
    assert draft.gestures.count() == 0
    floors.fill("2.5")
    floors.press("Tab")
    expect(floors).to_have_attribute("aria-invalid", "true")
    floors.fill("4")
    floors.press("Tab")
    expect(floors).not_to_have_attribute("aria-invalid", "true")
    saved(page, draft, 1)
    assert features(draft)["الشرقي"].attributes == {"name": "الشرقي", "floors": 4, "use": "home"}


def test_features_are_found_by_attribute_and_changed_together(edit, draft):
    page = edit(language="en")
    page.locator("summary", has_text="Find and select").click()
    page.locator("#find-name").select_option("floors")
    page.locator("#find-operator").select_option("≥")
    page.locator("#find-text").fill("١")
    page.locator("#find button[type=submit]").click()
    expect(page.locator("#selected-count")).to_have_text("2 features selected")
    expect(page.locator("#table tr.is-selected")).to_have_count(2)
    page.locator("#bulk-attribute").select_option("use")
    page.locator("#bulk-value select").select_option("shop")
    page.locator("#bulk button[type=submit]").click()
    saved(page, draft, 1)
    expect(page.locator("#count-updated")).to_have_text("2")
    assert {f.attributes["use"] for f in features(draft).values()} == {"shop"}
    assert draft.gestures.count() == 1


def test_what_lies_out_of_view_is_found_and_changed_in_gestures_of_bounded_size(edit, draft, blocks):
    far = [(box(LON + 2 + i * 0.001, LAT), {"name": f"مدرسة {i}", "floors": 3, "use": "home"}) for i in range(1_100)]
    fill(blocks, *far)
    page = edit(language="en")
    expect(page.locator("#table tbody tr")).to_have_count(2)
    page.locator("summary", has_text="Find and select").click()
    page.locator("#find-name").select_option("name")
    page.locator("#find-operator").select_option("contains")
    page.locator("#find-text").fill("مَدرسه")
    page.locator("#find button[type=submit]").click()
    expect(page.locator("#found")).to_contain_text("1100 features")
    expect(page.locator("#selected-count")).to_have_text("1100 features selected")
    expect(page.locator("#table tr.is-selected")).to_have_count(300)
    page.locator("#bulk-attribute").select_option("use")
    page.locator("#bulk-value select").select_option("shop")
    page.locator("#bulk button[type=submit]").click()
    saved(page, draft, 2)
    uses = DraftFeature.objects.filter(changeset=draft, attributes__name__startswith="مدرسة")
    assert set(uses.values_list("attributes__use", flat=True)) == {"shop"}
    page.locator("#zoom-selected").click()
    expect(page.locator("#selected-count")).to_have_text("1100 features selected")


def test_features_are_selected_by_box_and_table_and_map_agree(edit, draft):
    page = edit()
    tool(page, "box")
    click(page, LON - 0.0006, LAT - 0.0001)
    click(page, LON - 0.0001, LAT + 0.0005)
    expect(page.locator("#feature-title")).to_have_text("الغربي")
    expect(page.locator("#table tr.is-selected")).to_have_count(1)
    page.locator("#table tbody tr", has_text="الشرقي").locator("input").check()
    expect(page.locator("#table tr.is-selected")).to_have_count(2)
    page.locator("#table tbody tr", has_text="الغربي").locator("input").uncheck()
    expect(page.locator("#feature-title")).to_have_text("الشرقي")


def test_enter_ends_what_the_pointer_draws(edit, draft):
    page = edit()
    tool(page, "area")
    for place in ((LON + 0.0002, LAT - 0.0002), (LON + 0.0004, LAT - 0.0002), (LON + 0.0004, LAT - 0.0004)):
        click(page, *place)
    page.keyboard.press("Enter")
    saved(page, draft, 1)
    (made,) = DraftFeature.objects.filter(changeset=draft, edit="create")
    assert made.geom.num_points == 4  # and no corner in the middle of the map


def test_everything_by_keyboard(edit, draft):
    page = edit()
    page.locator("#map canvas").focus()
    page.keyboard.press("a")
    expect(page.locator("[data-tool=area]")).to_have_attribute("aria-pressed", "true")
    for key in ("ArrowRight", "ArrowUp", "ArrowLeft"):
        page.keyboard.press("Enter")
        before = page.url
        page.keyboard.press(key)
        expect(page).not_to_have_url(before)
    page.keyboard.press("Enter")
    page.keyboard.press("Shift+Enter")
    expect(page.locator("#table tr.is-selected")).to_have_count(1)
    saved(page, draft, 1)
    assert DraftFeature.objects.filter(changeset=draft, edit="create").count() == 1
    page.locator("#map canvas").focus()
    page.keyboard.press("?")
    expect(page.locator("#help")).to_be_visible()
    page.keyboard.press("Escape")
    page.locator("#map canvas").focus()
    page.keyboard.press("Delete")
    saved(page, draft, 2)
    expect(page.locator("#count-created")).to_have_text("0")


@pytest.mark.parametrize(
    ("language", "width", "scheme"), [("ar", 360, "light"), ("ar", 1280, "dark"), ("en", 1280, "light")]
)
def test_the_editor_has_no_findings_of_axe_and_fits(edit, language, width, scheme):
    page = edit(language=language, width=width, color_scheme=scheme)
    page.locator("#table tbody tr").first.locator("input").check()
    tool(page, "vertices")
    expect(page.locator("#exact tbody tr")).to_have_count(4)
    for part in page.locator("details.side-part summary").all():
        part.click()
    assert_accessible(page)
    assert_fits(page)


@pytest.fixture
def approver(blocks):
    return UserFactory(
        first_name="علي", permissions=["gis_layers.publish_layer"], permissions__department=blocks.department
    )


def test_what_one_draws_another_approves_and_publishes_and_everybody_sees(edit, visit, draft, approver):
    page = edit()
    tool(page, "area")
    for corner in [(LON - 0.0003, LAT + 0.0006), (LON + 0.0003, LAT + 0.0006), (LON, LAT + 0.0009)]:
        click(page, *corner)
    page.locator("#finish").click()
    page.get_by_label("الاسم").fill("البلوك الجديد")
    page.get_by_label("الاسم").press("Tab")
    saved(page, draft, 2)
    expect(page.locator("#count-created")).to_have_text("1")
    page.locator("#submit").click()
    page.locator("#submit-note").fill("تم التدقيق")
    page.locator("#submit-dialog button[value=submit]").click()
    page.wait_for_url("**/review/")
    expect(page.get_by_text("تم التدقيق")).to_be_visible()
    expect(page.get_by_role("button", name="مصادقة", exact=True)).to_have_count(0)
    draft.refresh_from_db()
    assert draft.state == "submitted"

    page = visit(f"/editor/{draft.pk}/review/", user=approver)
    expect(page.locator("#review-map canvas")).to_be_visible()
    expect(page.locator("[aria-busy]")).to_have_count(0)
    expect(page.get_by_text("البلوك الجديد").first).to_be_visible()
    page.get_by_role("button", name="مصادقة", exact=True).click()
    page.get_by_role("button", name="نشر", exact=True).click()
    expect(page.get_by_role("button", name="نشر", exact=True)).to_have_count(0)
    draft.refresh_from_db()
    assert (draft.state, draft.approved_by) == ("published", approver)

    page = drawn(visit(f"/map/#map={ZOOM}/{LAT + 0.0007}/{LON}&on=blocks"))
    frame = page.locator("#map").bounding_box()
    page.mouse.click(frame["x"] + frame["width"] / 2, frame["y"] + frame["height"] / 2)
    expect(page.locator("#details-title")).to_have_text("البلوك الجديد")


def test_pages_of_a_changeset_have_no_findings_of_axe_and_fit(visit, live_server, draft, blocks, planner, approver):
    """With a conflict, a finding and a comment, and of a layer that was published twice."""
    colleague = UserFactory(permissions=["gis_layers.change_layer"], permissions__department=blocks.department)
    gesture(draft, planner, floors=3)
    other = open_changeset(blocks, by=colleague, title="إصلاح")
    gesture(other, colleague, floors=8)
    for act, by in (("submit", colleague), ("approve", approver), ("publish", approver)):
        ACTS[act](other, by=by)
    comment(draft, by=planner, text="عدد الطوابق من الكشف الموقعي")
    blocks.quality_rules.create(kind="min_area", severity="blocking", parameters={"area": 20_000})
    number = features(draft)["الشرقي"].feature_no
    history = f"/layers/{blocks.slug}/history/"
    addresses = [
        "/editor/",
        f"/editor/{draft.pk}/review/",
        f"/editor/{draft.pk}/conflicts/",
        f"/editor/{other.pk}/review/",
        history,
        f"{history}2/",
        f"{history}features/{number}/",
        f"{history}compare/?from=1&to=2",
    ]
    page = visit(addresses[0], user=planner, language="ar", width=360)
    for address in addresses:
        answer = page.goto(live_server.url + address, wait_until="load")
        assert answer.status == 200, address
        expect(page.locator("[aria-busy]")).to_have_count(0)
        assert_fits(page)
        page.set_viewport_size({"width": 1280, "height": 800})
        assert_fits(page)
        assert_accessible(page)
        page.set_viewport_size({"width": 360, "height": 800})
