"""The short way of visitors' map programs through Django: most requests of a map are theirs."""

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.urls import Resolver404, resolve

from muni.core.cross_origin import OPEN_PATHS


class VisitorsMiddleware:
    """Answers a GET at an open address that names nobody, without what serves people alone: sessions, messages,
    forgery tokens, second factors. A view that asks for an account, a page, or any credential goes the long way."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        match = _match(request)
        if match is None:
            return self.get_response(request)
        request.user = AnonymousUser()
        request.signed_by_header = False
        request.resolver_match = match
        return match.func(request, *match.args, **match.kwargs)


def _match(request):
    """Where the request goes by the short way; None when it has to go the long one."""
    if not request.path_info.startswith(OPEN_PATHS) or request.method not in {"GET", "HEAD"}:
        return None
    asked = request.META
    if settings.SESSION_COOKIE_NAME in request.COOKIES or "HTTP_AUTHORIZATION" in asked or "HTTP_X_API_KEY" in asked:
        return None
    if "html" in asked.get("HTTP_ACCEPT", "") or "html" in asked["QUERY_STRING"]:
        return None
    try:
        match = resolve(request.path_info)
    except Resolver404:
        return None
    return None if getattr(match.func, "login_required", True) else match
