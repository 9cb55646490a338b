"""Issued papers for those who may see them: the page, the file, and taking one back."""

from django import forms
from django.contrib import messages
from django.db.models import Count, Max
from django.http import FileResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from muni.core.errors import DomainError
from muni.documents import access, issuing, kinds
from muni.documents.models import Issued


class RevokeForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Why the document is revoked"),
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("For the office and whoever ordered the document; a public check does not show it."),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def issued(request, pk):
    """The page of a paper; an approver revokes it here."""
    document = _visible(request, pk)
    form = RevokeForm(request.POST) if request.method == "POST" else RevokeForm()
    if request.method == "POST" and form.is_valid():
        try:
            issuing.revoke(document, by=request.user, reason=form.cleaned_data["reason"])
        except DomainError as error:
            messages.error(request, error.message)
        else:
            messages.success(request, _("The document is revoked; whoever checks it is told so."))
        return redirect("documents:issued", document.pk)
    kind = kinds.get(document.kind)
    context = {
        "document": document,
        "kind": kind,
        "facts": document.facts,
        "checks": document.checks.aggregate(number=Count("pk"), last=Max("at")),
        "form": form if access.can_revoke(request.user, document) and document.state != "revoked" else None,
        **kind.context(document.facts),
    }
    return render(request, "documents/issued.html", context)


@require_safe
def paper(request, pk):
    """The file as it was issued."""
    document = _visible(request, pk)
    name = f"{document.title} {document.number}".replace("/", "-") + ".pdf"
    response = FileResponse(document.file.open(), filename=name, content_type="application/pdf")
    response["Cache-Control"] = "private, no-store"
    return response


def _visible(request, pk):
    rows = Issued.objects.visible_to(request.user).select_related("place", "key", "issued_by", "applicant")
    document = get_object_or_404(rows, pk=pk)
    if document.applicant_id != request.user.pk:
        kinds.get(document.kind).note_look(document, request.user)
    return document
