"""Checking a paper: open to everybody, shows what is printed on it and nothing more."""

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.http import JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from muni.core.http import client_address
from muni.documents import kinds, verification
from muni.documents.models import SigningKey
from muni.documents.verification import Outcome, TooManyChecks

MOST = 4000
"""Characters of a QR's text; none of ours comes near."""


class AskForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("Code of the document, or text of its QR code"),
        max_length=MOST,
        widget=forms.Textarea(attrs={"rows": 2, "dir": "ltr", "autocomplete": "off", "spellcheck": "false"}),
        help_text=gettext_lazy("28 letters and digits beside the QR code; hyphens and small letters do not matter."),
    )


@never_cache
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request):
    form = AskForm(request.POST) if request.method == "POST" else AskForm()
    if form.is_bound and form.is_valid():
        return _answered(request, form.cleaned_data["text"], form=form)
    return _page(request, "documents/ask.html", {"form": form})


@never_cache
@login_not_required
@require_safe
def paper(request, code):
    return _answered(request, code[:MOST], form=AskForm())


@login_not_required
@require_POST
def signature(request):
    """Whether a QR is genuine: what follows # in its address reaches us only when the page of the paper sends it."""
    is_genuine = verification.is_genuine(request.POST.get("text", "")[:MOST])
    said = (
        _("The signature in the QR code is genuine.")
        if is_genuine
        else _("The QR code was altered: its signature does not fit. Do not rely on this paper.")
    )
    return JsonResponse({"genuine": is_genuine, "message": said})


@login_not_required
@require_safe
def keys(request):
    """The public keys, for whoever checks papers without us: docs/interfaces.md says how."""
    found = [
        {
            "id": key.pk,
            "algorithm": "Ed25519",
            "public_key": key.public_key,
            "is_development": key.is_development,
            "since": key.since,
        }
        for key in SigningKey.objects.all()
    ]
    return JsonResponse({"keys": found})


def _answered(request, text, *, form):
    try:
        answer = verification.check(text, address=client_address(request))
    except TooManyChecks as error:
        return _page(request, "documents/ask.html", {"form": form, "too_many": error.message}, status=429)
    context = {"outcome": answer.outcome.value, "form": form}
    if document := answer.document:
        kind = kinds.get(document.kind)
        context |= {"document": document, "kind": kind}
        if answer.outcome != Outcome.REVOKED:
            context |= {"facts": document.facts, **kind.context(document.facts)}
    return _page(request, "documents/answer.html", context, status=404 if answer.outcome == Outcome.UNKNOWN else 200)


def _page(request, template, context, status=200):
    response = render(request, template, context, status=status)
    response["X-Robots-Tag"] = "noindex"
    return response
