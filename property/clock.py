"""The working-day clock of cases: when each is due, and how many working days are left."""

from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from muni.core.workdays import WorkingDays

SOON = 2
"""Working days from which a case is shown as nearly due."""


@dataclass(frozen=True)
class Clock:
    """left: working days until it is due, negative when it is overdue. is_paused: it stands still."""

    due_on: date
    left: int
    is_paused: bool

    @property
    def is_overdue(self):
        return self.left < 0 and not self.is_paused

    @property
    def look(self):
        """Of the status: it differs in shape as well as in colour."""
        if self.is_paused:
            return "neutral"
        if self.is_overdue:
            return "danger"
        return "warning" if self.left <= SOON else "info"

    @property
    def text(self):
        if self.is_paused:
            return _("the clock stands still")
        if self.is_overdue:
            days = -self.left
            return ngettext("%(days)d working day overdue", "%(days)d working days overdue", days) % {"days": days}
        if self.left == 0:
            return _("due today")
        return ngettext("%(days)d working day left", "%(days)d working days left", self.left) % {"days": self.left}


def due_on(kind, opened, calendar=None):
    """The last day of an act's term, for a case opened on that day."""
    return (calendar or WorkingDays.current()).add(opened, settings.PROPERTY_WORKING_DAYS[kind])


def clock_of(case, calendar=None):
    """The Clock of a case under way, or None."""
    if case.has_ended or case.due_on is None:
        return None
    calendar = calendar or WorkingDays.current()
    today = case.paused_on or timezone.localdate()
    return Clock(case.due_on, calendar.between(today, case.due_on), case.paused_on is not None)


def with_clocks(*lists):
    """The lists of cases, each case with its `clock`; the holidays are read once."""
    calendar = WorkingDays.current()
    lists = [list(cases) for cases in lists]
    for cases in lists:
        for case in cases:
            case.clock = clock_of(case, calendar)
    return lists


def turn(case, *, stands_still):
    """Stops the clock, or sets it going: it is then due as many working days later as it stood still. Does not save."""
    today = timezone.localdate()
    if case.due_on is None:
        return
    if stands_still and case.paused_on is None:
        case.paused_on = today
    elif not stands_still and case.paused_on is not None:
        calendar = WorkingDays.current()
        case.due_on = calendar.add(case.due_on, calendar.between(case.paused_on, today))
        case.paused_on = None
        if case.due_on >= today:
            case.escalated_at = None
