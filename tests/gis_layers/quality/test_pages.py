"""A planner declares rules, checks the layer, reads what is wrong, makes an exception, takes the table away."""

import csv
import io
import json

import pytest

from gis_layers.quality import services
from gis_layers.quality.models import Finding, Rule, Run, Waiver
from tests.gis_layers.quality.test_checks import box, layer_of, numbers

pytestmark = pytest.mark.django_db


@pytest.fixture
def layer(planner):
    department = planner.memberships.get().department
    return layer_of((box(0, 0), {"no": "7"}), (box(5, 0), {"no": "=8"}), (box(50, 0), {}), department=department)


@pytest.fixture
def page(client_of, planner):
    client = client_of(planner)
    client.get("/layers/?lang=en")
    return client


def at(layer, end=""):
    return f"/layers/{layer.slug}/quality/{end}"


def checked(layer, planner, **rules):
    for kind, parameters in rules.items():
        services.add_rule(layer, by=planner, kind=kind, severity="blocking", parameters=parameters)
    services.run(services.start(layer, by=planner).pk)


def test_from_an_empty_page_to_a_finding(page, layer):
    assert "No rules yet" in page.get(at(layer)).content.decode()
    kinds = page.get(at(layer, "rules/new/")).content.decode()
    assert "No overlaps" in kinds
    assert "Minimum length" not in kinds  # the layer is one of areas
    form = page.get(at(layer, "rules/new/?kind=no_overlaps")).context["form"]
    assert form.initial == {"severity": "blocking", "tolerance": 0, "area": 0.1}
    sent = page.post(at(layer, "rules/new/?kind=no_overlaps"), {"area": "٠٫٥", "tolerance": "0", "severity": "warning"})
    assert sent.status_code == 302
    assert Rule.objects.get().parameters == {"area": 0.5}

    assert page.post(at(layer, "start/")).status_code == 302
    assert "Waiting for a free worker" in page.get(at(layer)).content.decode()
    bar = page.get(at(layer), headers={"HX-Request": "true"})
    assert "HX-Refresh" not in bar.headers
    services.run(Run.objects.get().pk)
    assert page.get(at(layer), headers={"HX-Request": "true"}).headers["HX-Refresh"] == "true"
    first, second, _third = numbers(layer)
    seen = page.get(at(layer)).content.decode()
    assert f"Feature {first}" in seen
    assert f"Overlaps feature {second} on 50\u00a0m²." in seen


def test_what_cannot_be_is_said_beside_its_field(page, layer):
    answer = page.post(at(layer, "rules/new/?kind=min_area"), {"area": "much", "severity": "note"})
    assert answer.context["form"].errors["area"]
    answer = page.post(at(layer, "rules/new/?kind=min_area"), {"area": "-4", "severity": "note"})
    assert answer.context["form"].errors["area"]
    assert not Rule.objects.exists()


def test_a_rule_is_changed_and_removed(page, layer, planner):
    checked(layer, planner, in_list={"attribute": "no", "values": ["7", "9"]})
    rule = Rule.objects.get()
    form = page.get(at(layer, f"rules/{rule.pk}/")).context["form"]
    assert "7\n9" in str(form["values"])
    page.post(at(layer, f"rules/{rule.pk}/"), {"attribute": "no", "values": "7\r\n=8\r\n", "severity": "note"})
    rule.refresh_from_db()
    assert (rule.parameters["values"], rule.severity) == (["7", "=8"], "note")
    page.post(at(layer, f"rules/{rule.pk}/remove/"))
    assert not Rule.objects.exists()


def test_findings_are_filtered_and_exported(page, layer, planner):
    checked(layer, planner, no_overlaps={}, required={"attribute": "no"}, unique={"attribute": "no"})
    overlaps, required, unique = Rule.objects.order_by("pk")
    Rule.objects.filter(pk=required.pk).update(severity="note")
    assert len(page.get(at(layer)).context["findings"]) == 2
    assert [f.rule for f in page.get(at(layer, f"?rule={required.pk}")).context["findings"]] == [required]
    assert [f.rule for f in page.get(at(layer, "?severity=blocking")).context["findings"]] == [overlaps]
    assert len(page.get(at(layer, "?rule=no&severity=such")).context["findings"]) == 2

    text = page.get(at(layer, "findings.csv")).content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["feature"] for row in rows] == [str(numbers(layer)[0]), str(numbers(layer)[2])]
    assert 47 < float(rows[0]["longitude"]) < 48
    collection = json.loads(page.get(at(layer, f"findings.geojson?rule={overlaps.pk}")).content)
    (feature,) = collection["features"]
    assert (feature["geometry"]["type"], feature["properties"]["other_feature"]) == ("Polygon", numbers(layer)[1])


def test_what_a_spreadsheet_would_run_is_quoted(page, layer, planner):
    checked(layer, planner, in_list={"attribute": "no", "values": ["7"]})
    Rule.objects.update(parameters={"attribute": "=no", "values": ["7"]})
    text = page.get(at(layer, "findings.csv")).content.decode("utf-8-sig")
    assert not any(cell[:1] == "=" for row in csv.reader(io.StringIO(text)) for cell in row)


def test_an_exception_is_made_and_withdrawn(page, layer, planner):
    checked(layer, planner, no_overlaps={})
    finding = Finding.objects.get()
    address = at(layer, f"findings/{finding.pk}/exception/")
    assert planner.display_name in page.get(address).content.decode()
    assert page.post(address, {"reason": ""}).context["form"].errors["reason"]
    page.post(address, {"reason": "A balcony over the lane, licence 12/2019"})
    assert not page.get(at(layer)).context["findings"]
    assert "A balcony over the lane" in page.get(at(layer, "?state=waived")).content.decode()
    page.post(at(layer, f"exceptions/{Waiver.objects.get().pk}/withdraw/"))
    assert page.get(at(layer)).context["findings"]


def test_a_page_of_findings_asks_the_same_however_many_there_are(page, layer, planner, django_assert_max_num_queries):
    checked(layer, planner, no_overlaps={}, required={"attribute": "no"})
    with django_assert_max_num_queries(24) as few:
        page.get(at(layer))
    rule = Rule.objects.first()
    Finding.objects.bulk_create(Finding(rule=rule, subject=str(n), value=1, other_no=2) for n in range(60))
    with django_assert_max_num_queries(len(few)):
        page.get(at(layer))


def test_a_running_check_is_stopped(page, layer, planner):
    services.add_rule(layer, by=planner, kind="valid", severity="note")
    page.post(at(layer, "start/"))
    page.post(at(layer, "stop/"))
    assert Run.objects.get().state == "cancelled"
    assert "not checked yet" in page.get(at(layer)).content.decode()
