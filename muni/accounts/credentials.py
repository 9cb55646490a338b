"""Signing a single request in by its headers: an API key, or HTTP Basic for map programs that know nothing else."""

import base64
import binascii
import hashlib
import hmac
import secrets
from datetime import timedelta

from axes.handlers.proxy import AxesProxyHandler
from django.conf import settings
from django.contrib.auth import authenticate
from django.core.cache import cache
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from muni.accounts.lockout import Locked
from muni.accounts.models import ApiKey, User
from muni.core.errors import DomainError
from muni.core.http import client_address

KEY_MARK = "bld_"
LAST_USED_PRECISION = timedelta(hours=1)


class WrongCredentials(DomainError):
    code = "wrong_credentials"
    status = 401


class SecondFactorInTheWay(DomainError):
    code = "api_key_needed"
    status = 401


def new_key():
    """(the key to show once, its prefix, its digest): 43 letters of 256 random bits behind a prefix that names it."""
    prefix = KEY_MARK + secrets.token_hex(4)
    key = f"{prefix}_{secrets.token_urlsafe(32)}"
    return key, prefix, digest_of(key)


def digest_of(key):
    return hashlib.sha256(key.encode()).hexdigest()


def user_from(request):
    """Whom the request's headers name, or None when they name nobody.

    Understands `Authorization: Api-Key KEY`, `Bearer KEY`, `Basic NAME:PASSWORD`, `Basic NAME:KEY` and `X-Api-Key`.
    Raises WrongCredentials, SecondFactorInTheWay or Locked.
    """
    scheme, _space, value = request.headers.get("Authorization", "").partition(" ")
    match scheme.lower():
        case "api-key" | "bearer":
            return _user_of_key(value.strip())
        case "basic":
            return _user_of_basic(request, *_decoded(value))
        case "":
            key = request.headers.get("X-Api-Key")
            return _user_of_key(key) if key else None
    raise WrongCredentials(_("Sign in with an API key, or with a user name and password (HTTP Basic)."))


def _decoded(value):
    try:
        name, colon, password = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        colon = ""
    if not colon or "\0" in name + password:
        raise WrongCredentials(_("The user name and password could not be read."))
    return name, password


def _user_of_key(key, name=""):
    """`name`: what stands beside the key in HTTP Basic; it may be empty, but not somebody else's."""
    found = ApiKey.objects.usable().select_related("user").filter(prefix=key[: len(KEY_MARK) + 8]).first()
    # Compared also when no key is found, so that the time taken tells nothing.
    right = hmac.compare_digest(found.digest if found else "0" * 64, digest_of(key))
    if not right or not found.user.is_active or name not in {"", found.user.username, found.user.phone}:
        raise WrongCredentials(_("This API key is not valid: it may have expired or been revoked."))
    _note_use(found)
    return found.user


def _note_use(key):
    now = timezone.now()
    if key.last_used_at is None or key.last_used_at < now - LAST_USED_PRECISION:
        before = Q(last_used_at=None) | Q(last_used_at__lt=now - LAST_USED_PRECISION)
        ApiKey.objects.filter(before, pk=key.pk).update(last_used_at=now)


def _user_of_basic(request, name, password):
    if password.startswith(KEY_MARK):
        return _user_of_key(password, name)
    user = User.objects.named(name).with_second_factor().first()
    username = user.username if user else name
    if AxesProxyHandler.is_locked(request, {"username": username}):
        raise Locked(request, username)
    if not (user and user.is_active and _is_remembered(request, user, password)):
        proven = authenticate(request, username=username, password=password)
        if getattr(request, "axes_locked_out", False):
            raise Locked(request, username)
        if proven is None:
            raise WrongCredentials(_("The user name or the password is wrong."))
        _remember(request, user, password)
    if user.needs_second_factor:
        raise SecondFactorInTheWay(
            _("Your account asks for a code when you sign in, so here it needs an API key instead of the password.")
        )
    return user


# A map program sends hundreds of requests: the slow hash is computed once, then a keyed digest of what was proven is
# remembered for minutes. It covers the stored hash, so a changed password is forgotten at once, and the address.


def _remembered_as(request, user, password):
    facts = "\0".join([client_address(request) or "", user.username, user.password, password])
    return "basic:" + hmac.new(settings.SECRET_KEY.encode(), facts.encode(), hashlib.sha256).hexdigest()


def _is_remembered(request, user, password):
    return cache.get(_remembered_as(request, user, password)) is not None


def _remember(request, user, password):
    cache.set(_remembered_as(request, user, password), True, settings.BASIC_REMEMBERED_SECONDS)
