"""Each kind of rule: what it finds, what it lets pass, what lies on the edge. Shapes in metres around Amarah."""

import pytest
from django.contrib.gis.geos import GEOSGeometry, LineString, Point, Polygon
from django.utils import translation

from gis_layers.models import Feature, Layer
from gis_layers.quality import services
from gis_layers.quality.checks import KINDS
from gis_layers.quality.models import Rule
from gis_layers.registry import PlannerLayer, source_of
from muni.core.srids import MUNI_SRID
from tests.factories import LayerFactory, LayerFieldFactory, ParcelFactory, fill, square

pytestmark = pytest.mark.django_db
EAST, NORTH = 703_000, 3_524_000


def at(shape):
    """A shape given in metres from a place near Amarah."""
    return GEOSGeometry(shape.wkb, srid=MUNI_SRID)


def box(west, south, width=10.0, height=10.0):
    return at(Polygon.from_bbox((EAST + west, NORTH + south, EAST + west + width, NORTH + south + height)))


def point(x, y):
    return at(Point(EAST + x, NORTH + y))


def line(*pairs):
    return at(LineString([(EAST + x, NORTH + y) for x, y in pairs]))


def layer_of(*shapes, **facts):
    """shapes: geometries, or (geometry, attributes)."""
    layer = LayerFactory(**facts)
    rows = [shape if isinstance(shape, tuple) else (shape, {}) for shape in shapes]
    for name in {name for _shape, attributes in rows for name in attributes}:
        LayerFieldFactory(layer=layer, name=name)
    fill(layer, *rows)
    return layer


def numbers(layer):
    """Feature numbers in the order in which they were given."""
    return list(layer.features.current().order_by("feature_no").values_list("feature_no", flat=True))


def found(layer, kind, /, *, tolerance=0, only=None, vacated=None, **parameters):
    rule = Rule.objects.create(layer=layer, kind=kind, tolerance=tolerance, parameters=parameters)
    return services.check(source_of(layer), [rule], only=only, vacated=vacated)


def features(findings):
    return [finding.feature_no for finding in findings]


class Part(PlannerLayer):
    """A source with one of the layer's features, or with none."""

    def __init__(self, layer, number):
        super().__init__(layer)
        self.number = number

    def rows(self, user):
        return Feature.objects.filter(feature_no__in=[self.number] if self.number else [])


BOW_TIE = at(Polygon([(EAST, NORTH), (EAST + 9, NORTH + 9), (EAST + 9, NORTH), (EAST, NORTH + 9), (EAST, NORTH)]))


def test_valid_finds_what_is_not_and_says_where():
    layer = layer_of(box(100, 0), BOW_TIE)
    (finding,) = found(layer, "valid")
    assert (finding.feature_no, finding.details) == (numbers(layer)[1], {"reason": "Self-intersection"})
    assert finding.geom.distance(at(Point(EAST + 4.5, NORTH + 4.5))) < 0.01


@pytest.mark.parametrize(
    "broken",
    [
        BOW_TIE,
        GEOSGeometry("POLYGON EMPTY", srid=MUNI_SRID),
        GEOSGeometry("POINT (NaN NaN)", srid=MUNI_SRID),
        GEOSGeometry("GEOMETRYCOLLECTION (POINT (1 1), POLYGON ((0 0, 9 9, 9 0, 0 9, 0 0)))", srid=MUNI_SRID),
        at(Polygon([(EAST, NORTH)] * 4)),
    ],
    ids=["bow tie", "empty", "not a number", "collection", "a point for a ring"],
)
def test_one_bad_shape_keeps_no_rule_from_judging_the_others(broken):
    layer = layer_of(broken, box(100, 0), box(105, 0), (box(300, 0, 100, 1), {"n": "1"}))
    bad, one, other, strip = numbers(layer)
    others = layer_of(broken, box(99, -1, 12, 12))
    given = {
        "area": 20,
        "length": 5,
        "ratio": 50,
        "percent": 5,
        "attribute": "n",
        "layer": others.slug,
        "values": ["2"],
    }
    for kind, definition in KINDS.items():
        parameters = {p.name: given[p.name] for p in definition.parameters if not p.optional}
        assert not any("failed" in finding.details for finding in found(layer, kind, **parameters)), kind
    assert bad in features(found(layer, "valid")) or broken.valid
    (overlap,) = [f for f in found(layer, "no_overlaps", area=0.1) if f.feature_no == one]
    assert (overlap.other_no, overlap.value) == (other, pytest.approx(50, rel=1e-3))
    assert strip in features(found(layer, "no_slivers", ratio=50))


def test_overlaps_are_pairs_and_touching_is_none():
    layer = layer_of(box(0, 0), box(10, 0), box(5, 9), box(50, 50))
    first, second, third, _far = numbers(layer)
    pairs = {(f.feature_no, f.other_no): round(f.value, 1) for f in found(layer, "no_overlaps", area=0.1)}
    assert pairs == {(first, third): 5.0, (second, third): 5.0}
    assert found(layer, "no_overlaps", area=5.5) == []


