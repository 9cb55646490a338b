import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from gis_layers.plans import drafting
from gis_layers.plans.models import Plan, Provision
from gis_layers.rasters.models import RasterSheet
from muni.core.errors import BadRequest, Forbidden
from muni.documents.models import Attachment
from muni.journal.models import Entry
from tests.factories import LayerFactory, LayerFieldFactory, fill, square
from tests.gis_layers.plans.factories import AMARAH, PlanFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(office, drafter):
    return PlanFactory(place=office.place, department=office, made_by=drafter)


def test_the_list_puts_what_wants_an_opinion_first(client, office, django_assert_num_queries):
    facts = {"place": office.place, "department": office}
    in_force = PlanFactory(**facts, state="published")
    earlier = PlanFactory(**facts, state="superseded", in_force_from="2000-01-01", in_force_to="2010-01-01")
    proposal = PlanFactory(**facts, state="consultation")
    approved = PlanFactory(**facts, state="approved")
    page = client.get("/plans/")
    assert page.context["sections"] == {
        "open": [proposal],
        "proposed": [approved],
        "in_force": [in_force],
        "earlier": [earlier],
        "drafts": [],
    }
    with django_assert_num_queries(1):
        client.get("/plans/")


def test_an_empty_list_says_so(client):
    assert "لم يُنشر أي تصميم بعد" in client.get("/plans/").content.decode()


def test_a_proposal_is_read_beside_the_plan_in_force(client, office):
    in_force = PlanFactory(place=office.place, department=office, state="published")
    proposal = PlanFactory(place=office.place, department=office, state="consultation")
    page = client.get(f"/plans/{proposal.pk}/")
    assert page.context["beside"] == in_force
    assert [plan["id"] for plan in page.context["map"]["plans"]] == [proposal.pk, in_force.pk]
    told = page.content.decode()
    for word in ("سكني", "دور سكنية", "٤/1", "الارتداد الأمامي", f"/plans/{proposal.pk}/say/"):
        assert word in told


def test_queries_of_a_plan_do_not_grow_with_its_zones(client, office, django_assert_max_num_queries):
    plan = PlanFactory(place=office.place, department=office, state="published")
    client.get(f"/plans/{plan.pk}/")
    with django_assert_max_num_queries(13):
        client.get(f"/plans/{plan.pk}/")


def facts(office, **changes):
    return {
        "kind": "master",
        "number": "12/2026",
        "title_ar": "التصميم الأساسي",
        "place": office.place.pk,
        "department": office.pk,
    } | changes


def test_a_planner_makes_a_plan(client_of, office, drafter):
    client = client_of(drafter)
    answer = client.post("/plans/new/", facts(office))
    plan = Plan.objects.get()
    assert answer.url == f"/plans/{plan.pk}/"
    assert (plan.state, plan.made_by, plan.number) == ("draft", drafter, "12/2026")
    again = client.post("/plans/new/", facts(office))
    assert again.context["form"].non_field_errors()
    assert Plan.objects.count() == 1


def test_a_plan_is_made_only_where_one_may(client_of, office, drafter, approver):
    assert client_of(approver).get("/plans/new/").status_code == 403
    other = PlanFactory()
    answer = client_of(drafter).post("/plans/new/", facts(office, place=other.place.pk))
    assert "place" in answer.context["form"].errors
    with pytest.raises(Forbidden):
        drafting.create(
            by=drafter, place=other.place, department=other.department, number="1", title_ar="x", kind="master"
        )


def test_a_new_plan_may_follow_plans_of_ones_own_place_alone(client_of, office, drafter):
    own = PlanFactory(place=office.place, department=office, state="published")
    PlanFactory(state="published")
    form = client_of(drafter).get("/plans/new/").context["form"]
    assert list(form.fields["supersedes"].queryset) == [own]


