from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import middleware
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from muni.accounts import second_factor
from muni.accounts.credentials import user_from
from muni.accounts.lockout import Locked
from muni.core.errors import DomainError, Forbidden, NotAuthenticated
from muni.core.http import error_response, is_machine, unauthorized

SESSION_ONLY = {"accounts", "admin"}


class CredentialsMiddleware:
    """Signs a request in by HTTP Basic or an API key, for map programs and scripts that keep no session.

    The header decides alone: a session cookie beside it counts for nothing, and wrong credentials are refused also at
    public addresses, so that a typing mistake does not look like missing data. `request.signed_by_header` says so.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.signed_by_header = False
        try:
            user = user_from(request)
        except Locked as error:
            response = error_response(error)
            response["Retry-After"] = str(error.minutes * 60)
            return response
        except DomainError as error:
            return unauthorized(request, error)
        if user:
            request.user = user
            request.signed_by_header = True
            # No cookie decided, so there is nothing to forge; except that browsers repeat Basic by themselves.
            if not _sent_by_a_page_elsewhere(request):
                request._dont_enforce_csrf_checks = True
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        """Passwords, keys and the administration need a person at the sign-in page: a stolen key must not make more."""
        if request.signed_by_header and SESSION_ONLY & set(request.resolver_match.namespaces):
            return error_response(Forbidden(_("Sign in on the sign-in page for this; an API key is not enough.")))
        return None


class LoginRequiredMiddleware(middleware.LoginRequiredMiddleware):
    """Every page asks for an account unless it says `login_not_required`; programs get 401, never a page. Who holds an
    office that asks for a second factor sets it up before anything else."""

    def process_view(self, request, view_func, view_args, view_kwargs):
        if not getattr(view_func, "login_required", True) and settings.SESSION_COOKIE_NAME not in request.COOKIES:
            return None  # the session stays unread, so that shared caches may keep the answer
        refused = super().process_view(request, view_func, view_args, view_kwargs)
        if refused or request.signed_by_header or not second_factor.is_due(request):
            return refused
        if "accounts" in request.resolver_match.namespaces:
            return None
        if is_machine(request):
            return error_response(Forbidden(_("Your office asks for a second factor: set it up first.")))
        return redirect("accounts:second-factor")

    def handle_no_permission(self, request, view_func):
        if is_machine(request):
            return unauthorized(request, NotAuthenticated(_("Sign in to see this.")))
        response = super().handle_no_permission(request, view_func)
        return HttpResponseClientRedirect(response.url) if request.htmx else response


def _sent_by_a_page_elsewhere(request):
    if request.headers.get("Sec-Fetch-Site", "none") not in {"none", "same-origin"}:
        return True
    origin = request.headers.get("Origin")
    return bool(origin) and urlsplit(origin).netloc != request.get_host()
