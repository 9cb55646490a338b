"""Rules are declared, runs replace findings, exceptions hold until the feature changes."""

import json
import math

import pytest
from django.contrib.auth.models import AnonymousUser

from gis_layers.models import Feature, Layer
from gis_layers.quality import services
from gis_layers.quality.models import Finding, Rule, Run, Waiver
from gis_layers.registry import source_of
from muni.core.errors import BadRequest, Forbidden
from tests.factories import LayerFactory, UserFactory
from tests.gis_layers.quality.test_checks import BOW_TIE, box, layer_of, numbers

pytestmark = pytest.mark.django_db


@pytest.fixture
def layer(planner):
    return layer_of(box(0, 0), box(5, 0), BOW_TIE, department=planner.memberships.get().department)


@pytest.fixture
def rule(layer, planner):
    return services.add_rule(layer, by=planner, kind="no_overlaps", severity="blocking")


def ended(layer, planner):
    job = services.start(layer, by=planner)
    services.run(job.pk)
    job.refresh_from_db()
    return job


def test_a_rule_takes_the_defaults_of_its_kind(rule):
    assert rule.parameters == {"area": 0.1}
    assert str(rule)


@pytest.mark.parametrize(
    ("kind", "parameters", "tolerance", "wrong"),
    [
        ("min_area", {}, 0, "area"),
        ("min_area", {"area": -1}, 0, "area"),
        ("min_area", {"area": float("nan")}, 0, "area"),
        ("min_area", {"area": "5"}, 0, "area"),
        ("no_overlaps", {}, -1, "tolerance"),
        ("no_overlaps", {}, float("inf"), "tolerance"),
        ("required", {"attribute": "nothing"}, 0, "attribute"),
        ("covered_by", {"layer": "nowhere"}, 0, "layer"),
        ("in_list", {"attribute": "nothing", "values": []}, 0, "values"),
        ("min_length", {"length": 5}, 0, "kind"),
    ],
)
def test_a_rule_that_cannot_be_asked_is_refused(layer, planner, kind, parameters, tolerance, wrong):
    with pytest.raises(BadRequest) as refusal:
        services.add_rule(layer, by=planner, kind=kind, severity="warning", parameters=parameters, tolerance=tolerance)
    assert wrong in refusal.value.fields
    assert not Rule.objects.exists()


def test_only_those_who_may_change_the_layer_touch_its_quality(layer, rule, planner):
    stranger = UserFactory(permissions=["gis_layers.change_layer"])
    ended(layer, planner)
    finding = Finding.objects.first()
    waiver = services.waive(finding, by=planner, reason="as built")
    for act in (
        lambda: services.add_rule(layer, by=stranger, kind="valid", severity="note"),
        lambda: services.change_rule(rule, by=stranger, severity="note"),
        lambda: services.remove_rule(rule, by=stranger),
        lambda: services.start(layer, by=stranger),
        lambda: services.waive(finding, by=stranger, reason="because"),
        lambda: services.withdraw_waiver(waiver, by=stranger),
    ):
        with pytest.raises(Forbidden):
            act()


def test_a_run_counts_and_keeps_what_it_finds(layer, rule, planner):
    services.add_rule(layer, by=planner, kind="valid", severity="warning")
    job = ended(layer, planner)
    assert (job.state, job.progress, job.total, job.feature_count) == ("done", 3, 3, 3)
    assert job.layer_revision == 1
    first, second, bow_tie = numbers(layer)
    kept = {(f.rule.kind, f.feature_no, f.other_no) for f in job.findings.all()}
    assert ("no_overlaps", first, second) in kept
    assert ("valid", bow_tie, None) in kept


def test_the_next_run_replaces_the_findings_of_the_last(layer, rule, planner):
    ended(layer, planner)
    before = set(Finding.objects.values_list("pk", flat=True))
    second = ended(layer, planner)
    assert set(Finding.objects.values_list("run", flat=True)) == {second.pk}
    assert not before & set(Finding.objects.values_list("pk", flat=True))


def test_a_run_that_is_under_way_is_not_started_again(layer, rule, planner):
    assert services.start(layer, by=planner) == services.start(layer, by=planner)


def test_a_layer_without_rules_has_nothing_to_run(layer, planner):
    with pytest.raises(BadRequest):
        services.start(layer, by=planner)


def test_a_cancelled_run_leaves_the_findings_as_they_were(layer, rule, planner):
    first = ended(layer, planner)
    job = services.start(layer, by=planner)
    services.cancel(job)
    services.run(job.pk)
    assert set(Finding.objects.values_list("run", flat=True)) == {first.pk}


def test_a_run_repeated_after_its_worker_died_finds_the_same(layer, rule, planner):
    job = ended(layer, planner)
    found = Finding.objects.count()
    Run.objects.filter(pk=job.pk).update(state="running", progress=1)
    services.run(job.pk)
    assert Finding.objects.count() == found


def test_findings_of_a_rule_that_was_changed_meanwhile_are_not_kept(layer, rule, planner, monkeypatch):
    def change(job, done):
        services.change_rule(rule, by=planner, severity="blocking", parameters={"area": 9000})

    monkeypatch.setattr(services, "report_progress", change)
    assert ended(layer, planner).state == "done"
    assert not Finding.objects.exists()


