"""The editor's parts that touch no page: coordinates, shapes, snapping, selection, the queue."""

import json

import pytest
from pyproj import Geod

from tests.browser.conftest import PATIENCE

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def kept():
    """The one page of these tests; what they load into it keeps nothing."""
    pages = []
    yield pages
    for page in pages:
        page.close()


@pytest.fixture
def run(chromium, live_server, kept):
    """run("geometry.js", "m => m.bounds(…)") gives what the expression gives in a browser."""
    if not kept:
        kept.append(chromium.new_page())
        kept[0].set_default_timeout(PATIENCE)
        kept[0].goto(live_server.url)
    return lambda module, expression: kept[0].evaluate(f"async () => ({expression})(await import('/static/{module}'))")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("47.145, 31.84", [47.145, 31.84]),
        ("31.84 47.145", [47.145, 31.84]),
        ("٤٧٫١٤٥، ٣١٫٨٤", [47.145, 31.84]),
        ("702978.943, 3524706.121", [47.145, 31.84]),
        ("38N 702978.943 3524706.121", [47.145, 31.84]),
        ("2.35 48.85", [2.35, 48.85]),
        ("200 31", None),
        ("47.145", None),
        ("x y", None),
    ],
)
def test_positions_are_read_as_people_write_them(run, text, expected):
    found = run("editing/coordinates.js", f"m => m.parsePosition({json.dumps(text)}, 38)")
    assert found == (expected and pytest.approx(expected, abs=1e-8))


def test_distance_and_bearing_lead_where_the_ellipsoid_says(run):
    found = run("gis_layers/map/geodesy.js", "m => m.destination([47.145, 31.84], 1234.567, 123.4)")
    lon, lat, _back = Geod(ellps="WGS84").fwd(47.145, 31.84, 123.4, 1234.567)
    assert found == pytest.approx([lon, lat], abs=1e-11)


SQUARE = '{type: "Polygon", coordinates: [[[0, 0], [4, 0], [4, 4], [0, 4], [0, 0]]]}'
BOW = '{type: "Polygon", coordinates: [[[0, 0], [4, 4], [4, 0], [0, 4], [0, 0]]]}'


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (f"m => m.crossesItself({SQUARE})", False),
        (f"m => m.crossesItself({BOW})", True),
        (f"m => m.holds({SQUARE}, [1, 1])", True),
        (f"m => m.holds({SQUARE}, [5, 1])", False),
        (f"m => m.withVertex({SQUARE}, [0, 0], [-1, -1]).coordinates[0].at(-1)", [-1, -1]),
        (f"m => m.withoutVertex({SQUARE}, [0, 0]).coordinates[0]", [[4, 0], [4, 4], [0, 4], [4, 0]]),
        ('m => m.withoutVertex({type: "LineString", coordinates: [[0, 0], [1, 1]]}, [0])', None),
        (f"m => m.withInserted({SQUARE}, [0, 3], [0, 2]).coordinates[0].length", 6),
        (f'm => m.meets({SQUARE}, {{type: "LineString", coordinates: [[-1, 2], [9, 2]]}})', True),
        (f'm => m.meets({SQUARE}, {{type: "Point", coordinates: [9, 2]}})', False),
    ],
)
def test_shapes_are_changed_and_checked(run, expression, expected):
    assert run("editing/geometry.js", expression) == expected


def test_a_vertex_draws_the_pointer_before_an_edge_does(run):
    screen = (
        "{project: ([lon, lat]) => ({x: lon * 10, y: -lat * 10}), unproject: ([x, y]) => ({lng: x / 10, lat: -y / 10})}"
    )
    found = run(
        "editing/snapping.js", f"m => [[4.5, 4.2], [2, 4.5], [9, 9]].map((p) => m.snap(p, [{SQUARE}], {screen}))"
    )
    assert found == [{"position": [4, 4], "kind": "vertex"}, {"position": [2, 4], "kind": "edge"}, None]


