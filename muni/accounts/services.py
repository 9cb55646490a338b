"""Every write to accounts, one function per act."""

import json
import logging

from django.apps import apps
from django.conf import settings
from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from muni.accounts import second_factor
from muni.accounts.credentials import new_key
from muni.accounts.models import ApiKey, Role, User
from muni.core.errors import DomainError

log = logging.getLogger("muni.security")

MAX_KEYS = 20
ROLES = settings.BASE_DIR / "fixtures/roles.json"


@transaction.atomic
def load_roles(path=ROLES):
    """Makes the roles of the file, or brings them to what it says; other roles stay. Safe to repeat.

    The file lists {code, name_ar, name_en, permissions: ["app_label.codename"]}. Permissions of an app that is not
    installed wait for it; ImproperlyConfigured when an installed app has no such permission.
    """
    entries = json.loads(path.read_text())
    known = {
        f"{app_label}.{codename}": pk
        for pk, app_label, codename in Permission.objects.values_list("pk", "content_type__app_label", "codename")
    }
    for entry in entries:
        role, _created = Role.objects.update_or_create(
            code=entry["code"],
            defaults={"name_ar": entry["name_ar"], "name_en": entry["name_en"]},
        )
        wanted = [name for name in entry["permissions"] if name.partition(".")[0] in apps.app_configs]
        if unknown := [name for name in wanted if name not in known]:
            raise ImproperlyConfigured(f"Role {role.code!r} asks for unknown permissions: {', '.join(unknown)}")
        role.permissions.set([known[name] for name in wanted])


class TooManyKeys(DomainError):
    code = "too_many_keys"


@transaction.atomic
def make_key(user, *, name, expires_at=None):
    """(ApiKey, the key itself, to be shown once). Raises TooManyKeys."""
    user = User.objects.select_for_update(of=("self",)).get(pk=user.pk)
    if user.api_keys.usable().count() >= MAX_KEYS:
        raise TooManyKeys(_("You have %(count)d keys in use: revoke one first.") % {"count": MAX_KEYS})
    secret, prefix, digest = new_key()
    key = ApiKey.objects.create(user=user, name=name, prefix=prefix, digest=digest, expires_at=expires_at)
    _record(user, key, ADDITION, "key made")
    return key, secret


@transaction.atomic
def revoke_key(key, *, by):
    """From now on the key opens nothing; its row stays as a record."""
    key = ApiKey.objects.select_for_update(of=("self",)).get(pk=key.pk)
    if key.revoked_at is None:
        key.revoked_at = timezone.now()
        key.save(update_fields=["revoked_at"])
        _record(by, key, DELETION, "key revoked")
    return key


@transaction.atomic
def set_up_second_factor(request, device):
    """Recovery codes to show once; see second_factor.set_up."""
    codes = second_factor.set_up(request, device)
    _record(request.user, request.user, CHANGE, "second factor set up")
    return codes


@transaction.atomic
def renew_recovery_codes(user):
    _record(user, user, CHANGE, "recovery codes renewed")
    return second_factor.make_recovery_codes(user)


@transaction.atomic
def remove_second_factor(user, *, by):
    second_factor.remove(user)
    _record(by, user, CHANGE, "second factor removed")


def _record(by, target, flag, what):
    """A line in the security log and in the administration's history."""
    log.info("%s: %s %s by user %s", what, target._meta.model_name, target.pk, by.pk)
    LogEntry.objects.create(
        user_id=by.pk,
        content_type=ContentType.objects.get_for_model(target),
        object_id=str(target.pk),
        object_repr=str(target)[:200],
        action_flag=flag,
        change_message=what,
    )
