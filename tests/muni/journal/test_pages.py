"""The journal as people with the right read it."""

from datetime import UTC, datetime

import pytest
from django.contrib.contenttypes.models import ContentType
from django_tasks_db.models import DBTaskResult

from muni.journal import acts
from muni.journal.models import Check, Entry
from muni.journal.services import record, verify
from muni.notices.models import Notice
from tests.factories import DepartmentFactory, PlaceFactory, UserFactory
from tests.muni.journal.test_journal import chain_now, without_triggers

pytestmark = pytest.mark.django_db


@pytest.fixture
def office():
    return DepartmentFactory()


@pytest.fixture
def chief():
    return UserFactory(is_superuser=True)


@pytest.fixture
def clerk(office):
    """Somebody who acts."""
    return UserFactory(
        username="clerk",
        first_name="أحمد",
        last_name="الكعبي",
        permissions=["gis_layers.change_layer"],
        permissions__department=office,
    )


@pytest.fixture
def acted(clerk, chief):
    """Three acts: two of the clerk, one of a citizen."""
    town, other = PlaceFactory(name_ar="مدرسة الأمل", name_en=""), PlaceFactory(name_ar="السوق")
    record(act="plans.publish", subject=town, by=clerk, note="كما طُلب")
    record(act="plans.return", subject=other, by=clerk)
    record(act="plans.object", subject=other, by=None)
    chain_now()


def read(client, **asked):
    page = client.get("/journal/", asked)
    assert page.status_code == 200
    return sorted(entry.act for entry in page.context["page"])


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, ["plans.object", "plans.publish", "plans.return"]),
        ({"act": "plans.publish"}, ["plans.publish"]),
        ({"person": "CLERK"}, ["plans.publish", "plans.return"]),
        ({"person": "احمد"}, ["plans.publish", "plans.return"]),
        ({"person": "nobody"}, []),
        ({"subject": "مدرسه الامل"}, ["plans.publish"]),
        ({"first": "2999-01-01"}, []),
        ({"last": "2000-01-01"}, []),
        ({"first": "2020-01-01", "last": "2998-01-01", "act": "plans.return"}, ["plans.return"]),
    ],
)
def test_the_address_says_what_is_listed(acted, chief, client_of, asked, expected):
    assert read(client_of(chief), **asked) == expected


def test_days_are_those_of_the_country(chief, client_of):
    at = datetime(2026, 3, 1, 22, 30, tzinfo=UTC)  # in Baghdad it is the second of March
    kind = ContentType.objects.get_for_model(chief)
    Entry.objects.create(act="x", subject_type=kind, subject_id=str(chief.pk), subject="x", at=at)
    client = client_of(chief)
    assert read(client, first="2026-03-02", last="2026-03-02") == ["x"]
    assert read(client, last="2026-03-01") == []


def test_a_day_that_is_none_is_said_and_lists_nothing(acted, chief, client_of):
    page = client_of(chief).get("/journal/", {"first": "soon"})
    assert "first" in page.context["search"].errors
    assert not page.context["page"].object_list


def test_readers_of_a_place_see_the_acts_of_its_people(acted, office, client_of):
    here = UserFactory(permissions=["journal.view_entry"], permissions__department=office)
    there = UserFactory(permissions=["journal.view_entry"], permissions__department=DepartmentFactory())
    assert read(client_of(here)) == ["plans.publish", "plans.return"]
    assert read(client_of(there)) == []


def test_without_the_right_there_is_no_journal(acted, clerk, client_of, client):
    assert client_of(clerk).get("/journal/").status_code == 403
    assert client_of(clerk).post("/journal/verify/").status_code == 403
    assert client.get("/journal/").status_code == 302


def test_a_whole_chain_is_said_with_its_digest(acted, chief, client_of):
    assert client_of(chief).get("/journal/?lang=en").context["check"] is None
    check = verify()
    assert (check.count, check.faults) == (3, [])
    assert check.digest == Entry.objects.get(number=3).digest
    page = client_of(chief).get("/journal/?lang=en").text
    assert check.digest in page
    assert "3 entries, all in order" in page
    assert not Notice.objects.exists()


def test_what_was_altered_is_said_and_superusers_are_told(acted, chief, client_of):
    without_triggers("UPDATE journal_entry SET act = 'plans.approve' WHERE number = 2")
    verify()
    page = client_of(chief).get("/journal/?lang=en").text
    assert "The journal is not whole." in page
    assert "Entry 2 is not what was written" in page
    assert Notice.objects.get(user=chief).url == "/journal/"


def test_a_superuser_has_it_verified_in_the_background(acted, chief, client_of):
    client_of(chief).post("/journal/verify/")
    assert DBTaskResult.objects.filter(task_path="muni.journal.tasks.verify_now").count() == 1
    assert not Check.objects.exists()


def test_acts_have_names_and_unknown_ones_their_code():
    assert acts.title_of("plans.publish") != "plans.publish"
    assert acts.title_of("council.vote") == "council.vote"


def test_the_page_asks_a_pinned_number_of_questions(acted, clerk, chief, client_of, django_assert_max_num_queries):
    for n in range(30):
        record(act="plans.answer", subject=clerk, by=clerk, n=n)
    client = client_of(chief)
    with django_assert_max_num_queries(8):
        client.get("/journal/")
