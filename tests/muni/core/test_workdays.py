"""The calendar of working days: properties for any holidays, and the reference days."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from muni.core.holidays import load_holidays
from muni.core.models import Holiday
from muni.core.workdays import WorkingDays

DAYS = st.dates(date(2020, 1, 1), date(2030, 12, 31))
SOON = st.integers(0, 60)


@st.composite
def holidays(draw):
    first = draw(DAYS)
    last = first + timedelta(days=draw(st.integers(0, 9)))
    is_yearly = draw(st.booleans()) and first.year == last.year
    last_year = draw(st.none() | st.integers(first.year, 2031)) if is_yearly else None
    return Holiday(first_day=first, last_day=last, is_yearly=is_yearly, last_year=last_year)


CALENDARS = st.lists(holidays(), max_size=6).map(WorkingDays)


@given(CALENDARS, DAYS, st.integers(1, 60))
def test_what_is_added_is_counted(calendar, day, number):
    due = calendar.add(day, number)
    assert due > day
    assert calendar.is_working(due)
    assert calendar.between(day, due) == number


@given(CALENDARS, DAYS, SOON, SOON)
def test_adding_twice_is_adding_the_sum(calendar, day, first, second):
    assert calendar.add(calendar.add(day, first), second) == calendar.add(day, first + second)


@given(CALENDARS, DAYS, SOON, SOON)
def test_counting_is_additive_and_turns_its_sign(calendar, day, first, second):
    middle = day + timedelta(days=first)
    last = middle + timedelta(days=second)
    assert calendar.between(day, last) == calendar.between(day, middle) + calendar.between(middle, last)
    assert calendar.between(last, day) == -calendar.between(day, last)
    assert 0 <= calendar.between(day, last) <= (last - day).days


@given(CALENDARS, DAYS, st.integers(1, 40), SOON)
def test_a_pause_leaves_as_many_days_as_there_were(calendar, opened, term, paused_for):
    """However long it lasted, and whatever holidays lay in it: the clock of a case is moved so."""
    due, paused = calendar.add(opened, term), opened + timedelta(days=term)
    resumed = paused + timedelta(days=paused_for)
    later = calendar.add(due, calendar.between(paused, resumed))
    assert calendar.between(resumed, later) == calendar.between(paused, due)


@given(st.lists(holidays(), max_size=4), holidays(), DAYS, st.integers(1, 40))
def test_another_holiday_never_shortens_a_term(known, more, day, number):
    assert WorkingDays([*known, more]).add(day, number) >= WorkingDays(known).add(day, number)


@pytest.mark.parametrize(
    ("day", "number", "due"),
    [
        ("2026-11-19", 1, "2026-11-22"),  # Thursday; Friday and Saturday are the weekend
        ("2026-11-20", 1, "2026-11-22"),
        ("2026-11-22", 5, "2026-11-29"),
        ("2026-12-08", 2, "2026-12-13"),  # over Victory Day and the weekend
        ("2025-12-31", 1, "2026-01-04"),  # over New Year's Day, a Thursday
        ("2026-03-17", 3, "2026-03-29"),  # over an Eid of 19 to 25 March, in which Nowruz lies
    ],
)
@pytest.mark.django_db
def test_days_of_the_reference_and_an_eid(day, number, due):
    assert load_holidays() == Holiday.objects.count() == 9
    Holiday.objects.create(name_ar="عيد الفطر", first_day="2026-03-19", last_day="2026-03-25")
    assert WorkingDays.current().add(date.fromisoformat(day), number).isoformat() == due


@pytest.mark.django_db
def test_what_the_office_changed_stays_when_the_reference_is_loaded_again():
    load_holidays()
    Holiday.objects.filter(first_day="2025-07-14").update(last_year=2025)
    load_holidays()
    assert Holiday.objects.get(first_day="2025-07-14").last_year == 2025
    assert not WorkingDays.current().is_working(date(2025, 7, 14))
    assert WorkingDays.current().is_working(date(2026, 7, 14))


@pytest.mark.parametrize(
    "facts",
    [
        {"first_day": "2026-01-02", "last_day": "2026-01-01"},
        {"first_day": "2026-12-31", "last_day": "2027-01-01", "is_yearly": True},
        {"first_day": "2026-01-01", "last_day": "2026-01-01", "last_year": 2027},
    ],
)
@pytest.mark.django_db
def test_rows_that_make_no_sense_are_refused(facts):
    with pytest.raises(IntegrityError), transaction.atomic():
        Holiday.objects.create(name_ar="x", **facts)
