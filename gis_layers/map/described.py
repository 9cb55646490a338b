"""What the map in the browser knows of each layer."""

from django.urls import reverse

from gis_layers.features import summary
from gis_layers.models import Layer
from gis_layers.registry import source_of
from gis_layers.symbology import legend, style_of
from gis_layers.templatetags.symbology import drawn


def visible_layers(user):
    """Layers in drawing order, the base map first; two queries for any number of them."""
    layers = Layer.objects.visible_to(user).prefetch_related("schema")
    return sorted(layers, key=lambda layer: (layer.group != Layer.Group.BASE, layer.position, layer.slug))


def described(layer, user):
    """JSON of one layer as the user sees it. Keys: slug, title, group, geometryType, minZoom, maxZoom, shown (at first;
    never an empty layer), tiles (address of its TileJSON), style (MapLibre layers without source), bounds (degrees or
    None), source, licence, labelField and attributes [{name, title, type, unit, choices}] in the reader's language."""
    source = source_of(layer)
    box = summary(source, user).box
    return {
        "slug": layer.slug,
        "title": layer.title,
        "group": layer.group,
        "geometryType": layer.geometry_type,
        "minZoom": layer.min_zoom,
        "maxZoom": layer.max_zoom,
        "shown": layer.shown_first and box is not None,
        "tiles": reverse("tiles:tilejson", args=[layer.slug]),
        "style": style_of(layer),
        "bounds": box,
        "source": layer.source,
        "licence": layer.licence,
        "labelField": layer.label_field,
        "attributes": [
            {
                "name": attribute.name,
                "title": attribute.title,
                "type": attribute.type,
                "unit": attribute.unit_title,
                "choices": {choice.value: choice.label for choice in attribute.choices},
            }
            for attribute in source.attributes
        ],
    }


def grouped(layers):
    """The layer tree: [(group's title, [(layer, legend)])], the topmost layer of each group first, the base map last.

    legend: [{"swatch": SVG, "label": text}].
    """
    groups = []
    for value, title in Layer.Group.choices:
        members = [
            (layer, [drawn(entry) for entry in legend(layer)]) for layer in reversed(layers) if layer.group == value
        ]
        if members:
            groups.append((title, members))
    return sorted(groups, key=lambda group: group[0] == Layer.Group.BASE.label)
