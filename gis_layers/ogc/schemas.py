"""Queryables and the schema of a collection, as JSON Schema."""

from django.urls import reverse
from django.utils.translation import gettext as _

from gis_layers.fields import JSON_SCHEMA
from gis_layers.ogc.cql2 import GEOMETRY
from gis_layers.ogc.negotiation import HTML, SCHEMA, Answer, caching, layer_or_404, ogc_view
from gis_layers.registry import source_of

_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_SHAPES = {"Point": "point", "LineString": "multilinestring", "Polygon": "multipolygon", "Geometry": "any"}


@ogc_view(SCHEMA, HTML)
def queryables(request, slug):
    """What the collection can be filtered by, in `filter` and as query parameters."""
    return _schema(request, slug, "ogc:queryables", is_strict=True)


@ogc_view(SCHEMA, HTML)
def schema(request, slug):
    """What its features hold."""
    return _schema(request, slug, "ogc:schema", is_strict=False)


def choices_of(attribute):
    """{value: label in the user's language}"""
    return {choice.value: choice.label for choice in attribute.choices}


def property_schema(attribute):
    described = {"title": attribute.title, **JSON_SCHEMA[attribute.type]}
    if choices := choices_of(attribute):
        described["enum"] = list(choices)
    if attribute.unit:
        described["x-ogc-unit"] = attribute.unit
    return described


def _schema(request, slug, name, *, is_strict):
    layer = layer_or_404(request, slug)
    attributes = source_of(layer).attributes
    geometry = {
        "title": _("Geometry"),
        "format": f"geometry-{_SHAPES[layer.geometry_type]}",
        "x-ogc-role": "primary-geometry",
    }
    content = {
        "$schema": _DRAFT,
        "$id": request.build_absolute_uri(reverse(name, args=[slug])),
        "type": "object",
        "title": layer.title,
        "properties": {GEOMETRY: geometry, **{a.name: property_schema(a) for a in attributes if a.name != GEOMETRY}},
    }
    if is_strict:
        content["additionalProperties"] = False
    else:
        content["required"] = [a.name for a in attributes if a.required]
    context = {"layer": layer, "attributes": attributes, "is_queryables": is_strict, "document": content}
    return Answer(content, "gis_layers/ogc/schema.html", context, caching(layer, request))
