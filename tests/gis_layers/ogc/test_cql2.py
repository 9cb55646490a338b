"""CQL2: what it selects is what Python and shapely select; what it cannot read is a sentence, never a crash."""

import json
import threading
from datetime import UTC, date, datetime

import pytest
import shapely
from django.contrib.auth.models import AnonymousUser
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gis_layers.models import Feature
from gis_layers.ogc import cql2
from gis_layers.ogc.crs import SUPPORTED
from gis_layers.registry import source_of
from muni.core.errors import BadRequest
from tests.gis_layers.ogc.city import make_layer, make_rows

EPSG = "http://www.opengis.net/def/crs/EPSG/0/"


@pytest.fixture(scope="module")
def rows():
    return make_rows(60)


@pytest.fixture
def source(db, rows):
    return source_of(make_layer(rows))


def select(source, node, **kwargs):
    """Positions of the selected rows in the order they were made."""
    numbers = list(Feature.objects.order_by("feature_no").values_list("feature_no", flat=True))
    found = source.rows(AnonymousUser()).filter(cql2.condition(node, source, **kwargs))
    return sorted(numbers.index(n) for n in found.values_list("feature_no", flat=True))


def text(source, filter_text, **kwargs):
    return select(source, cql2.read(filter_text), **kwargs)


def expected(rows, test):
    """Rows for which `test` is true; a comparison with an empty value raises and selects nothing."""
    found = []
    for i, (shape, values) in enumerate(rows):
        try:
            if test(shape, values):
                found.append(i)
        except TypeError:
            continue
    return found


def instant(value):
    return datetime.fromisoformat(value)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("filter_text", "test"),
    [
        ("storeys = 3", lambda s, v: v["storeys"] == 3),
        ("storeys <> 3", lambda s, v: v["storeys"] is not None and v["storeys"] != 3),
        ("NOT (storeys = 3)", lambda s, v: v["storeys"] is not None and v["storeys"] != 3),
        ("height > 10.5 AND storeys <= 4", lambda s, v: v["height"] > 10.5 and v["storeys"] <= 4),
        ("height BETWEEN -1 AND 12", lambda s, v: -1 <= v["height"] <= 12),
        ("height NOT BETWEEN -1 AND 12", lambda s, v: not -1 <= v["height"] <= 12),
        ("storeys IN (1, 2, 7)", lambda s, v: v["storeys"] in (1, 2, 7)),
        ("name IN ('الزهراء', 'O''Hara')", lambda s, v: v["name"] in ("الزهراء", "O'Hara")),
        ("name IS NULL", lambda s, v: v["name"] is None),
        ("name IS NOT NULL", lambda s, v: v["name"] is not None),
        ("name LIKE '%دجلة'", lambda s, v: v["name"].endswith("دجلة") if v["name"] else False),
        (r"name LIKE '100\%\_%'", lambda s, v: v["name"] == "100%_sure"),
        ("name NOT LIKE '%a%'", lambda s, v: "a" not in v["name"]),
        ("CASEI(name) = CASEI('CAFÉ tigris')", lambda s, v: v["name"] == "Café Tigris"),
        ("CASEI(ACCENTI(name)) LIKE CASEI(ACCENTI('CAFE%'))", lambda s, v: v["name"] == "Café Tigris"),
        ("ACCENTI(name) = ACCENTI('الزَّهْراء')", lambda s, v: v["name"] == "الزهراء"),
        ("paved = TRUE", lambda s, v: v["paved"] is True),
        ("paved = FALSE", lambda s, v: v["paved"] is False),
        ("storeys * 2 + 1 > height", lambda s, v: v["storeys"] * 2 + 1 > v["height"]),
        ("storeys % 3 = 1", lambda s, v: v["storeys"] % 3 == 1),
        ("storeys div 2 = 2", lambda s, v: v["storeys"] // 2 == 2),
        ("storeys ^ 2 = 9", lambda s, v: v["storeys"] ** 2 == 9),
        ("storeys > height", lambda s, v: v["storeys"] > v["height"]),
        ("built >= DATE('2012-06-01')", lambda s, v: date.fromisoformat(v["built"]) >= date(2012, 6, 1)),
        ("built < '2012-06-01'", lambda s, v: date.fromisoformat(v["built"]) < date(2012, 6, 1)),
        (
            "seen > TIMESTAMP('2026-03-01T00:00:00Z')",
            lambda s, v: instant(v["seen"]) > datetime(2026, 3, 1, tzinfo=UTC),
        ),
        ("T_AFTER(built, DATE('2012-06-01'))", lambda s, v: date.fromisoformat(v["built"]) > date(2012, 6, 1)),
        (
            "T_DURING(built, INTERVAL('2005-01-01', '2012-06-01'))",
            lambda s, v: date(2005, 1, 1) < date.fromisoformat(v["built"]) < date(2012, 6, 1),
        ),
        (
            "T_INTERSECTS(built, INTERVAL('2005-01-01', '..'))",
            lambda s, v: date.fromisoformat(v["built"]) >= date(2005, 1, 1),
        ),
        (
            "T_BEFORE(seen, TIMESTAMP('2026-03-01T00:00:00Z'))",
            lambda s, v: instant(v["seen"]) < datetime(2026, 3, 1, tzinfo=UTC),
        ),
        ("storeys = 1 OR name = 'الزهراء'", lambda s, v: v["storeys"] == 1 or v["name"] == "الزهراء"),
    ],
)
def test_a_filter_selects_what_python_selects(source, rows, filter_text, test):
    wanted = expected(rows, test)
    assert wanted, "the case must select something"
    assert len(wanted) < len(rows)
    assert text(source, filter_text) == wanted


