"""Dated facts hold for [valid_from, valid_to): the last day is not part of the period."""

from django.contrib.postgres.fields import DateRangeField, RangeBoundary
from django.db import models
from django.db.models import Func, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class DateRange(Func):
    """daterange(valid_from, valid_to, '[)') for exclusion constraints."""

    function = "DATERANGE"
    output_field = DateRangeField()

    @classmethod
    def of_period(cls):
        return cls("valid_from", "valid_to", RangeBoundary())


class DatedQuerySet(models.QuerySet):
    def current_on(self, day):
        return self.filter(Q(valid_to=None) | Q(valid_to__gt=day), valid_from__lte=day)

    def current(self):
        return self.current_on(timezone.localdate())


class Dated(models.Model):
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)

    class Meta:
        abstract = True