def test_an_overlap_nowhere_wider_than_the_tolerance_is_none():
    layer = layer_of(box(0, 0), box(9.96, 0))
    assert len(found(layer, "no_overlaps", area=0.1, tolerance=0.03)) == 1
    assert found(layer, "no_overlaps", area=0.1, tolerance=0.05) == []


def test_an_area_inside_another_overlaps_it():
    layer = layer_of(box(0, 0, 100, 100), box(20, 20))
    (finding,) = found(layer, "no_overlaps", area=0.1)
    assert finding.value == pytest.approx(100, rel=1e-3)


RING = [box(0, 0, 30), box(0, 20, 30), box(0, 10), box(20, 10)]  # around a hole of 10 m


def test_a_hole_among_areas_is_a_gap_and_an_open_bay_is_none():
    (gap,) = found(layer_of(*RING), "no_gaps")
    assert (gap.feature_no, gap.value) == (None, pytest.approx(100, rel=1e-3))
    assert found(layer_of(*RING[:3]), "no_gaps") == []
    assert found(layer_of(*RING), "no_gaps", area=90) == []
    assert found(layer_of(*RING, box(10, 10)), "no_gaps") == []


def test_an_island_in_a_hole_is_not_part_of_the_gap():
    (gap,) = found(layer_of(*RING, box(12, 12, 2, 2)), "no_gaps")
    assert gap.value == pytest.approx(96, rel=1e-3)


def test_duplicates_have_the_same_shape_to_the_tolerance():
    layer = layer_of(box(0, 0), box(0, 0), box(0.005, 0), box(0, 0, 10, 11))
    first, second, third, _longer = numbers(layer)
    assert [(f.feature_no, f.other_no) for f in found(layer, "no_duplicates")] == [(first, second)]
    pairs = [(f.feature_no, f.other_no) for f in found(layer, "no_duplicates", tolerance=0.01)]
    assert pairs == [(first, second), (first, third), (second, third)]
    assert len(found(layer_of(point(0, 0), point(0, 0.004)), "no_duplicates", tolerance=0.005)) == 1


def test_a_sliver_is_fifty_times_as_long_as_wide():
    layer = layer_of(box(0, 0, 51, 1), box(0, 10, 49, 1), box(0, 20, 510, 10))
    thin, _not_quite, wide = numbers(layer)
    assert features(found(layer, "no_slivers", ratio=50)) == [thin, wide]
    (finding,) = found(layer, "no_slivers", ratio=50, width=5)
    assert (finding.feature_no, finding.value) == (thin, pytest.approx(1, rel=1e-3))
    assert finding.details["length"] == pytest.approx(51, rel=1e-3)


def test_areas_and_lengths_are_measured_on_the_ellipsoid():
    """The scale of UTM is 0.9996 in the middle of the zone: 100 m in the register are 100.04 m on the ground."""
    middle = at(Polygon.from_bbox((500_000, NORTH, 500_010, NORTH + 10)))
    (finding,) = found(layer_of(middle), "min_area", area=200)
    assert finding.value == pytest.approx(100.08, abs=0.01)
    (finding,) = found(layer_of(line((0, 0), (0, 10))), "min_length", length=20)
    assert finding.value == pytest.approx(10, abs=0.01)
    assert found(layer_of(line((0, 0), (0, 10))), "min_length", length=9.9) == []
    assert found(layer_of(middle), "min_area", area=100) == []


def test_an_area_agrees_with_the_stated_one():
    stated = [100, 104, 94, 0, None, "about 100"]
    layer = layer_of(*((box(20 * i, 0), {"area": value}) for i, value in enumerate(stated)))
    known = numbers(layer)
    findings = found(layer, "area_agrees", attribute="area", percent=5)
    assert features(findings) == [known[2], known[3]]
    assert findings[0].value == pytest.approx(6.4, abs=0.1)


def test_covered_by_another_layer_alone_or_together():
    ground = layer_of(box(0, 0), box(10, 0))
    layer = layer_of(box(2, 2, 2, 2), box(8, 2, 4, 2), box(18, 2, 4, 2), box(50, 50), box(8, 2, 12.04, 2))
    inside, over_two, half_out, outside, just_out = numbers(layer)
    findings = found(layer, "covered_by", layer=ground.slug, tolerance=0.05)
    assert {f.feature_no: round(f.value) for f in findings} == {half_out: 4, outside: 100}
    assert just_out in features(found(layer, "covered_by", layer=ground.slug, tolerance=0.01))


def test_points_and_lines_are_covered_too():
    ground = layer_of(box(0, 0))
    points = layer_of(point(5, 5), point(10, 5), point(10.04, 5), point(20, 5))
    assert features(found(points, "covered_by", layer=ground.slug, tolerance=0.05)) == numbers(points)[3:]
    lines = layer_of(line((1, 1), (9, 1)), line((1, 1), (13, 1)))
    (finding,) = found(lines, "covered_by", layer=ground.slug, tolerance=0.05)
    assert (finding.feature_no, finding.value) == (numbers(lines)[1], pytest.approx(3, abs=0.01))


