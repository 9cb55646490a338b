import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from gis_layers.plans import consultation, services
from gis_layers.plans.consultation import ConsultationClosed, TooManyObjections
from gis_layers.plans.models import Objection, Plan
from muni.core.errors import BadRequest, Forbidden
from muni.documents.models import Attachment
from muni.journal.models import Entry
from muni.notices.models import Message, Notice
from tests.gis_layers.plans.factories import HOMES, OUTSIDE, ObjectionFactory, PlanFactory

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7\n..."


@pytest.fixture
def plan(office, drafter):
    return PlanFactory(place=office.place, department=office, state="consultation", made_by=drafter)


def code_sent():
    return re.search(r"\d{6}", Message.objects.filter(is_secret=True).latest("pk").text)[0]


def step(client, plan, page, **data):
    answer = client.post(f"/plans/{plan.pk}/say/{page}", data)
    return answer.url if answer.status_code == 302 else answer


def proven(client, plan):
    assert step(client, plan, "", name="حسن كاظم", phone="٠٧٧٠ ١٢٣ ٤٥٦٧") == f"/plans/{plan.pk}/say/code/"
    assert step(client, plan, "code/", code=code_sent()) == f"/plans/{plan.pk}/say/place/"
    return Objection.objects.get()


def test_a_citizen_objects_step_by_step(client, plan, drafter):
    objection = proven(client, plan)
    at = f"/plans/{plan.pk}/say"
    assert step(client, plan, "place/", lon=HOMES[0], lat=HOMES[1]) == f"{at}/remark/"
    deed = SimpleUploadedFile("سند.pdf", PDF)
    assert step(client, plan, "remark/", stance="objects", text="يمر الشارع في بستاني", files=[deed]) == f"{at}/check/"
    page = client.get(f"{at}/check/").content.decode()
    for told in ("يمر الشارع في بستاني", "سند.pdf", "حسن كاظم", "+9647701234567"):
        assert told in page
    assert step(client, plan, "check/") == f"{at}/done/"
    objection.refresh_from_db()
    assert objection.reference in client.get(f"{at}/done/").content.decode()
    assert (objection.state, objection.stance, objection.phone) == ("submitted", "objects", "+9647701234567")
    assert consultation.lonlat(objection) == pytest.approx(HOMES, abs=1e-6)
    assert Attachment.objects.about(objection).get().name == "سند.pdf"
    assert Notice.objects.get(user=drafter).url == f"/plans/{plan.pk}/objections/{objection.pk}/"
    assert objection.reference in Message.objects.filter(way="sms").latest("pk").text
    entry = Entry.objects.about(plan)[0]
    assert entry.act == "plans.object"
    assert "770123" not in str(entry.data) + entry.subject


def test_submitting_twice_is_submitting_once(client, plan):
    objection = proven(client, plan)
    step(client, plan, "remark/", stance="supports", text="نعم")
    first = consultation.submit(objection)
    second = consultation.submit(objection)
    assert first.reference == second.reference
    assert Message.objects.filter(way="sms", is_secret=False).count() == 1
    assert step(client, plan, "check/") == f"/plans/{plan.pk}/say/done/"


def test_nobody_comes_past_the_code(client, plan):
    at = f"/plans/{plan.pk}/say"
    for page in ("code/", "place/", "remark/", "check/", "done/"):
        assert client.get(f"{at}/{page}").url == f"{at}/"
    step(client, plan, "", name="x", phone="07701234567")
    for page in ("place/", "remark/", "check/"):
        assert step(client, plan, page, stance="objects", text="x") == f"{at}/"
    wrong = f"{(int(code_sent()) + 1) % 10**6:06d}"
    assert step(client, plan, "code/", code=wrong).context["form"].errors["code"]
    assert not Objection.objects.exists()


def test_another_browser_does_not_meet_the_objection(client, plan, client_of, citizen):
    proven(client, plan)
    assert client_of(citizen).get(f"/plans/{plan.pk}/say/remark/").status_code == 302


@pytest.mark.parametrize(
    ("page", "data", "field"),
    [
        ("", {"name": "", "phone": "07701234567"}, "name"),
        ("", {"name": "x", "phone": "123"}, "phone"),
        ("place/", {}, "__all__"),
        ("place/", {"lon": "200", "lat": "1"}, "lon"),
        ("remark/", {"text": "x"}, "stance"),
        ("remark/", {"stance": "objects", "text": " "}, "text"),
        ("remark/", {"stance": "objects", "text": "x", "files": "page"}, "files"),
    ],
)
def test_what_is_missing_is_said_beside_its_field(client, plan, page, data, field):
    proven(client, plan)
    data = {**data, "files": SimpleUploadedFile("a.pdf", b"<html>")} if "files" in data else data
    form = step(client, plan, page, **data).context["form"]
    assert list(form.errors) == [field]


