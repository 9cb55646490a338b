"""The pages and the command of the bulk registration."""

import csv
import json

import pytest
from django.contrib.gis.geos import MultiPolygon
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse

from muni.core.srids import MUNI_SRID
from property.models import Case, Parcel, Survey
from property.services import surveys
from property.services.holding import to_geos
from property.tasks import check_survey, give_up
from tests.factories import BoundaryFactory, UserFactory
from tests.property.factories import Office, box

pytestmark = pytest.mark.django_db
LINES = """رقم القطعة,المقاطعة,جنس الارض,المساحة,wkt
1,12,اميرية,400,"{}"
,12,اميرية,400,"{}"
=cmd,12,اميرية,500,"{}"
"""


@pytest.fixture
def office(db):
    office = Office()
    ground = MultiPolygon(to_geos(box(-1000, -1000, 2000, 2000)), srid=MUNI_SRID)
    BoundaryFactory(place=office.place, geom=ground)
    return office


@pytest.fixture
def content():
    return LINES.format(*(to_geos(box(x, 0, 20, 20)).wkt for x in (0, 40, 80)))


@pytest.fixture
def brought(office, tmp_path, content):
    """A survey that waits for what its columns mean."""
    path = tmp_path / "s.csv"
    path.write_text(content)
    return surveys.receive_file(path, place=office.place, by=office.registrar)


def checked(survey):
    check_survey.func(str(survey.pk))
    survey.refresh_from_db()
    return survey


def meaning(**typed):
    return {
        "act": "check",
        "encoding": "utf-8",
        "crs": f"EPSG:{MUNI_SRID}",
        "column_parcel_no": "رقم القطعة",
        "column_block_no": "المقاطعة",
        "column_land_kind": "جنس الارض",
        "column_area_m2": "المساحة",
        "survey_source": "field",
        "tolerance": "٥",
        **typed,
    }


def text(answer):
    return b"".join(answer.streaming_content).decode() if answer.streaming else answer.content.decode()


def test_from_the_upload_to_parcels_in_force(speaking_english, office, content):
    registrar, approver = speaking_english(office.registrar), speaking_english(office.approver)
    file = SimpleUploadedFile("مسح.csv", content.encode())
    answer = registrar.post(reverse("property:surveys"), {"place": office.place.pk, "file": file})
    survey = Survey.objects.get()
    page = reverse("property:survey", args=[survey.pk])
    assert answer.url == page
    assert survey.state == "queued"
    assert registrar.get(page).status_code == 200
    assert checked(survey).state == "waiting"
    form = registrar.get(page).context["form"]
    assert form["column_parcel_no"].value() == "رقم القطعة"
    assert form["column_land_kind"].value() == "جنس الارض"
    answer = registrar.post(page, meaning())
    assert answer.status_code == 302, answer.context["form"].errors
    assert checked(survey).state == "done"
    report = text(registrar.get(page))
    assert "has no parcel number" in report
    assert "registered 500.00 m²" in report
    registrar.post(reverse("property:survey_act", args=[survey.pk, "open"]), {"note": "مسح 2026"})
    case = Case.objects.get()
    assert case.note == "مسح 2026"
    assert "Cleaning report" in text(approver.get(reverse("property:case", args=[case.pk])))
    office.signed(case)
    assert set(Parcel.objects.current().values_list("parcel_no", flat=True)) == {"1", "=cmd"}
    assert "=cmd" in text(approver.get(reverse("property:case", args=[case.pk])))
    assert not list(Survey.objects.at_hand())


def test_the_downloads_hold_every_row_and_are_harmless(speaking_english, office, brought):
    client = speaking_english(office.registrar)
    client.post(reverse("property:survey", args=[brought.pk]), meaning())
    checked(brought)
    lines = list(
        csv.DictReader(text(client.get(reverse("property:survey_report", args=[brought.pk])))[1:].splitlines())
    )
    assert [(line["row"], line["outcome"]) for line in lines] == [
        ("1", "accepted"),
        ("2", "rejected"),
        ("3", "accepted"),
    ]
    assert lines[2]["رقم القطعة"] == "'=cmd"
    assert lines[1]["wkt"].startswith("POLYGON")
    rejected = json.loads(text(client.get(reverse("property:survey_rejected", args=[brought.pk]))))
    (feature,) = rejected["features"]
    assert feature["properties"]["codes"] == ["no_number"]
    assert feature["geometry"]["type"] == "Polygon"
    assert 47 < feature["geometry"]["coordinates"][0][0][0] < 48


def test_what_is_wrong_with_the_choices_is_told_beside_them(client_of, office, brought):
    client, page = client_of(office.registrar), reverse("property:survey", args=[brought.pk])
    for typed, field in (
        ({"column_parcel_no": ""}, "column_parcel_no"),
        ({"column_block_no": ""}, "column_block_no"),
        ({"column_land_kind": ""}, "column_land_kind"),
        ({"crs": "EPSG:1"}, "crs"),
        ({"crs": ""}, "crs"),
        ({"tolerance": "x"}, "tolerance"),
    ):
        answer = client.post(page, meaning(**typed))
        assert answer.status_code == 400
        assert field in answer.context["form"].errors, typed
    answer = client.post(page, meaning(act="look", crs="EPSG:4326"))
    assert answer.status_code == 200
    assert answer.context["form"]["crs"].value() == "EPSG:4326"


def test_a_survey_is_nobody_elses_business(client_of, office, brought):
    page = reverse("property:survey", args=[brought.pk])
    other = Office()
    for person in (other.registrar, other.approver, UserFactory()):
        client = client_of(person)
        assert client.get(page).status_code == 404
        for act in ("open", "again", "drop"):
            assert client.post(reverse("property:survey_act", args=[brought.pk, act])).status_code == 404
    approver = client_of(office.approver)
    assert approver.get(page).status_code == 403
    approver.post(reverse("property:survey_act", args=[brought.pk, "drop"]))
    brought.refresh_from_db()
    assert brought.state == "waiting"
    assert approver.get(reverse("property:surveys")).status_code == 403


def test_a_file_that_cannot_be_read_says_so_and_can_be_dropped(client_of, office, django_capture_on_commit_callbacks):
    client = client_of(office.registrar)
    file = SimpleUploadedFile("x.gpkg", b"nothing of the kind")
    client.post(reverse("property:surveys"), {"place": office.place.pk, "file": file})
    survey = checked(Survey.objects.get())
    assert survey.state == "failed"
    assert survey.error in text(client.get(reverse("property:survey", args=[survey.pk])))
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("property:survey_act", args=[survey.pk, "drop"]))
    assert not survey.folder.exists()


def test_three_dead_workers_end_the_check(brought):
    Survey.objects.filter(pk=brought.pk).update(state="running")
    give_up(str(brought.pk))
    brought.refresh_from_db()
    assert brought.state == "failed"
    assert brought.error


def test_the_command_reports_and_opens_the_case(office, tmp_path, content, capsys):
    path = tmp_path / "s.csv"
    path.write_text(content)
    told = {"place": office.place.code, "by": office.registrar.username, "crs": f"EPSG:{MUNI_SRID}"}
    with pytest.raises(CommandError, match="no column"):
        call_command("register_parcels", path, column=["parcel_no=x"], **told)
    with pytest.raises(CommandError, match="none of"):
        call_command("register_parcels", path, default=["owner=x"], **told)
    call_command("register_parcels", path, open=True, **told)
    said = capsys.readouterr().out
    assert "read 3, accepted 2, rejected 1" in said
    office.signed(Case.objects.get())
    assert Parcel.objects.current().count() == 2
