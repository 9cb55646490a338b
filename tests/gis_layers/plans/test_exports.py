"""Objections leave the house without persons, but for those who may see them and ask for it."""

import csv
import io
import json

import pyogrio
import pytest

from gis_layers.plans.models import Objection
from muni.journal.models import Entry
from tests.factories import DepartmentFactory, UserFactory
from tests.gis_layers.plans.factories import HOMES, ObjectionFactory, PlanFactory

pytestmark = pytest.mark.django_db
NAME, PHONE, TEXT = "حسن كاظم", "+9647701234567", '=HYPERLINK("x")'


@pytest.fixture
def plan(office, drafter):
    plan = PlanFactory(place=office.place, department=office, state="consultation", made_by=drafter)
    ObjectionFactory(plan=plan, reference="26-AAA", text=TEXT, name=NAME, phone=PHONE)
    answered = {"state": "answered", "outcome": "partly", "summary": "بستان", "answer": "يُنقل الشارع"}
    ObjectionFactory(plan=plan, reference="26-BBB", point=None, name=NAME, phone=PHONE, **answered)
    ObjectionFactory(plan=plan, reference=None, state=Objection.State.DRAFT, text="never sent")
    return plan


@pytest.fixture
def table(plan, client_of):
    def read(user, query=""):
        answer = client_of(user).get(f"/plans/{plan.pk}/objections/export.csv{query}")
        assert answer.status_code == 200
        assert answer.content.startswith("\ufeff".encode())
        return answer.content.decode("utf-8-sig"), list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))

    return read


def test_the_table_holds_what_was_submitted_and_no_person(plan, drafter, table):
    text, (head, first, second) = table(drafter)
    assert [first[0], second[0]] == ["26-AAA", "26-BBB"]
    assert NAME not in text
    assert PHONE not in text
    assert "never sent" not in text
    assert [float(degrees) for degrees in first[-2:]] == pytest.approx(HOMES, abs=1e-3)
    assert second[-2:] == ["", ""]
    assert "'=HYPERLINK" in text, "a spreadsheet would run it"
    assert len(head) == len(first)


def test_names_go_out_on_request_to_those_who_answer_and_the_journal_says_so(plan, drafter, table):
    text, _rows = table(drafter, "?people=1")
    assert NAME in text
    assert PHONE in text
    entry = Entry.objects.about(plan).filter(act="plans.export_objections").first()
    assert (entry.by, entry.data) == (drafter, {"objections": 2, "words": True, "people": True})
    assert NAME not in json.dumps(entry.data)


def test_those_who_only_approve_get_what_the_report_holds(plan, approver, table, client_of):
    text, rows = table(approver)
    assert len(rows) == 3
    for personal in (NAME, PHONE, "HYPERLINK"):
        assert personal not in text
    assert client_of(approver).get(f"/plans/{plan.pk}/objections/export.csv?people=1").status_code == 403


def test_the_map_shows_where(plan, drafter, client_of):
    answer = client_of(drafter).get(f"/plans/{plan.pk}/objections/export.geojson")
    first, second = answer.json()["features"]
    assert first["geometry"]["coordinates"] == pytest.approx(HOMES, abs=1e-3)
    assert second["geometry"] is None
    assert "name" not in first["properties"]
    assert client_of(drafter).get(f"/plans/{plan.pk}/objections/export.exe").status_code == 404


def test_the_geopackage_holds_the_same(plan, drafter, client_of, tmp_path):
    answer = client_of(drafter).get(f"/plans/{plan.pk}/objections/export.gpkg")
    file = tmp_path / "objections.gpkg"
    file.write_bytes(answer.content)
    rows = pyogrio.read_dataframe(file, layer="objections", fid_as_index=True)
    assert rows["reference"].tolist() == ["26-AAA", "26-BBB"]
    assert rows.geometry[1].coords[0] == pytest.approx(HOMES, abs=1e-3)
    assert rows.geometry[2] is None
    assert {"name", "phone"}.isdisjoint(rows.columns)


def test_others_get_nothing(plan, client_of, client):
    stranger = UserFactory(
        permissions=["plans.answer_objection", "plans.change_plan"], permissions__department=DepartmentFactory()
    )
    address = f"/plans/{plan.pk}/objections/export.csv"
    assert client_of(stranger).get(address).status_code == 403
    assert client_of(UserFactory()).get(address).status_code == 403
    assert client.get(address).status_code == 302
    assert not Entry.objects.filter(act="plans.export_objections").exists()


def test_the_table_asks_a_pinned_number_of_questions(plan, drafter, client_of, django_assert_max_num_queries):
    for n in range(20):
        ObjectionFactory(plan=plan, reference=f"26-C{n}")
    client = client_of(drafter)
    with django_assert_max_num_queries(10):
        client.get(f"/plans/{plan.pk}/objections/export.csv?people=1")