def test_the_whole_plan_needs_no_place(client, plan):
    objection = proven(client, plan)
    step(client, plan, "place/", whole_plan="on", lon=HOMES[0], lat=HOMES[1])
    objection.refresh_from_db()
    assert objection.point is None


def test_a_code_soon_after_another_is_refused_in_words(client, plan):
    step(client, plan, "", name="x", phone="07701234567")
    answer = step(client, plan, "", name="x", phone="07701234567")
    assert answer.context["form"].non_field_errors()


def test_one_telephone_does_not_flood_a_plan(plan):
    for _n in range(consultation.MAX_FROM_A_PHONE):
        consultation.begin(plan, name="x", phone="+9647701234567")
    with pytest.raises(TooManyObjections):
        consultation.begin(plan, name="x", phone="+9647701234567")
    consultation.begin(plan, name="x", phone="+9647701234568")


def test_at_most_five_files(plan):
    objection = consultation.begin(plan, name="x", phone="+9647701234567")
    three = [SimpleUploadedFile(f"{n}.pdf", PDF) for n in range(3)]
    consultation.write(objection, stance="objects", text="x", files=three)
    with pytest.raises(BadRequest):
        consultation.write(objection, stance="objects", text="x", files=three)
    assert Attachment.objects.about(objection).count() == 3


def test_drafts_of_earlier_days_go_with_their_files(plan, django_capture_on_commit_callbacks):
    old = consultation.begin(plan, name="x", phone="+9647701234567")
    consultation.write(old, stance="objects", text="x", files=[SimpleUploadedFile("a.pdf", PDF)])
    path = Path(Attachment.objects.get().file.path)
    assert path.exists()
    Objection.objects.update(made_at=timezone.now() - timedelta(days=2))
    with django_capture_on_commit_callbacks(execute=True):
        new = consultation.begin(plan, name="x", phone="+9647701234568")
    assert list(Objection.objects.all()) == [new]
    assert not path.exists()


@pytest.mark.parametrize("days", [(-9, -1), (1, 9)])
def test_only_on_the_days_of_the_consultation(client, plan, days):
    objection = consultation.begin(plan, name="x", phone="+9647701234567")
    consultation.write(objection, stance="objects", text="x")
    today = timezone.localdate()
    Plan.objects.filter(pk=plan.pk).update(
        consultation_from=today + timedelta(days[0]), consultation_to=today + timedelta(days[1])
    )
    assert client.get(f"/plans/{plan.pk}/say/").status_code == 409
    with pytest.raises(ConsultationClosed):
        consultation.submit(objection)


def test_what_was_submitted_is_not_changed(plan):
    with pytest.raises(ConsultationClosed):
        consultation.write(ObjectionFactory(plan=plan), stance="supports", text="x")


def answered(objection, by):
    return consultation.answer(objection, by=by, outcome="partly", summary="يعترض على مسار شارع", answer="عُدّل المسار")


def test_a_planner_answers_and_the_citizen_is_told(client_of, plan, drafter):
    objection = ObjectionFactory(plan=plan)
    address = f"/plans/{plan.pk}/objections/{objection.pk}/"
    data = {"outcome": "partly", "summary": "يعترض على مسار شارع", "answer": "عُدّل المسار"}
    assert client_of(drafter).post(address, data).url == f"/plans/{plan.pk}/objections/"
    objection.refresh_from_db()
    assert (objection.state, objection.outcome, objection.answered_by) == ("answered", "partly", drafter)
    message = Message.objects.get()
    assert (message.address, message.way) == (objection.phone, "sms")
    assert objection.reference in message.text


def test_an_answer_is_for_those_with_the_right_and_while_it_is_open(plan, drafter, approver):
    objection = ObjectionFactory(plan=plan)
    with pytest.raises(Forbidden):
        answered(objection, approver)
    Plan.objects.filter(pk=plan.pk).update(state="considered")
    with pytest.raises(Forbidden):
        answered(objection, drafter)


def test_the_list_has_the_unanswered_on_top(client_of, plan, drafter, django_assert_num_queries):
    done = answered(ObjectionFactory(plan=plan), drafter)
    waiting = [ObjectionFactory(plan=plan) for _n in range(3)]
    client = client_of(drafter)
    page = client.get(f"/plans/{plan.pk}/objections/")
    assert list(page.context["rows"]) == [*waiting, done]
    only = client.get(f"/plans/{plan.pk}/objections/", {"state": "answered"})
    assert list(only.context["rows"]) == [done]
    with django_assert_num_queries(13):
        client.get(f"/plans/{plan.pk}/objections/")


