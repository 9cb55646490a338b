"""Too many wrong passwords: what the person is told, and for how long."""

import math

from axes.attempts import get_cool_off_threshold
from axes.helpers import get_client_username, get_cool_off
from axes.models import AccessAttempt
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import ngettext

from muni.core.errors import DomainError
from muni.core.http import client_address, error_response, is_machine


class Locked(DomainError):
    code = "locked"
    status = 429

    def __init__(self, request, username):
        self.minutes = minutes_left(request, username)
        super().__init__(
            ngettext(
                "Too many wrong passwords. Try again in %(minutes)d minute.",
                "Too many wrong passwords. Try again in %(minutes)d minutes.",
                self.minutes,
            )
            % {"minutes": self.minutes}
        )


def minutes_left(request, username):
    """Whole minutes, at least 1, until this name may try again from this address."""
    last = (
        AccessAttempt.objects.filter(
            username=username, ip_address=client_address(request), attempt_time__gte=get_cool_off_threshold(request)
        )
        .order_by("-attempt_time")
        .values_list("attempt_time", flat=True)
        .first()
    )
    left = (last or timezone.now()) + get_cool_off(request) - timezone.now()
    return max(1, math.ceil(left.total_seconds() / 60))


def lockout_response(request, original_response, credentials):
    """Answers in place of the sign-in form (AXES_LOCKOUT_CALLABLE)."""
    locked = Locked(request, get_client_username(request, credentials))
    if is_machine(request):
        response = error_response(locked)
    else:
        response = render(request, "accounts/locked.html", {"message": locked.message}, status=locked.status)
    response["Retry-After"] = str(locked.minutes * 60)
    return response
