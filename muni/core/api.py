"""The one error shape in REST: {"code", "message", "fields"}."""

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import exception_handler as drf_exception_handler

from muni.core.errors import DomainError
from muni.core.http import challenge, error_body, error_response

__all__ = ["error_body", "error_response", "exception_handler"]


def exception_handler(exc, context):
    """Turns every refusal of a REST view into the one shape."""
    if isinstance(exc, DomainError):
        return Response(error_body(exc.code, exc.message, exc.fields), status=exc.status)
    response = drf_exception_handler(exc, context)
    if response is None:
        return None
    if isinstance(exc, exceptions.ValidationError):
        fields = exc.detail if isinstance(exc.detail, dict) else {"non_field_errors": exc.detail}
        response.data = error_body("invalid", _("Some values are not valid."), fields)
    elif isinstance(exc, Http404):
        response.data = error_body("not_found", _("There is nothing at this address."))
    elif isinstance(exc, PermissionDenied):
        response.data = error_body("forbidden", _("You do not have the right to do this."))
    else:
        response.data = error_body(exc.get_codes() if isinstance(exc.get_codes(), str) else "refused", exc.detail)
    if response.status_code == status.HTTP_401_UNAUTHORIZED:
        response["WWW-Authenticate"] = challenge(context["request"])
    return response