POLYGON = shapely.Polygon([(47.12, 31.82), (47.18, 31.81), (47.17, 31.88), (47.13, 31.87)])
WKT = "POLYGON((47.12 31.82, 47.18 31.81, 47.17 31.88, 47.13 31.87, 47.12 31.82))"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("operator", "test"),
    [
        ("S_INTERSECTS", lambda s: s.intersects(POLYGON)),
        ("S_DISJOINT", lambda s: s.disjoint(POLYGON)),
        ("S_WITHIN", lambda s: s.within(POLYGON)),
        ("S_OVERLAPS", lambda s: s.overlaps(POLYGON)),
    ],
)
def test_a_shape_selects_what_shapely_selects(source, rows, operator, test):
    wanted = expected(rows, lambda shape, values: test(shape))
    assert 0 < len(wanted) < len(rows)
    assert text(source, f"{operator}(geometry, {WKT})") == wanted


@pytest.mark.django_db
def test_the_operands_of_a_spatial_operator_keep_their_order(source, rows):
    wanted = expected(rows, lambda shape, values: POLYGON.contains(shape))
    assert text(source, f"S_CONTAINS({WKT}, geometry)") == wanted
    assert text(source, f"S_CONTAINS(geometry, {WKT})") == []


@pytest.mark.django_db
def test_a_box_selects_what_touches_it(source, rows):
    wanted = expected(rows, lambda shape, values: shape.intersects(shapely.box(47.12, 31.82, 47.16, 31.87)))
    assert 0 < len(wanted) < len(rows)
    assert text(source, "S_INTERSECTS(geometry, BBOX(47.12, 31.82, 47.16, 31.87))") == wanted


@pytest.mark.django_db
def test_coordinates_are_read_in_the_reference_system_of_the_filter(source, rows):
    wanted = text(source, f"S_INTERSECTS(geometry, {WKT})")
    latitude_first = "POLYGON((31.82 47.12, 31.81 47.18, 31.88 47.17, 31.87 47.13, 31.82 47.12))"
    assert text(source, f"S_INTERSECTS(geometry, {latitude_first})", crs=SUPPORTED[f"{EPSG}4326"]) == wanted
    metres = shapely.transform(POLYGON, _to(3891))
    assert text(source, f"S_INTERSECTS(geometry, {metres.wkt})", crs=SUPPORTED[f"{EPSG}3891"]) == wanted


def _to(srid):
    from pyproj import Transformer

    change = Transformer.from_crs(4326, srid, always_xy=True)
    return lambda pairs: [change.transform(x, y) for x, y in pairs]


SCALARS = st.one_of(
    st.tuples(st.just("storeys"), st.integers(-1, 9)),
    st.tuples(st.just("height"), st.floats(-10, 50, allow_nan=False).map(lambda x: round(x, 2))),
    st.tuples(st.just("name"), st.sampled_from(["سوق العمارة", "a\\b", "O'Hara", "no such"])),
    st.tuples(st.just("paved"), st.booleans()),
)
COMPARE = {
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}
LEAVES = st.tuples(st.sampled_from(list(COMPARE)), SCALARS).map(
    lambda leaf: {"op": leaf[0], "args": [{"property": leaf[1][0]}, leaf[1][1]]}
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.tuples(st.sampled_from(["and", "or"]), st.lists(inner, min_size=2, max_size=3)).map(
            lambda pair: {"op": pair[0], "args": pair[1]}
        ),
        inner.map(lambda node: {"op": "not", "args": [node]}),
    ),
    max_leaves=6,
)


def evaluate(node, values):
    """Three-valued logic: None is unknown."""
    op, args = node["op"], node["args"]
    if op in COMPARE:
        value = values[args[0]["property"]]
        return None if value is None else COMPARE[op](value, args[1])
    parts = [evaluate(arg, values) for arg in args]
    if op == "not":
        return None if parts[0] is None else not parts[0]
    decisive = op == "or"
    return decisive if decisive in parts else None if None in parts else not decisive


