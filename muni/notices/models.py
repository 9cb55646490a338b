from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from muni.notices.querysets import MessageQuerySet, NoticeQuerySet


class Notice(models.Model):
    """What a person is told inside the system. `words`: {language: {"title", "text"}}."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notices", verbose_name=_("user"))
    words = models.JSONField(default=dict)
    url = models.CharField(max_length=500, blank=True)
    made_at = models.DateTimeField(_("at"), auto_now_add=True)
    read_at = models.DateTimeField(_("read"), null=True, editable=False)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        ordering = ["-made_at", "-pk"]
        indexes = [
            models.Index(fields=["user", "-made_at", "-id"], name="notice_latest"),
            models.Index(fields=["user"], condition=Q(read_at=None), name="notice_unread"),
        ]

    def __str__(self):
        return self.title

    @property
    def title(self):
        return self._said["title"]

    @property
    def text(self):
        return self._said["text"]

    @property
    def _said(self):
        return self.words.get(get_language()) or self.words[settings.LANGUAGE_CODE]


class Message(models.Model):
    """A letter or an SMS on its way out. The worker sends it, again after a while where that fails."""

    class Way(models.TextChoices):
        EMAIL = "email", _("e-mail")
        SMS = "sms", _("SMS")

    class State(models.TextChoices):
        QUEUED = "queued", _("queued")
        SENT = "sent", _("sent")
        FAILED = "failed", _("given up")

    way = models.CharField(_("way"), max_length=5, choices=Way.choices)
    address = models.CharField(_("address"), max_length=254)
    subject = models.CharField(_("subject"), max_length=300, blank=True)
    text = models.TextField(_("text"), blank=True)
    is_secret = models.BooleanField(default=False, help_text=_("The text is erased once it has gone."))
    state = models.CharField(_("state"), max_length=6, choices=State.choices, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    error = models.CharField(_("error"), max_length=300, blank=True)
    made_at = models.DateTimeField(_("at"), auto_now_add=True)
    sent_at = models.DateTimeField(_("sent"), null=True, editable=False)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["-pk"]

    def __str__(self):
        return f"{self.way} {self.pk}"


class PhoneCode(models.Model):
    """A code that was sent to a telephone to prove that the person holds it. Only its keyed digest is kept."""

    phone = models.CharField(_("phone"), max_length=16)
    purpose = models.CharField(max_length=60)
    digest = models.CharField(max_length=64)
    address = models.GenericIPAddressField(null=True, help_text=_("Where the request came from."))
    made_at = models.DateTimeField(auto_now_add=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index("phone", "made_at", name="code_phone"),
            models.Index("address", "made_at", name="code_address"),
        ]

    def __str__(self):
        return f"{self.purpose} {self.pk}"