def test_a_rule_declared_anew_loses_its_findings_and_keeps_them_when_only_its_severity_changes(layer, rule, planner):
    ended(layer, planner)
    services.change_rule(rule, by=planner, severity="note", parameters={"area": 0.1})
    assert Finding.objects.exists()
    services.change_rule(rule, by=planner, severity="note", parameters={"area": 0.2})
    assert not Finding.objects.exists()


def test_a_rule_that_postgis_cannot_answer_is_said_and_stops_no_other(layer, rule, planner, monkeypatch):
    services.add_rule(layer, by=planner, kind="valid", severity="warning")
    monkeypatch.setattr(type(rule.definition), "select", rule.definition.select.replace("a.id AS", "a.id / 0 AS"))
    assert ended(layer, planner).state == "done"
    broken = Finding.objects.get(rule=rule)
    assert "division by zero" in broken.sentence
    assert Finding.objects.filter(rule__kind="valid").count() == 1
    assert [f.sentence for f in services.check(source_of(layer), [rule])] == [broken.sentence]
    assert services.blocking(services.check(source_of(layer)))
    with pytest.raises(BadRequest):
        services.waive(broken, by=planner, reason="no matter")


class TestExceptions:
    def test_a_waived_finding_does_not_block(self, layer, rule, planner):
        assert len(services.blocking(services.check(source_of(layer), [rule]))) == 3
        for finding in services.check(source_of(layer), [rule]):
            services.waive(finding, by=planner, reason="agreed by both owners")
        assert services.blocking(services.check(source_of(layer), [rule])) == []
        ended(layer, planner)
        assert not Finding.objects.of(layer).blocking().exists()
        assert all(Finding.objects.with_waivers().values_list("waived", flat=True))

    def test_it_ends_when_a_feature_changes_and_not_before(self, layer, rule, planner):
        for finding in services.check(source_of(layer), [rule]):
            services.waive(finding, by=planner, reason="agreed")
        far = layer.features.get(feature_no=numbers(layer)[1])
        Feature.objects.filter(pk=far.pk).update(geom=box(6, 0))
        found = services.check(source_of(layer), [rule])
        still = {f.waived for f in found if far.feature_no not in (f.feature_no, f.other_no)}
        gone = {f.waived for f in found if far.feature_no in (f.feature_no, f.other_no)}
        assert (still, gone) == ({True}, {False})

    def test_it_needs_a_reason(self, layer, rule, planner):
        finding = services.check(source_of(layer), [rule])[0]
        with pytest.raises(BadRequest):
            services.waive(finding, by=planner, reason="  ")

    def test_giving_it_twice_is_giving_it_once(self, layer, rule, planner):
        finding = services.check(source_of(layer), [rule])[0]
        assert services.waive(finding, by=planner, reason="a") == services.waive(finding, by=planner, reason="b")

    def test_a_withdrawn_one_lets_the_finding_count_again(self, layer, rule, planner):
        finding = services.check(source_of(layer), [rule])[0]
        services.withdraw_waiver(services.waive(finding, by=planner, reason="a"), by=planner)
        assert not Waiver.objects.exists()
        assert not services.check(source_of(layer), [rule])[0].waived


def test_findings_are_a_layer_of_those_who_may_change_the_layer(layer, rule, planner):
    ended(layer, planner)
    findings = source_of(Layer.objects.get(slug="quality-findings"))
    assert findings.rows(planner).count() == Finding.objects.count() > 0
    for nobody in (UserFactory(permissions=["gis_layers.change_layer"]), UserFactory(), AnonymousUser()):
        assert not findings.rows(nobody).exists()
    other = LayerFactory()
    assert Finding.objects.of(other).count() == 0


def test_a_rule_stops_at_the_most_findings_that_anybody_could_read(layer, rule, planner, monkeypatch):
    assert len(services.check(source_of(layer), [rule])) == 3
    monkeypatch.setattr(services, "MAX_FINDINGS", 2)
    assert len(services.check(source_of(layer), [rule])) == 2
    ended(layer, planner)
    assert Finding.objects.count() == 2


def test_findings_are_in_every_interface_for_the_same_people(layer, rule, planner, client_of):
    """They are a registered layer, so the one access rule holds; rows follow the layer that they are about."""
    ended(layer, planner)
    finding = Finding.objects.first()
    stranger = UserFactory(permissions=["gis_layers.change_layer"])

    def seen(user, address):
        answer = client_of(user).get(address)
        return json.loads(answer.content)["features"] if answer.status_code == 200 else answer.status_code

    for address in ("/ogc/collections/quality-findings/items", "/api/v1/layers/quality-findings/features/"):
        mine = seen(planner, address)
        assert {f["id"] for f in mine} == set(Finding.objects.values_list("pk", flat=True))
        assert mine[0]["properties"]["slug"] == layer.slug
        assert seen(stranger, address) == []
        assert seen(UserFactory(), address) == 404
    spot = finding.geom.point_on_surface.transform(4326, clone=True)
    x, y = tile_at(spot.x, spot.y, 16)
    address = f"/tiles/quality-findings/16/{x}/{y}.mvt"
    assert [client_of(user).get(address).status_code for user in (planner, stranger, UserFactory())] == [200, 204, 404]


def tile_at(lon, lat, z):
    north = math.asinh(math.tan(math.radians(lat))) / math.pi
    return int((lon + 180) / 360 * 2**z), int((1 - north) / 2 * 2**z)