def test_the_report_holds_no_personal_data(client, plan, drafter):
    objection = answered(ObjectionFactory(plan=plan, name="حسن كاظم"), drafter)
    assert client.get(f"/plans/{plan.pk}/report/").status_code == 404
    Plan.objects.filter(pk=plan.pk).update(
        consultation_from=timezone.localdate() - timedelta(9), consultation_to=timezone.localdate() - timedelta(1)
    )
    services.close_consultation(Plan.objects.get(pk=plan.pk), by=drafter)
    page = client.get(f"/plans/{plan.pk}/report/").content.decode()
    for told in (objection.reference, "يعترض على مسار شارع", "عُدّل المسار", "سكني"):
        assert told in page
    for secret in ("حسن", "كاظم", "7701234567", objection.text, drafter.username, "47.1", str(objection.pk)):
        assert secret not in page, secret


def test_the_report_stays_at_its_address_while_the_plan_is_drafted_anew(client, plan, drafter):
    said = answered(ObjectionFactory(plan=plan), drafter)
    Plan.objects.filter(pk=plan.pk).update(
        consultation_from=timezone.localdate() - timedelta(9), consultation_to=timezone.localdate() - timedelta(1)
    )
    services.close_consultation(Plan.objects.get(pk=plan.pk), by=drafter)
    services.revise(Plan.objects.get(pk=plan.pk), by=drafter, note="قُبل اعتراض")
    assert client.get(f"/plans/{plan.pk}/").status_code == 404
    page = client.get(f"/plans/{plan.pk}/report/")
    assert said.reference in page.text
    assert f'href="/plans/{plan.pk}/"' not in page.text
    assert "التصميم كله" not in page.text, "it was about a place, whose zone is gone"
    Plan.objects.filter(pk=plan.pk).update(state="consultation")
    later = answered(ObjectionFactory(plan=plan), drafter)
    assert later.reference not in client.get(f"/plans/{plan.pk}/report/").text, "until all are considered"


def test_whoever_approves_reads_what_was_said_but_not_who_said_it(client_of, plan, approver):
    objection = ObjectionFactory(plan=plan, name="حسن كاظم")
    client = client_of(approver)
    assert objection.text in client.get(f"/plans/{plan.pk}/objections/").text
    page = client.get(f"/plans/{plan.pk}/objections/{objection.pk}/")
    assert objection.text in page.text
    for secret in ("حسن كاظم", "7701234567", "people=1", "حفظ الرد"):
        assert secret not in page.text
    sent = {"outcome": "noted", "summary": "x", "answer": "x"}
    refused = client.post(f"/plans/{plan.pk}/objections/{objection.pk}/", sent)
    assert refused.context["form"].errors
    objection.refresh_from_db()
    assert objection.state == "submitted"


@pytest.mark.parametrize(
    "words",
    [
        "يقول السيد حسن كاظم إن الشارع يمر",
        "رقمه ٠٧٧٠ ١٢٣ ٤٥٦٧ للاتصال",
        "call +964-770-123-4567.",
        "عام 2026 07701234567 1",
    ],
)
@pytest.mark.parametrize("field", ["summary", "answer"])
def test_what_becomes_public_takes_no_personal_data(plan, drafter, field, words):
    objection = ObjectionFactory(plan=plan, name="حسن كاظم")
    texts = {"summary": "يعترض على مسار شارع عرضه 30 م", "answer": "عُدّل المسار في 2026"}
    with pytest.raises(BadRequest) as refusal:
        consultation.answer(objection, by=drafter, outcome="noted", **texts | {field: words})
    assert set(refusal.value.fields) == {field}
    consultation.answer(objection, by=drafter, outcome="noted", **texts)


def test_an_answer_has_its_length(client_of, plan, drafter):
    address = f"/plans/{plan.pk}/objections/{ObjectionFactory(plan=plan).pk}/"
    sent = {"outcome": "noted", "summary": "x" * 5001, "answer": "x"}
    assert set(client_of(drafter).post(address, sent).context["form"].errors) == {"summary"}


def test_a_place_far_from_the_plan_is_refused(client, plan):
    objection = proven(client, plan)
    consultation.point_at(objection, lon=OUTSIDE[0], lat=OUTSIDE[1])
    answer = step(client, plan, "place/", lon=HOMES[0] + 1, lat=HOMES[1])
    assert answer.context["form"].errors
    objection.refresh_from_db()
    assert consultation.lonlat(objection) == pytest.approx(OUTSIDE, abs=1e-6)


def test_only_a_file_of_ones_own_is_removed(client, plan):
    proven(client, plan)
    assert step(client, plan, "remark/", remove="no id").status_code == 404