def test_a_draft_without_zones_has_no_map_of_another_plan(client_of, office, drafter):
    PlanFactory(place=office.place, department=office, state="published")
    plan = PlanFactory(place=office.place, department=office, made_by=drafter)
    Plan.objects.filter(pk=plan.pk).update(zone_layer=None)
    assert client_of(drafter).get(f"/plans/{plan.pk}/").context["map"] is None


def rules(**values):
    data = {"rules-TOTAL_FORMS": 10, "rules-INITIAL_FORMS": 10}
    for n, parameter in enumerate(Provision.Parameter.values):
        value, clause = values.get(parameter, ("", ""))
        data |= {f"rules-{n}-parameter": parameter, f"rules-{n}-value": value, f"rules-{n}-clause": clause}
    return data


def test_a_zone_is_described_with_its_rules(client_of, draft, drafter):
    data = {"code": "I1", "name_ar": "صناعي", "colour": "#b7a3c9", "uses_ar": "ورش\n\nمخازن", "uses_en": "workshops"}
    answer = client_of(drafter).post(
        f"/plans/{draft.pk}/zones/new/", data | rules(floors=("٢", "٥/١"), setback_front=("٣٫٥", "٥/٢"))
    )
    assert answer.status_code == 302
    zone = draft.zone_types.get(code="I1")
    assert zone.uses == [{"ar": "ورش", "en": "workshops"}, {"ar": "مخازن", "en": ""}]
    assert [(r.parameter, float(r.value), r.unit, r.clause) for r in zone.provisions.all()] == [
        ("setback_front", 3.5, "m", "٥/٢"),
        ("floors", 2.0, "1", "٥/١"),
    ]


def test_a_rule_without_a_clause_is_refused(client_of, draft, drafter):
    data = {"code": "I1", "name_ar": "صناعي", "colour": "#b7a3c9"}
    answer = client_of(drafter).post(f"/plans/{draft.pk}/zones/new/", data | rules(floors=("2", "")))
    assert answer.status_code == 200
    assert not draft.zone_types.filter(code="I1").exists()


def test_a_zone_is_changed_and_removed(client_of, draft, drafter):
    client = client_of(drafter)
    homes = draft.zone_types.get(code="R1")
    page = client.get(f"/plans/{draft.pk}/zones/{homes.pk}/").content.decode()
    assert 'value="3.00"' in page
    client.post(
        f"/plans/{draft.pk}/zones/{homes.pk}/",
        {"code": "R1", "name_ar": "سكن", "colour": "#000000"} | rules(far=("1.5", "9")),
    )
    homes.refresh_from_db()
    assert (homes.name_ar, [r.parameter for r in homes.provisions.all()]) == ("سكن", ["far"])
    client.post(f"/plans/{draft.pk}/zones/{homes.pk}/remove/")
    assert [zone.code for zone in draft.zone_types.all()] == ["C1"]


def test_a_code_stands_once_in_a_plan(draft, drafter):
    with pytest.raises(BadRequest):
        drafting.save_zone_type(draft, by=drafter, provisions=[], code="R1", name_ar="x", name_en="", colour="#000000")


def test_the_layer_of_zones_is_made_private_and_for_this_plan(client_of, office, drafter):
    plan = PlanFactory(place=office.place, department=office)
    Plan.objects.filter(pk=plan.pk).update(zone_layer=None)
    client_of(drafter).post(f"/plans/{plan.pk}/layer/")
    plan.refresh_from_db()
    layer = plan.zone_layer
    assert (layer.visibility, layer.geometry_type, layer.department) == ("private", "Polygon", office)
    assert [(field.name, field.required) for field in layer.schema.all()] == [("zone", True)]


