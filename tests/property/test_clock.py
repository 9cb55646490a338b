"""The working-day clock of cases: due by its kind, standing still while somebody else's turn it is, escalating."""

from datetime import date, timedelta
from fractions import Fraction

import pytest
from django.urls import reverse

from muni.core.models import Holiday
from muni.core.workdays import WorkingDays
from muni.journal.models import Entry
from muni.notices.models import Notice
from property.clock import Clock, clock_of
from property.models import Case
from property.services import cases, encumbrances, transfer
from property.services.escalation import escalate, escalate_overdue
from tests.property.factories import Office, title_of
from tests.property.test_holders import joined, mine, text

pytestmark = pytest.mark.django_db
SUNDAY = date(2026, 11, 22)


@pytest.fixture
def office(db):
    return Office()


@pytest.fixture
def on(monkeypatch):
    """on(day): today is that day, for what counts working days."""

    def set_day(day):
        for module in ("property.clock", "property.services.holding", "property.services.escalation"):
            monkeypatch.setattr(f"{module}.timezone.localdate", lambda *_given: day)

    return set_day


@pytest.fixture
def case(office, on):
    """A mortgage opened on a Sunday: five working days, so due on the Sunday after."""
    on(SUNDAY)
    return encumbrances.open_mortgage(office.unit(), creditor=office.party(), amount=5, by=office.registrar)


def test_a_case_is_due_by_its_kind_and_the_holidays(case, office, settings):
    assert case.due_on == date(2026, 11, 29)
    Holiday.objects.create(name_ar="عطلة", first_day="2026-11-23", last_day="2026-11-24")
    seizure = encumbrances.open_seizure(office.unit(), authority=office.party(), reference="7", by=office.registrar)
    assert seizure.due_on == date(2026, 11, 25)
    assert set(settings.PROPERTY_WORKING_DAYS) == set(Case.Kind.values)


@pytest.mark.parametrize(
    ("left", "is_paused", "look", "said"),
    [
        (3, False, "info", "3 working days left"),
        (1, False, "warning", "1 working day left"),
        (0, False, "warning", "due today"),
        (-1, False, "danger", "1 working day overdue"),
        (-4, True, "neutral", "the clock stands still"),
    ],
)
def test_what_the_clock_says_and_how_it_looks(left, is_paused, look, said):
    shown = Clock(SUNDAY, left, is_paused)
    assert (shown.look, shown.text) == (look, said)


def test_it_stands_still_while_it_is_returned(case, office, on):
    on(SUNDAY + timedelta(days=1))
    case = cases.submit(case, by=office.registrar)
    assert clock_of(case).left == 4
    case = cases.give_back(case, by=office.approver, note="ناقص")
    on(SUNDAY + timedelta(days=15))
    assert (clock_of(case).left, clock_of(case).is_paused) == (4, True)
    case = cases.submit(case, by=office.registrar)
    assert (clock_of(case).left, clock_of(case).is_paused) == (4, False)
    assert case.due_on == WorkingDays().add(SUNDAY + timedelta(days=15), 4)


def test_it_stands_still_while_the_citizen_is_asked_who_reads_the_question(client_of, case, office, on):
    unit = case.holds.get().unit
    owner = joined(office, title_of(unit).shares.get().party)
    client = client_of(office.registrar)
    client.post(reverse("property:move", args=[case.pk, "ask"]), {"note": ""})
    case.refresh_from_db()
    assert case.state == "draft"
    client.post(reverse("property:move", args=[case.pk, "ask"]), {"note": "أحضر سند الملكية الأصلي"})
    on(SUNDAY + timedelta(days=8))
    case.refresh_from_db()
    assert (case.state, clock_of(case).left, clock_of(case).is_paused) == ("asked", 5, True)
    assert "أحضر سند الملكية الأصلي" in text(client_of(owner).get(mine("my_case", case.pk)))
    client.post(reverse("property:move", args=[case.pk, "resume"]))
    case.refresh_from_db()
    assert (case.state, clock_of(case).left) == ("draft", 5)
    assert "أحضر سند الملكية الأصلي" not in text(client_of(owner).get(mine("my_case", case.pk)))


def test_notes_of_other_moves_are_not_for_the_holder(client_of, case, office):
    owner = joined(office, title_of(case.holds.get().unit).shares.get().party)
    case = cases.submit(case, by=office.registrar, note="كلام داخلي")
    cases.give_back(case, by=office.approver, note="كلام داخلي آخر")
    assert "كلام داخلي" not in text(client_of(owner).get(mine("my_case", case.pk)))


def test_what_is_overdue_is_told_once_to_those_who_sign(case, office, on):
    on(case.due_on)
    escalate_overdue()
    assert not Entry.objects.filter(act="property.escalate").exists()
    on(case.due_on + timedelta(days=1))
    for _night in range(2):
        escalate_overdue()
        escalate(case.pk)
    told = Notice.objects.filter(words__en__title__icontains="overdue")
    assert {notice.user for notice in told} == {office.approver, office.registrar}
    assert told.count() == 2
    assert Entry.objects.get(act="property.escalate").by is None


def test_nobody_is_told_while_it_stands_still_or_after_its_end(case, office, on):
    cases.ask(case, by=office.registrar, note="x")
    other = encumbrances.open_mortgage(office.unit(), creditor=office.party(), amount=5, by=office.registrar)
    cases.withdraw(other, by=office.registrar)
    on(case.due_on + timedelta(days=30))
    escalate_overdue()
    assert not Entry.objects.filter(act="property.escalate").exists()


def test_what_goes_on_after_an_overdue_night_can_be_overdue_again(case, office, on):
    on(case.due_on + timedelta(days=1))
    escalate_overdue()
    case.refresh_from_db()
    case = cases.ask(case, by=office.registrar, note="x")
    on(case.due_on + timedelta(days=10))
    case = cases.resume(case, by=office.registrar)
    assert clock_of(case).left < 0
    assert case.escalated_at is not None


def test_desk_and_case_say_how_many_days_are_left(client_of, case, office):
    client = client_of(office.registrar)
    for address in (reverse("property:desk"), reverse("property:case", args=[case.pk])):
        assert "5 working days left" in text(client.get(address + "?lang=en")), address


def test_what_waits_longest_comes_first_for_whoever_signs(client_of, office, on):
    on(SUNDAY)
    late = transfer.open_transfer(
        title_of(unit := office.unit()),
        [(title_of(unit).shares.get().party, office.party(), Fraction(1))],
        by=office.registrar,
    )
    soon = encumbrances.open_seizure(office.unit(), authority=office.party(), reference="7", by=office.registrar)
    for case in (late, soon):
        cases.submit(case, by=office.registrar)
    waiting = client_of(office.approver).get(reverse("property:desk")).context["waiting"]
    assert waiting == [soon, late]


def test_the_night_brings_it():
    from muni.core import daily

    assert "property.tasks.escalate_overdue" in {task.module_path for task in daily._nightly}
