import uuid

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from muni.documents import codes, kinds
from muni.documents.querysets import AboutQuerySet, IssuedQuerySet
from muni.places.models import Place


def _path(attachment, _name):
    return f"documents/{attachment.pk.hex[:2]}/{attachment.pk.hex}"


def _paper_path(issued, _name):
    return f"issued/{issued.issued_at:%Y}/{issued.pk}.pdf"


class Attachment(models.Model):
    """A file that belongs to a row of any model, which has `objects.visible_to(user)`: whoever sees the row may read
    the file. The file lies in the private folder of uploads under its id, not under the name it came with."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject_type = models.ForeignKey(ContentType, models.PROTECT, related_name="+")
    subject_id = models.CharField(max_length=64)
    subject = GenericForeignKey("subject_type", "subject_id")
    title = models.CharField(_("title"), max_length=200, blank=True)
    name = models.CharField(_("file"), max_length=200)
    content_type = models.CharField(_("type"), max_length=100)
    size = models.PositiveBigIntegerField(_("size"))
    sha256 = models.CharField(_("checksum (SHA-256)"), max_length=64)
    file = models.FileField(upload_to=_path)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("at"), auto_now_add=True)

    objects = AboutQuerySet.as_manager()

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        ordering = ["at", "pk"]
        indexes = [models.Index("subject_type", "subject_id", name="attachment_subject")]

    def __str__(self):
        return self.title or self.name


class SigningKey(models.Model):
    """The public half of a key that papers were signed with: known for ever, so that old papers can be checked."""

    id = models.CharField(_("key"), max_length=8, primary_key=True)
    public_key = models.CharField(_("public key (Ed25519, base64)"), max_length=44)
    is_development = models.BooleanField(_("development key"))
    since = models.DateTimeField(_("since"), auto_now_add=True)

    class Meta:
        verbose_name = _("signing key")
        verbose_name_plural = _("signing keys")
        ordering = ["-since", "pk"]

    def __str__(self):
        return self.pk


class Issued(models.Model):
    """A paper that an office gave out. What is printed never changes; only its state does."""

    class State(models.TextChoices):
        VALID = "valid", _("valid")
        SUPERSEDED = "superseded", _("superseded")
        REVOKED = "revoked", pgettext_lazy("document", "revoked")

    kind = models.CharField(_("kind"), max_length=60)
    subject_type = models.ForeignKey(ContentType, models.PROTECT, related_name="+")
    subject_id = models.CharField(max_length=64)
    subject = GenericForeignKey("subject_type", "subject_id")
    place = models.ForeignKey(Place, models.PROTECT, related_name="+", verbose_name=_("place"))
    code = models.CharField(_("code"), max_length=codes.LENGTH, unique=True)
    number = models.CharField(_("number"), max_length=30, unique=True)
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("issued by")
    )
    applicant = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("ordered by")
    )
    issued_at = models.DateTimeField(_("issued"))
    facts = models.JSONField(_("facts"), encoder=DjangoJSONEncoder)
    key = models.ForeignKey(SigningKey, models.PROTECT, related_name="+", verbose_name=_("key"))
    signed = models.TextField(_("text of the QR code"))
    file = models.FileField(upload_to=_paper_path)
    sha256 = models.CharField(_("checksum (SHA-256)"), max_length=64)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.VALID)
    state_since = models.DateTimeField(_("since"))
    reason = models.TextField(_("reason"), blank=True)

    objects = IssuedQuerySet.as_manager()

    class Meta:
        verbose_name = _("issued document")
        verbose_name_plural = _("issued documents")
        ordering = ["-pk"]
        indexes = [models.Index("subject_type", "subject_id", name="issued_subject")]
        constraints = [
            models.CheckConstraint(name="revocation_has_a_reason", condition=~Q(state="revoked") | ~Q(reason=""))
        ]

    def __str__(self):
        return self.number

    @property
    def title(self):
        return kinds.get(self.kind).title

    @property
    def code_in_groups(self):
        return codes.in_groups(self.code)


class Check(models.Model):
    """Somebody asked whether a paper is genuine. The address is forgotten after a while."""

    at = models.DateTimeField(_("at"))
    address = models.GenericIPAddressField(_("address"), null=True)
    outcome = models.CharField(_("answer"), max_length=10)
    document = models.ForeignKey(Issued, models.CASCADE, null=True, related_name="checks", verbose_name=_("document"))

    class Meta:
        verbose_name = _("check of a document")
        verbose_name_plural = _("checks of documents")
        ordering = ["-pk"]
        indexes = [models.Index("address", "at", name="check_address")]

    def __str__(self):
        return f"{self.outcome} {self.at}"
