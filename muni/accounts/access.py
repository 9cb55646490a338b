"""Who may administer whom."""

from django.db.models import Exists, OuterRef

from muni.accounts.models import Membership, User
from muni.places.models import Department
from muni.places.querysets import below


def accounts_of(administrator):
    """Accounts that an administrator may change: a superuser all; others those whose every office lies in places where
    the administrator may change accounts. Never a superuser's account, which would be a way to become one."""
    if administrator.is_superuser:
        return User.objects.all()
    paths = administrator.granted_paths("accounts.change_user")
    if not paths:
        return User.objects.none()
    mine = Membership.objects.within_paths(paths)
    elsewhere = Membership.objects.current().exclude(pk__in=mine.values("pk")).filter(user=OuterRef("pk"))
    return User.objects.filter(~Exists(elsewhere), is_superuser=False)


def memberships_of(administrator):
    """Memberships that an administrator may make, change and end: those in places where they hold that right."""
    if administrator.is_superuser:
        return Membership.objects.all()
    return Membership.objects.within_paths(administrator.granted_paths("accounts.change_membership"))


def departments_of(administrator):
    """Departments in which an administrator may give people an office."""
    if administrator.is_superuser:
        return Department.objects.all()
    paths = administrator.granted_paths("accounts.add_membership")
    return Department.objects.filter(below(paths, "place__path"))
