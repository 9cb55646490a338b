"""The style editor: the server compiles what the page declares, so preview and saved style cannot differ."""

import json

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from gis_layers import access, services, statistics, symbology
from gis_layers.catalogue.manage import allowed_layer
from gis_layers.catalogue.views import map_data
from gis_layers.fields import FieldType
from gis_layers.registry import source_of
from gis_layers.symbology.declared import DASHES, HATCHES, MARKERS, MAX_CATEGORIES, as_map_text
from gis_layers.symbology.palettes import CATEGORIES, RAMPS, ramp_colors
from gis_layers.templatetags.symbology import drawn as legend_entry
from gis_layers.tiles.sql import MAX_ZOOM, Statement
from muni.core.errors import BadRequest, DomainError
from muni.core.http import error_response


def _layer(request, slug):
    return allowed_layer(request, slug, access.can_change_layer)


def editor(request, slug):
    layer = _layer(request, slug)
    source = source_of(layer)
    refusal = None
    if request.method == "POST":
        try:
            given = _declared(request)
            services.restyle(
                layer,
                by=request.user,
                symbology=given["symbology"],
                style=given.get("style"),
                min_zoom=given.get("min_zoom"),
                max_zoom=given.get("max_zoom"),
            )
        except DomainError as error:
            refusal = error
        else:
            messages.success(request, _("The style is saved. The map shows it from now on."))
            return redirect("catalogue:layer", slug)
    fresh = symbology.default_symbology(layer.geometry_type, layer.label_field)
    return render(
        request,
        "gis_layers/catalogue/style.html",
        {
            "layer": layer,
            "refusal": refusal,
            "attributes": source.attributes,
            "numeric": [a for a in source.attributes if a.type in {FieldType.INTEGER, FieldType.NUMBER}],
            "methods": symbology.METHODS.items(),
            "ramps": [(name, title, ramp_colors(name, 7)) for name, (title, _steps) in RAMPS.items()],
            "palettes": [(name, title, colors) for name, (title, colors) in CATEGORIES.items()],
            "markers": MARKERS.items(),
            "dashes": DASHES.items(),
            "hatches": HATCHES.items(),
            "map": map_data(layer, request.user),
            "state": {
                "slug": layer.slug,
                "symbology": fresh | layer.symbology | {"labels": _class_labels(layer.symbology)},
                "fresh": fresh,
                "style": symbology.style_of(layer),
                "min_zoom": layer.min_zoom,
                "max_zoom": layer.max_zoom,
                "palettes": {name: colors for name, (_title, colors) in CATEGORIES.items()},
            },
        },
    )


@require_POST
def preview(request, slug):
    """{"style", "legend"} of what the page declares, or the one error shape."""
    layer = _layer(request, slug)
    source = source_of(layer)
    try:
        given = _declared(request)
        if given["symbology"].get("kind") == "handwritten":
            style = symbology.checked_style(given.get("style"), [a.name for a in source.attributes])
            layer.symbology = symbology.default_symbology(layer.geometry_type) | {"kind": "handwritten"}
        else:
            layer.symbology = symbology.cleaned(given["symbology"], layer.geometry_type, source.attributes)
            style = symbology.style_layers(layer.symbology, layer.geometry_type)
    except DomainError as error:
        return error_response(error)
    entries = [legend_entry(entry) for entry in symbology.legend(layer)]
    legend = render_to_string("gis_layers/catalogue/legend.html", {"entries": entries})
    layer.style = style
    return JsonResponse({"style": style, "legend": legend, "attributes": source.tile_attributes})


@require_safe
def values(request, slug):
    """{"values": [{"value", "label_ar", "label_en", "count"}], "different", "missing"} for colouring by category."""
    layer = _layer(request, slug)
    source = source_of(layer)
    attribute = source.attribute(request.GET.get("field", ""))
    if attribute is None:
        return error_response(BadRequest(_("Choose an attribute of the layer.")))
    top, different, missing = statistics.most_frequent(source, request.user, attribute.name, MAX_CATEGORIES)
    named = {str(choice.value): choice for choice in attribute.choices}
    found = []
    for value, count in top:
        text = as_map_text(value)
        choice = named.get(text)
        labels = {"label_ar": choice.label_ar, "label_en": choice.label_en} if choice else {}
        found.append({"value": text, "label_ar": text, "label_en": "", **labels, "count": count})
    return JsonResponse({"values": found, "different": different, "missing": missing})


@require_safe
def breaks(request, slug):
    """Class breaks with colours, counts and labels: ?field=&method=&classes=&ramp=&reverse="""
    layer = _layer(request, slug)
    method, ramp = request.GET.get("method", ""), request.GET.get("ramp", "")
    count = request.GET.get("classes", "")
    try:
        if method not in symbology.METHODS or ramp not in RAMPS or count not in set("23456789"):
            raise BadRequest(_("Choose a method, a colour ramp and two to nine classes."))
        found = statistics.classes(source_of(layer), request.user, request.GET.get("field", ""), method, int(count))
    except DomainError as error:
        return error_response(error)
    steps = range(max(len(found["breaks"]) - 1, 0))
    colors = ramp_colors(ramp, len(steps), reverse=request.GET.get("reverse") == "1") if steps else []
    labels = [symbology.class_label(found["breaks"], i, whole=found["whole"]) for i in steps]
    return JsonResponse({**found, "colors": colors, "labels": labels})


@require_safe
def tile(request, slug, z, x, y):
    """A tile with the attributes that the editor asks for (?with=a&with=b), before any style is saved."""
    layer = _layer(request, slug)
    if z > MAX_ZOOM or not (x < 2**z and y < 2**z):
        return error_response(BadRequest(_("There is no such tile.")))
    source = source_of(layer)
    wanted = [a.name for a in source.attributes if a.name in request.GET.getlist("with")]
    content = Statement(source, source.rows(request.user), wanted, layer.slug).render(z, x, y)
    return HttpResponse(
        content,
        status=200 if content else 204,
        content_type="application/vnd.mapbox-vector-tile",
        headers={"Cache-Control": "private, max-age=60"},
    )


def _class_labels(declared):
    steps = range(len(declared.get("colors", [])))
    return [symbology.class_label(declared["breaks"], i, whole=declared["whole"]) for i in steps]


def _declared(request):
    """The page's JSON: {"symbology", "style", "min_zoom", "max_zoom"}. Raises BadRequest."""
    try:
        given = json.loads(request.POST.get("declared", ""))
    except (ValueError, RecursionError):
        given = None
    if not isinstance(given, dict) or not isinstance(given.get("symbology"), dict):
        raise BadRequest(_("The style did not arrive whole. Try again."))
    zooms = [given.get(name) for name in ("min_zoom", "max_zoom")]
    if not all(zoom is None or (type(zoom) is int and 0 <= zoom <= 22) for zoom in zooms):
        raise BadRequest(_("Zooms are whole numbers from 0 to 22."))
    return given
