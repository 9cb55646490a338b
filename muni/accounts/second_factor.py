"""Codes from a telephone (TOTP, RFC 6238) beside the password, with recovery codes for a lost telephone."""

import math
import secrets
import time

import django_otp
from django.contrib.auth import get_user_model, login
from django.db import transaction
from django.utils import timezone
from django.utils.translation import ngettext
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from muni.core.errors import DomainError
from muni.core.text import western_digits

RECOVERY_CODES = 10
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that reads like another letter
_PENDING, _DUE = "second_factor_pending", "second_factor_due"
_PENDING_SECONDS = 600


class TooManyCodes(DomainError):
    code = "wait"
    status = 429


def device_of(user):
    """The user's confirmed device, or None."""
    return TOTPDevice.objects.filter(user=user, confirmed=True).first()


def device_to_confirm(user):
    """The device being set up; the same until it is confirmed, so that reloading the page keeps its QR code."""
    return TOTPDevice.objects.filter(user=user, confirmed=False).first() or TOTPDevice.objects.create(
        user=user, name="telephone", confirmed=False
    )


def verify(user, device, code):
    """The device that accepts this code (the telephone's, or the recovery codes'), or None; either works once.

    device: the TOTPDevice asked. Raises TooManyCodes while wrong ones have to be waited off.
    """
    code = western_digits(code).replace(" ", "").replace("-", "").lower()
    if len(code) != 6:
        device = StaticDevice.objects.filter(user=user, confirmed=True).first()
    if device is None:
        return None
    allowed, reason = device.verify_is_allowed()
    if not allowed:
        seconds = max(1, math.ceil((reason["locked_until"] - timezone.now()).total_seconds()))
        raise TooManyCodes(
            ngettext(
                "Too many wrong codes. Wait %(seconds)d second.",
                "Too many wrong codes. Wait %(seconds)d seconds.",
                seconds,
            )
            % {"seconds": seconds}
        )
    return django_otp.verify_token(user, device.persistent_id, code)


@transaction.atomic
def make_recovery_codes(user):
    """New codes in place of the old ones, to be shown once: ["abcd-2345", …]."""
    StaticDevice.objects.filter(user=user).delete()
    device = StaticDevice.objects.create(user=user, name="recovery")
    codes = ["".join(secrets.choice(_ALPHABET) for _ in range(8)) for _ in range(RECOVERY_CODES)]
    for code in codes:
        device.token_set.create(token=code)
    return [f"{code[:4]}-{code[4:]}" for code in codes]


@transaction.atomic
def remove(user):
    TOTPDevice.objects.filter(user=user).delete()
    StaticDevice.objects.filter(user=user).delete()


# Signing in: between the right password and the right code the session knows who is coming, but is nobody's yet.


def hold(request, user, next_url):
    request.session.cycle_key()
    request.session[_PENDING] = {
        "user": user.pk,
        "backend": user.backend,
        "proof": user.get_session_auth_hash(),
        "until": time.time() + _PENDING_SECONDS,
        "next": next_url,
    }


def held(request):
    """(user, next address) of whoever gave the right password in this session minutes ago, or None."""
    pending = request.session.get(_PENDING)
    if not pending or pending["until"] < time.time():
        return None
    user = get_user_model().objects.filter(pk=pending["user"], is_active=True).first()
    if user is None or not secrets.compare_digest(user.get_session_auth_hash(), pending["proof"]):
        return None
    user.backend = pending["backend"]
    return user, pending["next"]


def sign_in(request, user, device):
    request.session.pop(_PENDING, None)
    user.otp_device = device
    login(request, user, user.backend)


def note_due(request, user):
    """At sign-in: whether an office asks for a second factor that is not set up yet."""
    state = get_user_model().objects.with_second_factor().get(pk=user.pk)
    request.session[_DUE] = state.needs_second_factor and not state.has_second_factor


def is_due(request):
    return request.user.is_authenticated and request.session.get(_DUE, False)


def set_up(request, device):
    """The code was right: from now on it is asked at every sign-in; this session counts as verified."""
    device.confirmed = True
    device.save(update_fields=["confirmed"])
    TOTPDevice.objects.filter(user=request.user).exclude(pk=device.pk).delete()
    django_otp.login(request, device)
    request.session[_DUE] = False
    return make_recovery_codes(request.user)
