from django.conf import settings
from django.contrib.auth.models import AbstractUser, Permission
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from muni.core.names import Named
from muni.core.periods import Dated, DatedQuerySet
from muni.places.models import Department


class User(AbstractUser):
    phone = models.CharField(_("phone"), max_length=16, blank=True, help_text=_("+964 and ten digits"))
    is_demo = models.BooleanField(_("demo account"), default=False)

    class Meta(AbstractUser.Meta):
        constraints = [
            models.CheckConstraint(name="phone_is_iraqi_or_empty", condition=Q(phone__regex=r"^(\+964\d{8,10})?$"))
        ]

    @property
    def display_name(self):
        return self.get_full_name() or self.username

    @property
    def is_official(self):
        """Holds any office now; citizens do not."""
        return self.is_superuser or bool(self.granted_paths())

    def granted_paths(self, permission=None):
        """Paths of the places in which the user holds "app_label.codename" (or any office, when None is given).

        A right in a place holds in all places below it, so a caller compares with `startswith`. Superusers: ["/"].
        """
        if self.is_superuser and self.is_active:
            return ["/"]
        memberships = self.memberships.current() if self.is_active else self.memberships.none()
        if permission:
            memberships = memberships.granting(permission)
        return sorted(set(memberships.values_list("department__place__path", flat=True)))


class Role(Named):
    """A named set of permissions. Code asks for permissions, never for a role."""

    code = models.SlugField(_("code"), unique=True)
    permissions = models.ManyToManyField(Permission, blank=True, verbose_name=_("permissions"))

    class Meta:
        verbose_name = _("role")
        verbose_name_plural = _("roles")
        ordering = ["code"]


class MembershipQuerySet(DatedQuerySet):
    def granting(self, permission):
        """Memberships whose role carries "app_label.codename"."""
        app_label, codename = permission.split(".")
        return self.filter(
            role__permissions__content_type__app_label=app_label, role__permissions__codename=codename
        ).distinct()


class Membership(Dated):
    """What a person may do, and where: a role in a department, in force in its place and all below it."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships")
    department = models.ForeignKey(Department, models.PROTECT, related_name="memberships")
    role = models.ForeignKey(Role, models.PROTECT, related_name="memberships")
    valid_from = models.DateField(_("valid from"), default=timezone.localdate)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        ordering = ["user_id", "pk"]
        constraints = [
            models.UniqueConstraint(
                "user", "department", "role", condition=Q(valid_to=None), name="one_open_membership_for_each_role"
            )
        ]

    def __str__(self):
        return f"{self.user} · {self.role} · {self.department}"
