from django.contrib.auth.models import UserManager
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django_otp.plugins.otp_totp.models import TOTPDevice

from muni.core.periods import DatedQuerySet
from muni.core.phones import normal_phone
from muni.places.querysets import below


class UserQuerySet(models.QuerySet):
    def named(self, text):
        """Accounts that a person means by this: the username, or else the telephone number however written."""
        rule = Q(username=text)
        try:
            phone = normal_phone(text)
        except ValidationError:
            phone = ""
        if phone:
            rule |= Q(phone=phone)
        return self.filter(rule).order_by(models.Case(models.When(username=text, then=0), default=1), "pk")

    def holding(self, permission, place):
        """Active accounts that hold "app_label.codename" in this place now; superusers are not meant."""
        offices = self.model._meta.get_field("memberships").related_model.objects.current().granting(permission)
        above = type(place).objects.covering(place)
        return self.filter(is_active=True, pk__in=offices.filter(department__place__in=above).values("user"))

    def with_second_factor(self):
        """Adds `has_second_factor` (codes from a telephone are set up) and `needs_second_factor` (or an office
        of theirs asks for them)."""
        offices = self.model._meta.get_field("memberships").related_model.objects.current()
        asking = offices.filter(user=OuterRef("pk"), role__second_factor_required=True)
        return self.annotate(
            has_second_factor=Exists(TOTPDevice.objects.filter(user=OuterRef("pk"), confirmed=True)),
            needs_second_factor=Q(has_second_factor=True) | Exists(asking),
        )


class Users(UserManager.from_queryset(UserQuerySet)):
    use_in_migrations = False


class MembershipQuerySet(DatedQuerySet):
    def granting(self, *permissions):
        """Memberships whose role carries one of the "app_label.codename"."""
        rule = Q()
        for permission in permissions:
            app_label, codename = permission.split(".")
            rule |= Q(role__permissions__content_type__app_label=app_label, role__permissions__codename=codename)
        return self.filter(rule).distinct()

    def within_paths(self, paths):
        """Offices of departments in these places or below them."""
        return self.filter(below(paths, "department__place__path"))


class ApiKeyQuerySet(models.QuerySet):
    def usable(self):
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=timezone.now()), revoked_at=None)