def test_each_building_lies_on_one_parcel():
    parcels = layer_of(box(0, 0), box(10, 0))
    first, second = numbers(parcels)
    buildings = layer_of(box(2, 2, 2, 2), box(8, 2, 4, 2), box(18, 2, 4, 2), box(50, 0), box(6, 6, 4.03, 2))
    _good, on_two, half_out, nowhere, _just_over = numbers(buildings)
    findings = found(buildings, "lies_on_one", layer=parcels.slug, tolerance=0.05)
    assert {f.feature_no: f.details["on"] for f in findings} == {
        on_two: [first, second],
        half_out: [second],
        nowhere: None,
    }
    on_the_border = layer_of(point(5, 5), point(10, 5))
    (finding,) = found(on_the_border, "lies_on_one", layer=parcels.slug)
    assert finding.details["on"] == [first, second]


def test_attributes_are_filled_in_unique_and_in_their_list():
    values = ["mulk", "mulk", "", " ", None, "miri", "waqf"]
    layer = layer_of(*((box(20 * i, 0), {"kind": value}) for i, value in enumerate(values)))
    known = numbers(layer)
    assert features(found(layer, "required", attribute="kind")) == known[2:5]
    findings = found(layer, "unique", attribute="kind")
    assert (features(findings), [f.value for f in findings]) == (known[:2], [2, 2])
    assert features(found(layer, "in_list", attribute="kind", values=["mulk", "miri"])) == known[6:]


class TestPartOfALayer:
    """What a changeset is checked for: what its edits can have broken, and nothing else."""

    def test_pairs_with_an_edited_feature_only(self):
        layer = layer_of(box(0, 0), box(5, 0), box(100, 0), box(105, 0))
        first, second, *_rest = numbers(layer)
        assert [(f.feature_no, f.other_no) for f in found(layer, "no_overlaps", area=0.1, only=[second])] == [
            (first, second)
        ]
        assert found(layer, "no_overlaps", area=0.1, only=[]) == []

    def test_equal_values_far_away_count(self):
        layer = layer_of((box(0, 0), {"no": "7"}), (box(9000, 0), {"no": "7"}), (box(20, 0), {"no": "8"}))
        first, _far, other = numbers(layer)
        assert features(found(layer, "unique", attribute="no", only=[first])) == [first]
        assert found(layer, "unique", attribute="no", only=[other]) == []

    def test_a_gap_where_a_feature_was(self):
        layer = layer_of(*RING)
        gone = box(10, 10)
        assert len(found(layer, "no_gaps", only=[], vacated=gone)) == 1
        assert found(layer, "no_gaps", only=[], vacated=box(900, 900)) == []
        assert len(found(layer, "no_gaps", only=numbers(layer)[:1])) == 1

    def test_a_layer_may_come_in_several_parts(self):
        """A draft of a registered layer: what was edited and what was left alone."""
        layer = layer_of(box(0, 0), box(5, 0))
        first, second = numbers(layer)
        rule = Rule.objects.create(layer=layer, kind="no_overlaps", parameters={"area": 0.1})
        parts = [Part(layer, first), Part(layer, second)]
        (finding,) = services.check(parts, [rule])
        assert (finding.feature_no, finding.other_no) == (first, second)
        assert len(services.check(parts, [rule], only=[second])) == 1
        assert services.check(parts[0], [rule]) == []
        assert services.check([parts[0], Part(layer, None)], [rule]) == []


def test_registered_layers_are_judged_too():
    one = ParcelFactory(parcel_no="1")
    east = square(47.146 - 5e-9, 31.84)  # half a millimetre too far west: rounding, as the register sees it
    other = ParcelFactory(parcel_no="2", geom=east)
    layer = Layer.objects.get(slug="parcels")
    (finding,) = found(layer, "no_overlaps", area=0.01)
    assert (finding.feature_no, finding.other_no) == (one.pk, other.pk)
    assert features(found(layer, "in_list", attribute="parcel_no", values=["1"])) == [other.pk]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", ["ar", "en"])
def test_what_is_found_is_said_in_a_sentence(kind, language):
    shape = line((0, 0), (0, 3)) if kind == "min_length" else box(0, 0, 300, 1)
    others = layer_of(box(-5, -5, 8, 8))
    layer = layer_of(*RING, BOW_TIE, (shape, {"n": "7"}), (shape, {"n": "7"}))
    given = {"area": 5000, "length": 5, "ratio": 50, "percent": 5, "attribute": "n", "layer": others.slug}
    given |= {"area": 0.1} if kind == "no_overlaps" else {}
    parameters = {p.name: given.get(p.name, ["2"]) for p in KINDS[kind].parameters if p.name != "width"}
    findings = found(layer, kind, **parameters)
    assert findings
    with translation.override(language):
        for text in [str(findings[0].rule), *(finding.sentence for finding in findings)]:
            assert text
            assert "%" not in text.replace("%.", "").replace("\u00a0%", "").replace(" %", "")
