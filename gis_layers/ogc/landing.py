"""Landing page, conformance and the API's own description."""

from django.urls import reverse
from django.utils.translation import gettext as _

from gis_layers.models import Layer
from gis_layers.ogc.negotiation import HTML, JSON, OPENAPI, Answer, link, ogc_view
from gis_layers.ogc.openapi import document

_REL = "http://www.opengis.net/def/rel/ogc/1.0/"
_CLASSES = {
    "ogcapi-common-1/1.0": ["core", "landing-page", "json", "html", "oas30"],
    "ogcapi-common-2/1.0": ["collections", "json", "html"],
    "ogcapi-features-1/1.0": ["core", "geojson", "html", "oas30"],
    "ogcapi-features-2/1.0": ["crs"],
    "ogcapi-features-3/1.0": ["queryables", "queryables-query-parameters", "filter", "features-filter"],
    "ogcapi-tiles-1/1.0": ["core", "tileset", "tilesets-list", "geodata-tilesets", "mvt", "oas30"],
    "tms/2.0": ["tilematrixset", "json-tilematrixset"],
    "cql2/1.0": [
        "cql2-text",
        "cql2-json",
        "basic-cql2",
        "advanced-comparison-operators",
        "case-insensitive-comparison",
        "accent-insensitive-comparison",
        "basic-spatial-functions",
        "basic-spatial-functions-plus",
        "spatial-functions",
        "temporal-functions",
        "property-property",
        "arithmetic",
    ],
}
CONFORMS_TO = [f"http://www.opengis.net/spec/{part}/conf/{name}" for part, names in _CLASSES.items() for name in names]


@ogc_view(JSON, HTML)
def landing(request):
    api = reverse("ogc:api")
    content = {
        "title": _("Maps of the municipality"),
        "description": _("Every map layer as features and vector tiles, by the standards of OGC API."),
        "links": [
            link(
                request,
                "service-desc",
                f"{api}?f=json",
                OPENAPI.media_type,
                _("Description of this service for programs"),
            ),
            link(request, "service-doc", f"{api}?f=html", HTML.media_type, _("Description of this service to read")),
            link(request, "conformance", reverse("ogc:conformance"), title=_("Standards that this service follows")),
            link(
                request,
                f"{_REL}conformance",
                reverse("ogc:conformance"),
                title=_("Standards that this service follows"),
            ),
            link(request, "data", reverse("ogc:collections"), title=_("Layers")),
            link(request, f"{_REL}data", reverse("ogc:collections"), title=_("Layers")),
            link(request, f"{_REL}tiling-schemes", reverse("ogc:matrix_sets"), title=_("Tile matrix sets")),
        ],
    }
    return Answer(content, "gis_layers/ogc/landing.html", {"document": content})


@ogc_view(JSON, HTML)
def conformance(request):
    return Answer({"conformsTo": CONFORMS_TO}, "gis_layers/ogc/conformance.html", {"classes": CONFORMS_TO})


@ogc_view(OPENAPI, HTML)
def api(request):
    """OpenAPI 3.0 of what this user may see."""
    layers = Layer.objects.visible_to(request.user).prefetch_related("schema")
    return Answer(document(request, layers), "gis_layers/ogc/api.html", {"url": reverse("ogc:api") + "?f=json"})
