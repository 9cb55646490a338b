import hashlib
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import date
from decimal import Decimal
from io import StringIO
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, InternalError, connection, connections, transaction

from muni.journal.models import Entry
from muni.journal.services import faults, head, record
from muni.places.models import Place
from tests.factories import PlaceFactory, UserFactory


def chain_now():
    """What the end of the transaction does."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")


def without_triggers(sql):
    """As somebody with the keys of the database would do it."""
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE journal_entry DISABLE TRIGGER USER; {sql}; SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE journal_entry ENABLE TRIGGER USER; SET CONSTRAINTS ALL DEFERRED")


@pytest.fixture
def four(db):
    place, user = PlaceFactory(name_ar="العمارة"), UserFactory()
    for n in range(4):
        record(act="places.rename", subject=place, by=user, n=n, on=date(2026, 1, 2), fee=Decimal("1.50"))
    chain_now()
    return list(Entry.objects.order_by("number"))


def test_an_entry_says_who_did_what_to_which(four):
    assert [entry.number for entry in four] == [1, 2, 3, 4]
    assert (four[0].act, four[0].data, str(four[0].subject)) == (
        "places.rename",
        {"n": 0, "on": "2026-01-02", "fee": "1.50"},
        "العمارة",
    )
    assert four[1].previous == four[0].digest
    assert head() == (4, four[3].digest)
    assert faults() == []


def test_about_finds_the_acts_on_one_row_the_latest_first(four):
    other = PlaceFactory()
    record(act="places.rename", subject=other, by=None)
    first = Place.objects.get(pk=four[0].subject_id)
    assert [entry.data["n"] for entry in Entry.objects.about(first)] == [3, 2, 1, 0]
    assert Entry.objects.about(other).count() == 1
    assert Entry.objects.about(four[0].by).count() == 0


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE journal_entry SET act = 'x' WHERE number = 2",
        "UPDATE journal_entry SET digest = 'x' WHERE number = 2",
        "DELETE FROM journal_entry WHERE number = 2",
    ],
)
def test_the_database_refuses_to_change_an_entry(four, sql):
    with pytest.raises(InternalError, match="never changed"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


def test_the_database_refuses_to_empty_the_journal(four):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE journal_entry ENABLE TRIGGER journal_refuse_truncate")
    with pytest.raises(InternalError, match="never changed"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("TRUNCATE journal_entry")


def test_an_entry_cannot_bring_its_own_place_in_the_chain(four):
    entry = four[3]
    entry.pk, entry._state.adding = None, True
    entry.number = 4
    entry.save()
    chain_now()
    assert Entry.objects.get(pk=entry.pk).number == 5
    assert faults() == []


def rehashed(number):
    """Altered by somebody who knows how digests are made."""
    return (
        f"UPDATE journal_entry e SET digest = encode(sha256(convert_to(previous || journal_body(e), 'UTF8')), 'hex')"
        f" WHERE number = {number}"
    )


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("UPDATE journal_entry SET data = '{\"n\": 9}' WHERE number = 2", [("altered", 2)]),
        ("UPDATE journal_entry SET at = at - interval '1 day' WHERE number = 1", [("altered", 1)]),
        ("UPDATE journal_entry SET by_id = NULL WHERE number = 3", [("altered", 3)]),
        ("UPDATE journal_entry SET act = 'x' WHERE number = 2; " + rehashed(2), [("altered", 3)]),
        ("DELETE FROM journal_entry WHERE number = 2", [("missing", 2), ("altered", 3)]),
        ("DELETE FROM journal_entry WHERE number = 4", [("tail", 4)]),
        (
            "UPDATE journal_entry SET number = 9 WHERE number = 2;"
            "UPDATE journal_entry SET number = 2 WHERE number = 3;"
            "UPDATE journal_entry SET number = 3 WHERE number = 9",
            [("altered", 2), ("altered", 3), ("altered", 4)],
        ),
        (
            "INSERT INTO journal_entry (act, subject_type_id, subject_id, subject, at, data, previous, digest)"
            " SELECT act, subject_type_id, subject_id, subject, at, data, '', '' FROM journal_entry WHERE number = 1",
            [("unchained", None)],
        ),
    ],
)
def test_what_was_done_past_the_triggers_is_found(four, sql, found):
    without_triggers(sql)
    assert [(fault.kind, fault.number) for fault in faults()] == found
    with pytest.raises(CommandError, match="not whole"):
        call_command("verify_journal", stderr=StringIO())


def test_the_command_tells_the_last_digest(four):
    out = StringIO()
    call_command("verify_journal", stdout=out)
    assert "4 entries" in out.getvalue()
    assert four[3].digest in out.getvalue()


@pytest.mark.django_db(transaction=True)
def test_concurrent_acts_make_one_chain():
    """Each thread has a connection of its own and records two acts in a transaction."""
    place = PlaceFactory()
    gate = threading.Barrier(4)

    def act():
        try:
            with transaction.atomic():
                record(act="places.rename", subject=place, by=None)
                gate.wait(60)
                record(act="places.move", subject=place, by=None)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=act) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert sorted(Entry.objects.values_list("number", flat=True)) == list(range(1, 9))
    assert faults() == []


@pytest.mark.django_db(transaction=True)
def test_an_act_that_fails_leaves_no_entry_and_no_gap():
    place = PlaceFactory()
    record(act="places.rename", subject=place, by=None)
    with suppress(IntegrityError), transaction.atomic():
        record(act="places.rename", subject=place, by=None)
        PlaceFactory(code=place.code)
    record(act="places.rename", subject=place, by=None)
    assert sorted(Entry.objects.values_list("number", flat=True)) == [1, 2]
    assert faults() == []


@pytest.mark.django_db(transaction=True)
def test_acts_go_on_while_the_journal_is_verified(monkeypatch):
    author = UserFactory()
    record(act="test.first", subject=author, by=author)

    def record_another(text):
        with ThreadPoolExecutor(1) as elsewhere:
            elsewhere.submit(_act_elsewhere, author).result(timeout=60)
        return hashlib.sha256(text)

    monkeypatch.setattr("muni.journal.services.hashlib", SimpleNamespace(sha256=record_another))
    assert faults() == []
    monkeypatch.undo()
    assert head()[0] == 2
    assert faults() == []


def _act_elsewhere(author):
    try:
        with transaction.atomic():
            record(act="test.second", subject=author, by=author)
    finally:
        connection.close()