def as_text(node):
    op, args = node["op"], node["args"]
    if op in COMPARE:
        value = args[1]
        if isinstance(value, str):
            value = "'" + value.replace("'", "''") + "'"
        return f"{args[0]['property']} {op} {str(value).upper() if isinstance(value, bool) else value}"
    if op == "not":
        return f"NOT ({as_text(args[0])})"
    return "(" + f" {op.upper()} ".join(as_text(arg) for arg in args) + ")"


@pytest.mark.django_db
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(node=TREES)
def test_text_json_and_python_agree_on_random_filters(source, rows, node):
    wanted = [i for i, (_shape, values) in enumerate(rows) if evaluate(node, values) is True]
    assert select(source, cql2.read(json.dumps(node), "cql2-json")) == wanted
    assert text(source, as_text(node)) == wanted


@pytest.mark.django_db
@pytest.mark.parametrize(
    "filter_text",
    [
        "",
        "storeys =",
        "no_such = 1",
        "storeys",
        "storeys = 'three'",
        "name = 3",
        "name > 3",
        "paved = 1",
        "built > DATE('yesterday')",
        "built = 2012",
        "nosuch(storeys) = 1",
        "nosuch(storeys)",
        "A_CONTAINS(name, ('a', 'b'))",
        "storeys IN ()",
        "S_INTERSECTS(name, POINT(47 31))",
        "S_INTERSECTS(geometry, POINT(470 31))",
        "S_INTERSECTS(geometry, POINT(1e400 31))",
        "S_INTERSECTS(geometry, geometry)",
        "S_INTERSECTS(geometry, POLYGON((47 31, 48 32, 48 31, 47 32, 47 31)))",
        "S_INTERSECTS(geometry, POLYGON((47 31, 48 32)))",
        "S_INTERSECTS(geometry, BBOX(47, 32, 48, 31))",
        "geometry = 1",
        "T_AFTER(name, DATE('2012-06-01'))",
        "T_AFTER(DATE('2012-06-01'), DATE('2012-06-01'))",
        "T_DURING(built, INTERVAL('x', '..'))",
        "CASEI(storeys) = 'a'",
        "name LIKE 5",
        "(" * 3000 + "storeys=1" + ")" * 3000,
        "NOT " * 5000 + "storeys=1",
        "storeys=" + "1+" * 5000 + "1",
        "storeys=" + "- " * 5000 + "1",
        "NOT (" * 60 + "storeys=1" + ")" * 60,
        "storeys IN (" + ",".join("1" for _ in range(1001)) + ")",
        "name='" + "x" * 70_000 + "'",
        "point(" * 9000,
    ],
    ids=lambda value: value[:40] or "empty",
)
def test_what_cannot_be_answered_is_refused(source, filter_text):
    with pytest.raises(BadRequest) as refusal:
        text(source, filter_text)
    assert len(refusal.value.message) < 400
    assert refusal.value.fields


@pytest.mark.django_db
@pytest.mark.parametrize(
    "filter_json",
    [
        "{",
        "[]",
        "5",
        "null",
        '"name"',
        '{"op": "and", "args": []}',
        '{"op": "=", "args": [{"property": "name"}]}',
        '{"op": "=", "args": [{"property": "name"}, "\\u0000"]}',
        '{"op": "=", "args": [{"property": 5}, 5]}',
        '{"op": "between", "args": [{"property": "storeys"}, 1]}',
        '{"op": "in", "args": [{"property": "storeys"}, 1]}',
        '{"op": "s_intersects", "args": [{"property": "geometry"}, {"bbox": [1, 2, 3]}]}',
        '{"op": "s_intersects", "args": [{"property": "geometry"}, {"type": "Point", "coordinates": ["a", 2]}]}',
        '{"op": "s_intersects", "args": [{"property": "geometry"}, {"type": "Point", "coordinates": []}]}',
        '{"op": "t_after", "args": [{"property": "built"}, {"interval": ["2020-01-01"]}]}',
        '{"op": "not", "args": [' * 120 + "true" + "]}" * 120,
        '{"op": "not", "args": [' * 5000 + "true" + "]}" * 5000,
    ],
    ids=lambda value: value[:60],
)
def test_json_that_is_no_filter_is_refused(source, filter_json):
    with pytest.raises(BadRequest):
        select(source, cql2.read(filter_json, "cql2-json"))


@pytest.mark.parametrize(
    "deepest",
    [
        "(" * 24 + "a=1" + ")" * 24,
        "(a=1 and not not not (" * 12 + "a=1" + "))" * 12,
        "a=" + "1+" * 200 + "1",
    ],
    ids=["brackets", "mixed", "sum"],
)
def test_the_parser_survives_the_deepest_text_it_is_given_on_a_small_stack(deepest):
    """Its native code recurses and ends the process when the stack does; server threads have small stacks."""
    outcome = []
    before = threading.stack_size(512 * 1024)
    try:
        thread = threading.Thread(target=lambda: outcome.append(cql2.read(deepest)))
        thread.start()
        thread.join()
    finally:
        threading.stack_size(before)
    assert outcome
