"""The collections: every layer that the user may see."""

from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from gis_layers import features
from gis_layers.catalogue.views import map_data
from gis_layers.models import Layer
from gis_layers.ogc.crs import CRS84, STORAGE, SUPPORTED
from gis_layers.ogc.negotiation import HTML, JSON, Answer, caching, layer_or_404, link, ogc_view
from gis_layers.ogc.temporal import period_of
from gis_layers.registry import source_of

_REL = "http://www.opengis.net/def/rel/ogc/1.0/"


@ogc_view(JSON, HTML)
def collections(request):
    """All collections. Their descriptions cost one query, and one for each layer whose data changed since the last."""
    layers = Layer.objects.visible_to(request.user).prefetch_related("schema")
    content = {"collections": [description(request, layer) for layer in layers], "crs": list(SUPPORTED)}
    context = {"layers": layers}
    return Answer(content, "gis_layers/ogc/collections.html", context, {"Cache-Control": "private, no-cache"})


@ogc_view(JSON, HTML)
def collection(request, slug):
    layer = layer_or_404(request, slug)
    content = description(request, layer)
    box = content["extent"].get("spatial", {}).get("bbox", [None])[0]
    context = {"layer": layer, "document": content, "box": box, "map": {**map_data(layer, request.user), "bounds": box}}
    return Answer(content, "gis_layers/ogc/collection.html", context, caching(layer, request))


def description(request, layer):
    """The collection document of a layer."""
    source = source_of(layer)
    found = features.summary(source, request.user)
    extent = {}
    if found.box:
        extent["spatial"] = {"bbox": [list(found.box)], "crs": CRS84.uri}
    if period_of(source):
        extent["temporal"] = {"interval": [[None, None]]}  # has dates; which ones is not kept
    return {
        "id": layer.slug,
        "title": layer.title,
        "description": layer.abstract,
        "keywords": [word.strip() for word in layer.keywords.replace("،", ",").split(",") if word.strip()],
        "attribution": layer.source,
        "itemType": "feature",
        "extent": extent,
        "crs": list(SUPPORTED),
        "storageCrs": STORAGE.uri,
        "links": _links(request, layer),
    }


def _links(request, layer):
    def to(rel, name, kind, title, query=""):
        return link(
            request, rel, reverse(f"ogc:{name}", args=[layer.slug]) + query, kind, title, hreflang=get_language()
        )

    itself = reverse("ogc:collection", args=[layer.slug])
    links = [
        link(request, "self" if request.path != itself else "canonical", itself, title=layer.title),
        to("items", "items", "application/geo+json", _("Features as GeoJSON"), "?f=json"),
        to("items", "items", "text/html", _("Features as a page"), "?f=html"),
        to(f"{_REL}queryables", "queryables", "application/schema+json", _("What can be filtered by")),
        to(f"{_REL}schema", "schema", "application/schema+json", _("What the features hold")),
        to(f"{_REL}tilesets-vector", "tilesets", "application/json", _("Vector tiles")),
        link(request, "describedby", reverse("tiles:tilejson", args=[layer.slug]), title=_("TileJSON")),
    ]
    if layer.licence.startswith(("http://", "https://")):
        links.append({"rel": "license", "href": layer.licence, "type": "text/html", "title": _("Licence")})
    return links
