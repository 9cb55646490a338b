from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from muni.journal import acts
from muni.journal.querysets import EntryQuerySet


class Entry(models.Model):
    """An official act: written once, then refused any change by the database.

    `number`, `previous` and `digest` are given when the transaction commits (a deferred trigger), so that acts wait for
    one another only in that moment; until then they are empty.
    """

    act = models.CharField(_("act"), max_length=60, help_text="app_label.verb")
    subject_type = models.ForeignKey(ContentType, models.PROTECT, related_name="+")
    subject_id = models.CharField(max_length=64)
    subject = models.CharField(_("subject"), max_length=300, help_text=_("Its name on that day."))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("at"), default=timezone.now)
    data = models.JSONField(_("details"), default=dict, encoder=DjangoJSONEncoder)
    number = models.PositiveBigIntegerField(_("number"), null=True, unique=True, editable=False)
    previous = models.CharField(max_length=64, blank=True, editable=False)
    digest = models.CharField(max_length=64, blank=True, editable=False)

    objects = EntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("journal entry")
        verbose_name_plural = _("journal entries")
        ordering = ["-pk"]
        indexes = [models.Index("subject_type", "subject_id", name="entry_subject")]

    def __str__(self):
        return f"{self.act} {self.subject}"

    @property
    def title(self):
        """The act in the reader's words."""
        return acts.title_of(self.act)


class Head(models.Model):
    """The end of the chain, one row: locked by whoever adds to it, and telling when the last entries are gone."""

    count = models.PositiveBigIntegerField(default=0)
    digest = models.CharField(max_length=64, blank=True)

    def __str__(self):
        return f"{self.count} {self.digest}"


class Check(models.Model):
    """One look at the whole chain: how far it went and what was wrong, as services.Fault without the row's text."""

    at = models.DateTimeField(_("at"), auto_now_add=True)
    count = models.PositiveBigIntegerField(_("entries"))
    digest = models.CharField(max_length=64, blank=True)
    faults = models.JSONField(default=list)

    class Meta:
        verbose_name = _("check of the journal")
        verbose_name_plural = _("checks of the journal")
        ordering = ["-pk"]

    def __str__(self):
        return f"{self.count} {self.at}"
