"""Issuing the register's papers from the page of a parcel."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from muni.core.errors import DomainError
from property.services import papers
from property.views.parcels import recorded


@require_POST
def issue(request, pk, kind):
    if kind not in papers.ISSUE:
        raise Http404
    if not request.user.has_perm("property.view_parcel"):
        raise PermissionDenied
    parcel = recorded(pk)
    try:
        issued = papers.ISSUE[kind](parcel, by=request.user)
    except DomainError as error:
        messages.error(request, error.message)
        return redirect("property:parcel", pk)
    messages.success(request, _("The document is issued: print it from here."))
    return redirect("documents:issued", issued.pk)