def test_attributes_are_compared_as_numbers_or_as_folded_texts(run):
    features = '[{properties: {n: 9, t: "مدرسة"}}, {properties: {n: 10, t: "مكتبة"}}, {properties: {n: null, t: ""}}]'
    asked = [
        {"name": "n", "type": "integer", "operator": "<", "text": "١٠"},
        {"name": "t", "type": "text", "operator": "contains", "text": "مدرسه"},
        {"name": "n", "type": "integer", "operator": "empty", "text": ""},
        {"name": "n", "type": "integer", "operator": "=", "text": "many"},
    ]
    found = run(
        "editing/selection.js",
        f"m => {json.dumps(asked)}.map((one) => m.byAttribute({features}, one).map((f) => f.properties.n))",
    )
    assert found == [[9], [9], [None], []]


QUEUE = """async ({ Queue }) => {
  const { memoryStorage } = await import("/static/editing/storage.js");
  const sent = [];
  const answers = ANSWERS;
  const storage = memoryStorage();
  const queue = new Queue({ storage, send: async (body) => {
    const answer = answers[sent.length] ?? { features: [] };
    if (answer.kind) { answers[sent.length] = undefined; throw Object.assign(new Error(), answer); }
    sent.push(body);
    return answer;
  } });
  const add = (gesture, edits) => queue.add({ gesture, edits });
  AFTER
}"""


def test_later_gestures_learn_the_id_and_version_of_what_was_new(run):
    script = QUEUE.replace("ANSWERS", '[{ features: [{ key: "k", id: 7, version: "e1" }] }]').replace(
        "AFTER",
        """await Promise.all([
             add("one", [{ ref: "k", op: "create", key: "k", geometry: {}, properties: {} }]),
             add("two", [{ ref: "k", op: "update", properties: { a: 1 } }]),
           ]);
           await new Promise((resolve) => setTimeout(resolve, 50));
           return [sent[1].edits[0], queue.state, (await storage.all()).length];""",
    )
    edit, state, left = run("editing/queue.js", script)
    assert edit == {"op": "update", "id": 7, "version": "e1", "properties": {"a": 1}}
    assert (state, left) == ("saved", 0)


def test_what_cannot_be_sent_stays_and_what_builds_on_a_dropped_gesture_goes_with_it(run):
    script = QUEUE.replace("ANSWERS", '[{ kind: "stale" }]').replace(
        "AFTER",
        """await add("one", [{ ref: "1", op: "update", id: 1, version: "p1", properties: {} }]);
           await new Promise((resolve) => setTimeout(resolve, 50));
           const stuck = queue.state;
           queue.flush = async () => {};
           await add("two", [{ ref: "2", op: "update", id: 2, version: "p2", properties: {} }]);
           await add("three", [{ ref: "1", op: "delete", id: 1 }, { ref: "3", op: "delete", id: 3 }]);
           const also = queue.dependants;
           const refs = [...await queue.drop()].sort();
           return [stuck, also, refs, queue.waiting.map(({ gesture }) => gesture)];""",
    )
    assert run("editing/queue.js", script) == ["stale", 1, ["1", "3"], ["two"]]


def test_what_was_drawn_and_deleted_again_removes_nothing_published(run):
    found = run(
        "editing/draft.js",
        """m => {
          let n = 0;
          const queue = { add() {}, holds: () => false };
          const draft = new m.Draft({ api: {}, queue, uuid: () => `u${n++}` });
          const point = { type: "Point", coordinates: [47, 32] };
          const [drawn] = draft.change([{ geometry: point, properties: {} }], "draw");
          draft.features.set("7", { ref: "7", id: 7, version: "p1", geometry: point, properties: {}, edit: null });
          draft.change([{ ref: drawn, gone: true }, { ref: "7", gone: true }], "delete");
          const removed = draft.removed.map(({ ref }) => ref);
          draft.undo();
          return [removed, draft.removed.length, draft.present.length];
        }""",
    )
    assert found == [["7"], 0, 2]
