"""Error pages: a sentence in the user's language, JSON for programs, and no database on the way."""

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from muni.core.http import error_body, is_machine
from muni.web.context import languages


def _page(request, status, code, title, text, *, bare=False, retry=False):
    if is_machine(request):
        return JsonResponse(error_body(code, text), status=status)
    context = {"status": status, "title": title, "text": text, "retry": retry}
    if bare:
        return render(None, "web/error_bare.html", {**languages(request), **context}, status=status)
    return render(request, "web/error.html", context, status=status)


def bad_request(request, exception):
    if isinstance(exception, RequestDataTooBig):
        limit = {"limit": settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 1024**2}
        return _page(
            request,
            413,
            "too_large",
            _("Too much was sent at once"),
            _("At most %(limit)s MB are taken at once. Divide it and send the parts one after another.") % limit,
            bare=True,
        )
    return _page(
        request,
        400,
        "bad_request",
        _("The request could not be understood"),
        _("Something in the address or in what was sent is not valid. Go back and try again."),
        bare=True,
    )


def forbidden(request, exception):
    return _page(
        request,
        403,
        "forbidden",
        _("You may not see this page"),
        _("Your account does not have the right to do this. Ask your department's administrator if you need it."),
    )


def not_found(request, exception):
    return _page(
        request,
        404,
        "not_found",
        _("There is nothing at this address"),
        _("The page may have moved, or it is not published. Check the address or start from the home page."),
    )


def failed(request):
    return _page(
        request,
        500,
        "error",
        _("Something went wrong on our side"),
        _("Nothing was changed. Try again in a few minutes; if it happens again, tell the municipality."),
        bare=True,
        retry=True,
    )


def csrf_failure(request, reason=""):
    return _page(
        request,
        403,
        "csrf",
        _("The page was open too long"),
        _("For your safety the form was not sent. Go back, reload the page and send it again; allow cookies."),
        bare=True,
    )
