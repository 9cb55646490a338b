from django.db import models
from django.db.models import F, Q
from django.db.models.functions import ExtractYear
from django.utils.translation import gettext_lazy as _
from django_tasks_db.models import DBTaskResult

from muni.core.names import Named


class Holiday(Named):
    """Days on which the offices are closed: fixed ones come back every year, moving ones are entered as they are
    announced."""

    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"))
    is_yearly = models.BooleanField(
        _("every year"), default=False, help_text=_("Comes back on the same days, from the year of the first day on.")
    )
    last_year = models.PositiveSmallIntegerField(
        _("last year"), null=True, blank=True, help_text=_("In which it was still kept; empty while it is.")
    )

    class Meta:
        verbose_name = _("public holiday")
        verbose_name_plural = _("public holidays")
        ordering = ["first_day", "pk"]
        constraints = [
            models.CheckConstraint(
                name="holiday_ends_not_before_it_begins",
                condition=Q(last_day__gte=F("first_day")),
                violation_error_message=_("The last day is before the first."),
            ),
            models.CheckConstraint(
                name="yearly_holiday_lies_within_one_year",
                condition=Q(is_yearly=False) | Q(last_day__year=ExtractYear("first_day")),
                violation_error_message=_("A holiday of every year begins and ends in one year."),
            ),
            models.CheckConstraint(
                name="only_yearly_holidays_have_a_last_year",
                condition=Q(last_year=None) | Q(is_yearly=True),
                violation_error_message=_("Only a holiday of every year has a last year."),
            ),
        ]

    def recurs_on(self, day):
        """Whether a holiday of every year falls on the day."""
        begins, ends = ((each.month, each.day) for each in (self.first_day, self.last_day))
        is_kept = self.first_day.year <= day.year <= (self.last_year or day.year)
        return is_kept and begins <= (day.month, day.day) <= ends


class Job(DBTaskResult):
    """A background job as administrators see it: the library's own captions are English."""

    class Meta:
        proxy = True
        verbose_name = _("background job")
        verbose_name_plural = _("background jobs")
        default_permissions = ("view",)
