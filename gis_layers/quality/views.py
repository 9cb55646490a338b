"""A layer's quality page: its rules, the last run, findings on the map and as a table, exceptions."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from gis_layers import access
from gis_layers.catalogue.manage import allowed_layer
from gis_layers.catalogue.views import map_data
from gis_layers.quality import exports, services
from gis_layers.quality.checks import KINDS
from gis_layers.quality.forms import FindingsForm, RuleForm, WaiverForm
from gis_layers.quality.models import Finding, Rule, Run, Waiver
from muni.core.errors import DomainError

PAGE = 50
ON_THE_MAP = 3_000


@require_safe
def page(request, slug):
    """The quality page; asked by its own progress bar it answers with the bar alone."""
    layer = _layer(request, slug)
    last = layer.quality_runs.first()
    if request.htmx:
        response = render(request, "quality/progress_bar.html", {"run": last})
        if last is None or last.has_ended:
            response.headers["HX-Refresh"] = "true"
        return response
    form = FindingsForm(request.GET, layer=layer)
    findings = Paginator(form.of(Finding.objects), PAGE).get_page(request.GET.get("page"))
    waivers = Waiver.objects.select_related("by").in_bulk([f.waiver_id for f in findings if f.waiver_id])
    for finding in findings:
        finding.exception = waivers.get(finding.waiver_id)
    context = {
        "layer": layer,
        "rules": layer.quality_rules.with_counts(),
        "run": last,
        "checked": layer.quality_runs.filter(state=Run.State.DONE).first(),
        "form": form,
        "findings": findings,
        "is_cut": findings.paginator.count > ON_THE_MAP,
        "on_the_map": ON_THE_MAP,
        "map": map_data(layer, request.user),
    }
    return render(request, "quality/page.html", context)


@require_safe
def findings_csv(request, slug):
    layer = _layer(request, slug)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{layer.slug}-quality.csv"'
    response.write("\ufeff")
    exports.as_csv(FindingsForm(request.GET, layer=layer).of(Finding.objects), response)
    return response


@require_safe
def findings_geojson(request, slug):
    """The findings asked for; with ?drawn=yes as many as the page's map draws."""
    layer = _layer(request, slug)
    findings = FindingsForm(request.GET, layer=layer).of(Finding.objects).on_the_map()
    if request.GET.get("drawn"):
        findings = findings[:ON_THE_MAP]
    response = HttpResponse(exports.as_geojson(findings), content_type="application/geo+json")
    response.headers["Cache-Control"] = "private, no-store"
    return response


def add_rule(request, slug):
    """First the kind, then what it asks for."""
    layer = _layer(request, slug)
    kind = request.GET.get("kind")
    if kind not in KINDS:
        kinds = [definition for definition in KINDS.values() if definition.suits(layer.geometry_type)]
        return render(request, "quality/kinds.html", {"layer": layer, "kinds": kinds})
    return _rule_page(request, Rule(layer=layer, kind=kind))


def change_rule(request, slug, pk):
    layer = _layer(request, slug)
    return _rule_page(request, get_object_or_404(layer.quality_rules, pk=pk))


def _rule_page(request, rule):
    form = RuleForm(request.POST or None, rule=rule, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            if rule.pk is None:
                services.add_rule(rule.layer, by=request.user, kind=rule.kind, **form.declared())
            else:
                services.change_rule(rule, by=request.user, **form.declared())
        except DomainError as error:
            for name, sentence in (error.fields or {None: error.message}).items():
                form.add_error(name if name in form.fields else None, sentence)
        else:
            messages.success(request, _("The rule is saved. Check the layer to see what it finds."))
            return redirect("quality:page", rule.layer.slug)
    return render(request, "quality/rule.html", {"layer": rule.layer, "rule": rule, "form": form})


@require_POST
def remove_rule(request, slug, pk):
    layer = _layer(request, slug)
    services.remove_rule(get_object_or_404(layer.quality_rules, pk=pk), by=request.user)
    messages.info(request, _("The rule is gone, with its findings."))
    return redirect("quality:page", slug)


@require_POST
def start(request, slug):
    layer = _layer(request, slug)
    try:
        services.start(layer, by=request.user)
    except DomainError as error:
        messages.error(request, error.message)
    return redirect("quality:page", slug)


@require_POST
def cancel(request, slug):
    layer = _layer(request, slug)
    for job in layer.quality_runs.exclude(state__in=Run.ENDED):
        services.cancel(job)
    messages.info(request, _("The check was stopped; the findings are those of the one before."))
    return redirect("quality:page", slug)


def waive(request, slug, pk):
    layer = _layer(request, slug)
    finding = get_object_or_404(Finding.objects.of(layer).with_waivers().select_related("rule"), pk=pk)
    form = WaiverForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.waive(finding, by=request.user, reason=form.cleaned_data["reason"])
        except DomainError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("The exception is noted. It holds until the feature changes."))
            return redirect("quality:page", slug)
    return render(request, "quality/waive.html", {"layer": layer, "finding": finding, "form": form})


@require_POST
def withdraw(request, slug, pk):
    layer = _layer(request, slug)
    services.withdraw_waiver(get_object_or_404(Waiver, pk=pk, rule__layer=layer), by=request.user)
    messages.info(request, _("The exception is withdrawn; the finding counts again."))
    return redirect("quality:page", slug)


def _layer(request, slug):
    """The layer, 404 for whoever may not see it, 403 for whoever may not change it."""
    return allowed_layer(request, slug, access.can_change_layer)
