"""Pages of changesets: the desk, the review, the conflicts. The drawing page's own work is in its scripts."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from gis_layers.access import can_change_layer
from gis_layers.catalogue.views import map_data
from gis_layers.editing import access, services
from gis_layers.editing.changes import changes_of, conflicting
from gis_layers.editing.counts import counts
from gis_layers.editing.dated import keeps_past
from gis_layers.editing.findings import findings, said, seen_by
from gis_layers.editing.findings import waive as exception_for
from gis_layers.editing.forms import CommentForm, NoteForm, OpenForm
from gis_layers.editing.merge import FEATURE, GEOMETRY
from gis_layers.editing.models import Changeset
from gis_layers.editing.presentation import label_of, rows_of, shapes, shown, sides
from gis_layers.editing.querysets import layers_for
from gis_layers.registry import source_of
from muni.core.errors import BadRequest, DomainError
from muni.journal.models import Entry

PAGE = 50
ON_THE_MAP = 2_000
CONFLICTS = 20
FINDINGS = 100


def seen_changeset(request, pk):
    """The changeset, or 404 for whoever may not see it."""
    return get_object_or_404(Changeset.objects.visible_to(request.user).with_layer(), pk=pk)


def desk(request):
    """What waits for the user, what they work on, and where they may begin."""
    layers = layers_for(request.user).order_by("title_ar", "pk")
    places = access.places_for(request.user)
    form = OpenForm(request.POST or None, layers=layers, places=places, initial={"layer": request.GET.get("layer")})
    if request.method == "POST" and form.is_valid():
        try:
            made = services.open_changeset(by=request.user, **form.cleaned_data)
        except DomainError as error:
            form.add_error(None, error.message)
        else:
            return redirect("editing:editor", made.pk)
    seen = Changeset.objects.visible_to(request.user).with_layer()
    waiting = seen.filter(state__in=[Changeset.State.SUBMITTED, Changeset.State.APPROVED])
    waiting = waiting.granted_to(request.user, "gis_layers.publish_layer").exclude(opened_by=request.user)
    return render(
        request,
        "editing/desk.html",
        {
            "form": form,
            "has_layers": layers.exists(),
            "waiting": waiting[:PAGE],
            "mine": seen.of(request.user).under_way()[:PAGE],
            "others": seen.under_way().exclude(opened_by=request.user).filter(state=Changeset.State.OPEN)[:PAGE],
            "ended": seen.filter(state__in=Changeset.ENDED)[:10],
        },
    )


@require_safe
def review(request, pk):
    return _review(request, seen_changeset(request, pk))


def _review(request, changeset, *, comment_form=None, refusal=None):
    source = source_of(changeset.layer)
    page = Paginator(changeset.edits.effective(), PAGE).get_page(request.GET.get("page"))
    found = seen_by(request.user, findings(changeset))
    return render(
        request,
        "editing/review.html",
        {
            "changeset": changeset,
            "counts": counts(changeset),
            "keeps_past": keeps_past(changeset.layer),
            "findings": _listed(request.user, changeset, found[:FINDINGS]),
            "finding_count": len(found),
            "page": page,
            "shown": shown(changeset.layer, source.attributes, changes_of(changeset, page.object_list)),
            "may": services.may(request.user, changeset),
            "comments": changeset.comments.select_related("by"),
            "comment_form": comment_form or CommentForm(),
            "acts": Entry.objects.about(changeset).select_related("by").order_by("pk"),
            "map": {
                **map_data(changeset.layer, request.user),
                "shapes": reverse("editing:shapes", args=[changeset.pk]),
            },
            "refusal": refusal,
        },
        status=200 if refusal is None else refusal.status,
    )


def _listed(user, changeset, found):
    """[(finding, its sentence, whether it is of this layer, whether the user may make an exception)]"""
    layers = {finding.rule.layer_id: finding.rule.layer for finding in found}
    may = {pk: can_change_layer(user, layer) for pk, layer in layers.items()}
    return [
        (each, said(each, changeset), each.rule.layer_id == changeset.layer_id, may[each.rule.layer_id])
        for each in found
    ]


@require_safe
def review_shapes(request, pk):
    """The differences for the map, the first ON_THE_MAP of them."""
    changeset = seen_changeset(request, pk)
    found = changes_of(changeset, changeset.edits.effective()[:ON_THE_MAP])
    return JsonResponse(shapes(found), headers={"Cache-Control": "private, no-cache"})


@require_POST
def act(request, pk, act):
    """submit, return, approve, publish or abandon."""
    changeset = seen_changeset(request, pk)
    form = NoteForm(request.POST)
    try:
        if not form.is_valid():
            raise BadRequest(" ".join(form.errors["note"]))
        services.ACTS[act](changeset, by=request.user, note=form.cleaned_data["note"])
    except DomainError as error:
        return _review(request, seen_changeset(request, pk), refusal=error)
    messages.success(request, _done(act))
    return redirect("editing:desk" if act == "abandon" else "editing:review", *([] if act == "abandon" else [pk]))


@require_POST
def comment(request, pk):
    changeset = seen_changeset(request, pk)
    form = CommentForm(request.POST)
    if not form.is_valid():
        return _review(request, changeset, comment_form=form)
    services.comment(changeset, by=request.user, text=form.cleaned_data["text"])
    return redirect(reverse("editing:review", args=[pk]) + "#comments")


@require_POST
def waive(request, pk):
    """An exception to a blocking rule, with a reason."""
    changeset = seen_changeset(request, pk)
    rule, subject, fingerprint = (request.POST.get(name, "") for name in ("rule", "subject", "fingerprint"))
    try:
        exception_for(
            changeset,
            rule=int(rule) if rule.isdecimal() else 0,
            subject=subject,
            fingerprint=fingerprint,
            by=request.user,
            reason=request.POST.get("reason", ""),
        )
    except DomainError as error:
        return _review(request, changeset, refusal=error)
    messages.success(request, _("The exception is recorded under your name."))
    return redirect(reverse("editing:review", args=[pk]) + "#findings")


def conflicts(request, pk):
    """Base, theirs and mine side by side; each feature is settled by itself."""
    changeset = seen_changeset(request, pk)
    refusal = None
    if request.method == "POST":
        sent = request.POST.get("feature", "")
        number = int(sent) if sent.isascii() and sent.isdecimal() and len(sent) < 19 else 0
        try:
            services.resolve(changeset, number, choices=_choices(request.POST), by=request.user)
        except DomainError as error:
            refusal = (number, error, request.POST)
        else:
            messages.success(request, _("The conflict is settled."))
            return redirect("editing:conflicts", pk)
    found = conflicting(changeset)
    attributes = source_of(changeset.layer).attributes
    return render(
        request,
        "editing/conflicts.html",
        {
            "changeset": changeset,
            "total": len(found),
            "conflicts": [_conflict(changeset.layer, attributes, change, refusal) for change in found[:CONFLICTS]],
            "may_settle": access.can_edit(request.user, changeset),
            "map": map_data(changeset.layer, request.user),
        },
    )


def _conflict(layer, attributes, change, refusal):
    """What the page shows of one conflicting feature."""
    states = (change.base, change.theirs, change.mine)
    _number, error, sent = refusal if refusal and refusal[0] == change.number else (None, None, {})
    is_whole = FEATURE in change.conflicts
    names = [GEOMETRY, *(each.name for each in attributes)] if is_whole else change.conflicts
    known = {each.name: each for each in attributes}
    rows = [
        (row, known.get(row.name), sent.get(f"choice-{row.name}"), sent.get(f"value-{row.name}", ""))
        for row in rows_of(attributes, states, names)
    ]
    return {
        "number": change.number,
        "label": label_of(layer, change.theirs or change.mine or change.base),
        "is_whole": is_whole,
        "mine_removes": change.mine is None,
        "rows": rows,
        "sides": sides(change),
        "json_id": f"sides-{change.number}",
        "shows_map": is_whole or GEOMETRY in change.conflicts,
        "error": error,
        "said": _sentences(error, rows),
    }


def _sentences(error, rows):
    """What a refusal says of each field, beside its title; "" where it is of the whole feature."""
    titles = {row.name: row.title for row, *_rest in rows}
    return [(titles.get(name, ""), " ".join(said)) for name, said in error.fields.items()] if error else []


def _choices(sent):
    """{field: "mine", "theirs" or {"value": …}} of the form's choice-… and value-… fields."""
    choices = {}
    for name, chosen in sent.items():
        if name.startswith("choice-"):
            field = name.removeprefix("choice-")
            choices[field] = {"value": sent.get(f"value-{field}", "")} if chosen == "value" else chosen
    return choices


def _done(act):
    return {
        "submit": _("The changeset waits for approval."),
        "return": _("The changeset is open again."),
        "approve": _("The changeset is approved."),
        "publish": _("The changeset is published."),
        "abandon": _("The changeset is abandoned."),
    }[act]
