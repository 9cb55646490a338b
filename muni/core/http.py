"""What plain views and middleware share: who asks, from where, and the one shape of errors."""

from django.conf import settings
from django.http import JsonResponse

MACHINE_PATHS = ("/api/", "/ogc/", "/tiles/", "/metrics")


def is_machine(request):
    """Whether a program asks, which wants JSON and never a page: by the address, or because it accepts JSON alone."""
    accepted = request.headers.get("Accept", "")
    return request.path.startswith(MACHINE_PATHS) or ("json" in accepted and "html" not in accepted)


def client_address(request):
    """The address the request came from. X-Forwarded-For is believed only as far as our own proxies wrote it
    (settings.TRUSTED_PROXIES of them), since anybody may send such a header."""
    forwarded = [part for part in request.headers.get("X-Forwarded-For", "").replace(" ", "").split(",") if part]
    proxies = settings.TRUSTED_PROXIES
    return forwarded[-proxies] if 0 < proxies <= len(forwarded) else request.META.get("REMOTE_ADDR")


def error_body(code, message, fields=None):
    return {"code": code, "message": str(message), "fields": fields or {}}


def error_response(error):
    """A DomainError as JSON, for plain Django views."""
    return JsonResponse(error_body(error.code, error.message, error.fields), status=error.status)


def unauthorized(request, error):
    """A DomainError as 401 with the way to sign in."""
    response = error_response(error)
    response["WWW-Authenticate"] = challenge(request)
    return response


def challenge(request):
    """How to sign in. Scripts of our own pages are not told of Basic: the browser would ask for a password in a window
    of its own, and then send it with every request, also with forged ones."""
    in_page = request.headers.get("Sec-Fetch-Mode", "navigate") != "navigate"
    return 'Api-Key realm="Baladiya"' if in_page else 'Basic realm="Baladiya", charset="UTF-8"'
