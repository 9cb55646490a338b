"""A draft and what is in internal review are on no interface for the public; a proposal is, from its first day on."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from gis_layers.models import Layer
from gis_layers.registry import source_of
from muni.documents.services import attach
from tests.factories import DepartmentFactory, UserFactory
from tests.gis_layers.plans.factories import HOMES, ObjectionFactory, PlanFactory

pytestmark = pytest.mark.django_db
SECRET = "سرّي"


def everywhere(plan):
    """Every address at which a plan or its zones might show."""
    draft, z, x, y = plan.zone_layer.slug, 14, 10337, 6661
    zone = plan.zone_layer.features.current().first().feature_no
    return {
        "closed": [
            f"/plans/{plan.pk}/",
            f"/plans/{plan.pk}/tiles/{z}/{x}/{y}.mvt",
            f"/plans/{plan.pk}/report/",
            f"/plans/{plan.pk}/say/",
            f"/plans/{plan.pk}/archive.gpkg",
            f"/api/v1/plans/{plan.pk}/",
            f"/layers/{draft}/",
            f"/layers/{draft}/export/",
            f"/layers/{draft}/legend.json",
            f"/tiles/{draft}.json",
            f"/tiles/{draft}/{z}/{x}/{y}.mvt",
            f"/ogc/collections/{draft}",
            f"/ogc/collections/{draft}/items",
            f"/ogc/collections/{draft}/items/{zone}",
            f"/ogc/collections/{draft}/tiles/WebMercatorQuad/{z}/{y}/{x}",
            f"/api/v1/layers/{draft}/",
            f"/api/v1/layers/{draft}/features/",
        ],
        "silent": [
            "/plans/",
            "/api/v1/plans/",
            f"/api/v1/plans/at?lon={HOMES[0]}&lat={HOMES[1]}",
            "/ogc/collections",
            "/ogc/collections/plan_zones/items",
            "/ogc/collections/plan_proposals/items",
            "/api/v1/layers/plan_zones/features/",
            "/api/v1/layers/plan_proposals/features/",
            "/api/v1/layers/",
            "/api/v1/search/?q=" + SECRET,
            "/map/",
            "/layers/",
        ],
    }


@pytest.mark.parametrize("state", ["draft", "review"])
@pytest.mark.parametrize("who", ["anonymous", "citizen", "outsider"])
def test_what_is_not_laid_open_is_invisible_on_every_interface(client, client_of, office, state, who):
    plan = PlanFactory(place=office.place, department=office, state=state, title_ar=SECRET, number=SECRET)
    plan.zone_types.update(name_ar=SECRET)
    Layer.objects.filter(pk=plan.zone_layer.pk).update(title_ar=SECRET, visibility="private")
    attachment = attach(plan, SimpleUploadedFile("a.pdf", b"%PDF-1.7"), by=None)
    reader = {
        "anonymous": lambda: client,
        "citizen": lambda: client_of(UserFactory()),
        "outsider": lambda: client_of(
            UserFactory(
                permissions=["plans.change_plan", "plans.approve_plan"], permissions__department=DepartmentFactory()
            )
        ),
    }[who]()
    found = everywhere(plan)
    open_ones = [
        path for path in [*found["closed"], f"/documents/{attachment.pk}/"] if reader.get(path).status_code != 404
    ]
    assert open_ones == []
    for path in found["silent"]:
        answer = reader.get(path)
        assert answer.status_code == 200, path
        told = answer.content.decode()
        assert SECRET not in told.replace(f'value="{SECRET}"', "").replace(f'"query": "{SECRET}"', ""), path


@pytest.mark.parametrize("layer", ["plan_zones", "plan_proposals"])
@pytest.mark.parametrize("state", ["draft", "review"])
def test_not_even_insiders_meet_drafts_in_the_public_layers(office, drafter, layer, state):
    PlanFactory(place=office.place, department=office, state=state)
    assert not source_of(Layer.objects.get(slug=layer)).rows(drafter).exists()


def test_insiders_see_their_drafts(client_of, office, drafter, approver):
    plan = PlanFactory(place=office.place, department=office)
    assert client_of(drafter).get(f"/plans/{plan.pk}/").status_code == 200
    assert client_of(approver).get(f"/plans/{plan.pk}/").status_code == 200
    assert client_of(approver).get(f"/plans/{plan.pk}/tiles/14/10337/6661.mvt").status_code == 200
    assert plan.title_ar in client_of(approver).get("/plans/").content.decode()


@pytest.mark.parametrize(
    ("state", "layer"),
    [("consultation", "plan_proposals"), ("approved", "plan_proposals"), ("published", "plan_zones")],
)
def test_what_is_laid_open_is_on_every_interface(client, office, state, layer):
    plan = PlanFactory(place=office.place, department=office, state=state, number="n7")
    for path in (
        f"/plans/{plan.pk}/",
        f"/plans/{plan.pk}/tiles/14/10337/6661.mvt",
        f"/api/v1/plans/{plan.pk}/",
        f"/tiles/{layer}/14/10337/6661.mvt",
    ):
        assert client.get(path).status_code == 200, path
    for path in (f"/ogc/collections/{layer}/items", f"/api/v1/layers/{layer}/features/"):
        assert {f["properties"]["number"] for f in client.get(path).json()["features"]} == {"n7"}, path
    other = {"plan_zones": "plan_proposals", "plan_proposals": "plan_zones"}[layer]
    assert client.get(f"/ogc/collections/{other}/items").json()["features"] == []


def test_a_plan_of_the_past_is_read_on_its_page_and_is_not_in_the_layer(client, office):
    plan = PlanFactory(
        place=office.place, department=office, state="superseded", in_force_from="2000-01-01", in_force_to="2010-01-01"
    )
    assert client.get(f"/plans/{plan.pk}/").status_code == 200
    assert client.get("/ogc/collections/plan_zones/items").json()["features"] == []


def test_objections_and_their_files_are_for_those_who_answer(client, client_of, drafter, approver, office):
    plan = PlanFactory(place=office.place, department=office, state="consultation")
    objection = ObjectionFactory(plan=plan)
    attachment = attach(objection, SimpleUploadedFile("a.pdf", b"%PDF-1.7"), by=None)
    address = f"/documents/{attachment.pk}/"
    outsider = UserFactory(permissions=["plans.answer_objection"], permissions__department=DepartmentFactory())
    for reader in (client, client_of(approver), client_of(outsider)):
        assert reader.get(address).status_code == 404
    answer = client_of(drafter).get(address)
    assert answer.status_code == 200
    list(answer.streaming_content)


def test_the_revision_of_the_layers_rises_when_a_plan_moves(office):
    def revision():
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
        return Layer.objects.get(slug="plan_proposals").revision

    plan = PlanFactory(place=office.place, department=office, state="consultation")
    before = revision()
    plan.state = "considered"
    plan.save()
    assert revision() > before
