"""The planners' pages: make a plan, describe its zones, keep its documents, do the acts."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from gis_layers.plans import access, drafting, services
from gis_layers.plans.forms import ACT_FORMS, DocumentForm, PlanForm, ProvisionFormSet, ZoneTypeForm, posted, tell
from gis_layers.plans.models import Plan
from gis_layers.plans.views.public import visible_plan
from gis_layers.plans.workflow import ACTS
from muni.core.errors import DomainError
from muni.documents.models import Attachment

DO = {
    "submit": services.submit,
    "return": services.return_to_draft,
    "open_consultation": services.open_consultation,
    "close_consultation": services.close_consultation,
    "revise": services.revise,
    "approve": services.approve,
    "publish": services.publish,
}


def _draft(request, pk):
    plan = visible_plan(request, pk)
    if not access.can_draft(request.user, plan):
        raise PermissionDenied
    return plan


def create(request):
    if not request.user.has_perm("plans.add_plan"):
        raise PermissionDenied
    form = PlanForm(*posted(request), user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            plan = drafting.create(by=request.user, **form.cleaned_data)
        except DomainError as error:
            tell(form, error)
        else:
            messages.success(request, _("The draft is there. Describe its zones and draw them."))
            return redirect("plans:plan", plan.pk)
    return render(request, "plans/form.html", {"form": form, "title": _("New plan")})


def edit(request, pk):
    plan = _draft(request, pk)
    form = PlanForm(*posted(request), instance=Plan.objects.get(pk=plan.pk), user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            drafting.change(plan, by=request.user, **form.cleaned_data)
        except DomainError as error:
            tell(form, error)
        else:
            messages.success(request, _("The plan is saved."))
            return redirect("plans:plan", plan.pk)
    return render(request, "plans/form.html", {"form": form, "plan": plan, "title": _("Facts of the plan")})


def zone_type(request, pk, zone_pk=None):
    plan = _draft(request, pk)
    found = get_object_or_404(plan.zone_types, pk=zone_pk) if zone_pk else None
    form = ZoneTypeForm(*posted(request), instance=plan.zone_types.get(pk=zone_pk) if zone_pk else None)
    rules = ProvisionFormSet(*posted(request), zone_type=found)
    if request.method == "POST" and form.is_valid() and rules.is_valid():
        try:
            drafting.save_zone_type(
                plan, by=request.user, zone_type=found, provisions=rules.provisions(), **form.facts()
            )
        except DomainError as error:
            tell(form, error)
        else:
            messages.success(request, _("The zone is saved."))
            return redirect("plans:plan", plan.pk)
    return render(request, "plans/zone_type.html", {"plan": plan, "zone": found, "form": form, "rules": rules})


@require_POST
def remove_zone_type(request, pk, zone_pk):
    plan = _draft(request, pk)
    drafting.remove_zone_type(get_object_or_404(plan.zone_types, pk=zone_pk), by=request.user)
    messages.success(request, _("The zone is removed."))
    return redirect("plans:plan", plan.pk)


@require_POST
def take_zone_types(request, pk):
    plan = _draft(request, pk)
    try:
        number = drafting.take_zone_types(plan, by=request.user)
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(
            request, _("Zones taken from the layer: %(count)d. Describe each of them.") % {"count": number}
        )
    return redirect("plans:plan", plan.pk)


@require_POST
def make_layer(request, pk):
    plan = _draft(request, pk)
    try:
        layer = drafting.make_zone_layer(plan, by=request.user)
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("The layer “%(layer)s” is there; draw the zones in it.") % {"layer": layer.title})
    return redirect("plans:plan", plan.pk)


def documents(request, pk):
    plan = _draft(request, pk)
    form = DocumentForm(*posted(request, files=True))
    if request.method == "POST" and form.is_valid():
        try:
            drafting.add_document(plan, form.cleaned_data["file"], by=request.user, title=form.cleaned_data["title"])
        except DomainError as error:
            form.add_error("file", error.message)
        else:
            messages.success(request, _("The document is there."))
            return redirect("plans:documents", plan.pk)
    context = {"plan": plan, "form": form, "documents": Attachment.objects.about(plan)}
    return render(request, "plans/documents.html", context)


@require_POST
def remove_document(request, pk, document_pk):
    plan = _draft(request, pk)
    drafting.remove_document(plan, get_object_or_404(Attachment.objects.about(plan), pk=document_pk), by=request.user)
    return redirect("plans:documents", plan.pk)


def act(request, pk, act):
    """One act of the plan's life on a page of its own, with what it needs."""
    if act not in DO:
        raise Http404
    plan = visible_plan(request, pk)
    if not access.can_act(request.user, plan, act):
        raise PermissionDenied
    form = ACT_FORMS[act](*posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            DO[act](plan, by=request.user, **form.cleaned_data)
        except DomainError as error:
            tell(form, error)
        else:
            messages.success(request, _("Done: %(act)s.") % {"act": ACTS[act]})
            return redirect("plans:plan", plan.pk)
    is_open = act in access.acts_open_to(request.user, plan)
    context = {"plan": plan, "form": form, "act": act, "title": ACTS[act], "is_open": is_open}
    return render(request, "plans/act.html", context)
