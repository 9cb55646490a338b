"""Every write to accounts, one function per act."""

import json

from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import Permission
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction

from muni.accounts.models import Role

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