def test_documents_come_and_go(client_of, draft, drafter):
    client = client_of(drafter)
    address = f"/plans/{draft.pk}/documents/"
    wrong = client.post(address, {"title": "تقرير", "file": SimpleUploadedFile("a.pdf", b"<html>")})
    assert wrong.context["form"].errors["file"]
    client.post(address, {"title": "تقرير", "file": SimpleUploadedFile("a.pdf", b"%PDF-1.7")})
    attachment = Attachment.objects.about(draft).get()
    assert str(attachment) == "تقرير"
    client.post(f"{address}{attachment.pk}/remove/")
    assert not Attachment.objects.exists()
    assert [entry.act for entry in Entry.objects.about(draft)] == ["plans.remove_document", "plans.add_document"]


@pytest.mark.parametrize("state", ["review", "consultation", "considered", "approved", "published"])
def test_what_is_no_draft_is_not_changed(client_of, office, drafter, state):
    plan = PlanFactory(place=office.place, department=office, state=state)
    client = client_of(drafter)
    for page in ("edit/", "zones/new/", f"zones/{plan.zone_types.first().pk}/", "documents/"):
        assert client.get(f"/plans/{plan.pk}/{page}").status_code == 403, page
    with pytest.raises(Forbidden):
        drafting.change(plan, by=drafter, title_ar="x")


def test_acts_have_pages_that_say_what_they_need(client_of, draft, drafter, approver):
    client = client_of(drafter)
    client.post(f"/plans/{draft.pk}/acts/submit/")
    draft.refresh_from_db()
    assert draft.state == "review"
    reviewer = client_of(approver)
    page = reviewer.post(f"/plans/{draft.pk}/acts/return/", {"note": ""})
    assert page.context["form"].errors["note"]
    page = reviewer.post(
        f"/plans/{draft.pk}/acts/open_consultation/", {"first_day": "2020-01-01", "last_day": "2020-02-01"}
    )
    assert page.context["form"].errors["first_day"]
    assert client.get(f"/plans/{draft.pk}/acts/open_consultation/").status_code == 403
    assert "لا يمكن إجراء ذلك" in reviewer.get(f"/plans/{draft.pk}/acts/publish/").content.decode()
    assert reviewer.get(f"/plans/{draft.pk}/acts/supersede/").status_code == 404


def test_zones_of_an_imported_layer_are_taken_by_their_codes(client_of, office, drafter):
    layer = LayerFactory(department=office)
    LayerFieldFactory(layer=layer, name="typezone")
    fill(layer, *((square(*AMARAH), {"typezone": code}) for code in ("U", "N", "U", "R1")))
    plan = PlanFactory(place=office.place, department=office, made_by=drafter, zone_layer=layer)
    Plan.objects.filter(pk=plan.pk).update(zone_attribute="typezone")
    client = client_of(drafter)
    client.post(f"/plans/{plan.pk}/zones/take/")
    assert [zone.code for zone in plan.zone_types.all()] == ["R1", "C1", "N", "U"]
    client.post(f"/plans/{plan.pk}/zones/take/")
    assert plan.zone_types.count() == 4


def test_raster_sheets_of_a_plan_are_shown_to_those_who_may_see_them(client, client_of, office, drafter):
    facts = {"department": office, "state": "done", "file_name": "a.tif", "file_size": 1, "bounds": [47, 31, 48, 32]}
    facts |= {"max_zoom": 15}
    shown = RasterSheet.objects.create(title_ar="صفيحة معلنة", visibility="public", **facts)
    hidden = RasterSheet.objects.create(title_ar="صفيحة مكتومة", visibility="private", **facts)
    plan = PlanFactory(place=office.place, department=office)
    data = {"kind": "master", "number": plan.number, "title_ar": plan.title_ar, "zone_layer": plan.zone_layer_id}
    client_of(drafter).post(f"/plans/{plan.pk}/edit/", data | {"sheets": [shown.pk, hidden.pk]})
    assert set(plan.sheets.all()) == {shown, hidden}
    Plan.objects.filter(pk=plan.pk).update(state="considered")
    page = client.get(f"/plans/{plan.pk}/").content.decode()
    assert "صفيحة معلنة" in page
    assert "صفيحة مكتومة" not in page
