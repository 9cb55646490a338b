from django.conf import settings
from django.contrib.auth.models import AbstractUser, Permission
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from muni.accounts.querysets import ApiKeyQuerySet, MembershipQuerySet, Users
from muni.core.names import Named
from muni.core.periods import Dated
from muni.core.phones import normal_phone
from muni.places.models import Department


class User(AbstractUser):
    phone = models.CharField(_("phone"), max_length=16, blank=True, help_text=_("+964 and ten digits"))
    is_demo = models.BooleanField(_("demo account"), default=False)

    objects = Users()

    class Meta(AbstractUser.Meta):
        permissions = [("view_metrics", _("Can read the figures of /metrics"))]
        constraints = [
            models.CheckConstraint(
                name="phone_is_iraqi_or_empty",
                condition=Q(phone__regex=r"^(\+964\d{8,10})?$"),
            ),
            models.UniqueConstraint(
                "phone",
                condition=~Q(phone=""),
                name="phone_belongs_to_one_account",
                violation_error_message=_("Another account has this telephone number."),
            ),
        ]

    def clean(self):
        super().clean()
        try:
            self.phone = normal_phone(self.phone)
        except ValidationError as error:
            raise ValidationError({"phone": error.messages}) from None

    @property
    def display_name(self):
        return self.get_full_name() or self.username

    @property
    def is_official(self):
        """Holds an office that carries a right now; citizens do not."""
        return self.is_superuser or bool(self.granted_paths())

    def granted_paths(self, *permissions):
        """Paths of the places in which the user holds one of the "app_label.codename" (any right, when none is given).

        A right in a place holds in all places below it, so a caller compares with `startswith`. Superusers: ["/"].
        """
        if self.is_superuser and self.is_active:
            return ["/"]
        memberships = self.memberships.current() if self.is_active else self.memberships.none()
        if permissions:
            memberships = memberships.granting(*permissions)
        else:
            memberships = memberships.filter(role__permissions__isnull=False)
        return sorted(set(memberships.values_list("department__place__path", flat=True)))


class Role(Named):
    """A named set of permissions. Code asks for permissions, never for a role."""

    code = models.SlugField(_("code"), unique=True)
    permissions = models.ManyToManyField(Permission, blank=True, verbose_name=_("permissions"))
    second_factor_required = models.BooleanField(
        _("second factor required"),
        default=False,
        help_text=_("Holders must set up codes from their telephone."),
    )

    class Meta:
        verbose_name = _("role")
        verbose_name_plural = _("roles")
        ordering = ["code"]


class Membership(Dated):
    """What a person may do, and where: a role in a department, over the department's place and all below it."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        related_name="memberships",
        verbose_name=_("user"),
    )
    department = models.ForeignKey(
        Department,
        models.PROTECT,
        related_name="memberships",
        verbose_name=_("department"),
    )
    role = models.ForeignKey(Role, models.PROTECT, related_name="memberships", verbose_name=_("role"))
    valid_from = models.DateField(_("valid from"), default=timezone.localdate)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        ordering = ["user_id", "pk"]
        constraints = [
            models.UniqueConstraint(
                "user",
                "department",
                "role",
                condition=Q(valid_to=None),
                name="one_open_membership_for_each_role",
            ),
            models.CheckConstraint(
                name="membership_ends_not_before_it_begins",
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
                violation_error_message=_("The last day is before the first."),
            ),
        ]

    def __str__(self):
        return f"{self.user} · {self.role} · {self.department}"


class ApiKey(models.Model):
    """Stands in for a person's password in map programs and scripts. Only the key's SHA-256 digest is kept: it is 256
    random bits, so a slow hash would protect nothing."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        related_name="api_keys",
        verbose_name=_("user"),
    )
    name = models.CharField(
        _("name"),
        max_length=100,
        help_text=_("What uses it, such as “QGIS in the office”."),
    )
    prefix = models.CharField(_("begins with"), max_length=12, unique=True, editable=False)
    digest = models.CharField(max_length=64, editable=False)
    created_at = models.DateTimeField(_("made"), auto_now_add=True)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, editable=False, help_text=_("To the hour."))
    revoked_at = models.DateTimeField(_("revoked"), null=True, editable=False)

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")
        ordering = ["-created_at", "pk"]
        constraints = [
            models.CheckConstraint(
                name="key_digest_is_sha256",
                condition=Q(digest__regex=r"^[0-9a-f]{64}$"),
            ),
            models.CheckConstraint(
                name="key_expires_after_it_is_made",
                condition=Q(expires_at=None) | Q(expires_at__gt=F("created_at")),
                violation_error_message=_("The last day has already passed."),
            ),
        ]

    def __str__(self):
        return f"{self.name} ({self.prefix}…)"

    @property
    def is_usable(self):
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > timezone.now())
