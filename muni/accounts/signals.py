"""The record of security events: one line each in the log `muni.security`; sign-ins also stand in axes' tables, and
what is done to keys and accounts in the administration's history."""

import logging

from axes.signals import user_locked_out
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from muni.accounts import second_factor
from muni.accounts.models import Membership
from muni.core.http import client_address

log = logging.getLogger("muni.security")


@receiver(user_logged_in)
def signed_in(request, user, **kwargs):
    second_factor.note_due(request, user)
    log.info("signed in: user %s from %s", user.pk, client_address(request))


@receiver(user_logged_out)
def signed_out(request, user, **kwargs):
    if user:
        log.info("signed out: user %s from %s", user.pk, client_address(request))


@receiver(user_login_failed)
def failed(credentials, request=None, **kwargs):
    # %r: what was typed may hold line breaks. People type passwords into the wrong field, so it is cut short.
    name = (credentials.get("username") or "")[:3]
    log.warning("sign-in failed: %r… from %s", name, client_address(request) if request else "inside")


@receiver(user_locked_out)
def locked_out(request, username, ip_address, **kwargs):
    log.warning("locked out: %r from %s", username, ip_address)


@receiver(post_save, sender=Membership)
def membership_written(instance, created, **kwargs):
    log.info(
        "membership %s: user %s, role %s, department %s, %s to %s",
        "made" if created else "changed",
        instance.user_id,
        instance.role_id,
        instance.department_id,
        instance.valid_from,
        instance.valid_to,
    )


@receiver(post_delete, sender=Membership)
def membership_deleted(instance, **kwargs):
    log.info(
        "membership deleted: user %s, role %s, department %s",
        instance.user_id,
        instance.role_id,
        instance.department_id,
    )
