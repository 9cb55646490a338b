"""Working days of the offices of Iraq: Friday and Saturday are the weekend, holidays are rows (models.Holiday).

A clock begins on the day after the event, so `add(day, 1)` is the next working day; all functions take and give dates.
"""

from datetime import date, timedelta
from functools import cache

from muni.core.models import Holiday

WEEKEND = frozenset({4, 5})
"""Friday and Saturday, as date.weekday() counts."""

_DAY = timedelta(days=1)


class WorkingDays:
    """A calendar. holidays: [Holiday], which need not be saved; `current()` reads them once."""

    def __init__(self, holidays=()):
        self._once = {
            holiday.first_day + n * _DAY
            for holiday in holidays
            if not holiday.is_yearly
            for n in range((holiday.last_day - holiday.first_day).days + 1)
        }
        self._yearly = [holiday for holiday in holidays if holiday.is_yearly]
        self.is_working = cache(self._is_working)

    @classmethod
    def current(cls):
        return cls(Holiday.objects.all())

    def _is_working(self, day):
        return not (
            day.weekday() in WEEKEND or day in self._once or any(holiday.recurs_on(day) for holiday in self._yearly)
        )

    def add(self, day: date, number: int):
        """The working day that is `number` (at least 0) working days after the day; with 0, the day itself."""
        while number > 0:
            day += _DAY
            number -= self.is_working(day)
        return day

    def between(self, first: date, last: date):
        """Working days after `first` up to and with `last`; negative where `last` comes first."""
        if last < first:
            return -self.between(last, first)
        return sum(self.is_working(first + n * _DAY) for n in range(1, (last - first).days + 1))
