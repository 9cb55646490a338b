"""The OpenAPI 3.0 document of the OGC addresses. Each collection has its own items path, since its queryables are
query parameters of it."""

from django.urls import reverse
from django.utils.translation import gettext as _

from gis_layers.features import DEFAULT_LIMIT, MAX_LIMIT
from gis_layers.ogc.cql2 import LANGUAGES
from gis_layers.ogc.crs import SUPPORTED
from gis_layers.ogc.items import RESERVED
from gis_layers.ogc.schemas import property_schema
from gis_layers.registry import source_of

_GEOJSON = "application/geo+json"
_JSON = "application/json"
_PAGE_PARAMETERS = sorted(RESERVED)


extensions = []
"""Functions (layers) -> {path: {method: operation}} of apps that add methods to these addresses."""


def document(request, layers):
    slugs = [layer.slug for layer in layers]
    paths = _paths(layers, slugs)
    for extend in extensions:
        for path, operations in extend(layers).items():
            paths.setdefault(path, {}).update(operations)
    return {
        "openapi": "3.0.3",
        "info": {"title": _("Maps of the municipality"), "version": "1.0.0"},
        "servers": [{"url": request.build_absolute_uri(reverse("ogc:landing")).rstrip("/")}],
        "paths": paths,
        "components": {"parameters": _parameters(slugs), "schemas": _SCHEMAS, "responses": _responses()},
    }


def _paths(layers, slugs):
    paths = {
        "/": _get("landing", _("Landing page"), _JSON, "Document"),
        "/conformance": _get("conformance", _("Standards that this service follows"), _JSON, "Document"),
        "/api": _get("api", _("This description"), "application/vnd.oai.openapi+json;version=3.0", "Document"),
        "/collections": _get("collections", _("Layers"), _JSON, "Document"),
        "/tileMatrixSets": _get("tileMatrixSets", _("Tile matrix sets"), _JSON, "Document", formats=("json",)),
        "/tileMatrixSets/WebMercatorQuad": _get(
            "WebMercatorQuad", "WebMercatorQuad", _JSON, "Document", formats=("json",)
        ),
    }
    if not slugs:
        return paths
    of_layer = {
        "": ("collection", _("A layer"), _JSON),
        "/queryables": ("queryables", _("What can be filtered by"), "application/schema+json"),
        "/schema": ("schema", _("What the features hold"), "application/schema+json"),
        "/tiles": ("tilesets", _("Vector tiles"), _JSON),
        "/tiles/WebMercatorQuad": ("tileset", _("Vector tiles"), _JSON),
    }
    for end, (name, summary, kind) in of_layer.items():
        paths[f"/collections/{{collectionId}}{end}"] = _get(name, summary, kind, "Document", path=["collectionId"])
    for layer in layers:
        attributes = [a for a in source_of(layer).attributes if a.name not in RESERVED]
        page = _get(f"items.{layer.slug}", layer.title, _GEOJSON, "FeatureCollection", parameters=_PAGE_PARAMETERS)
        page["get"]["parameters"] += [_queryable(a) for a in attributes]
        paths[f"/collections/{layer.slug}/items"] = page
    paths["/collections/{collectionId}/items/{featureId}"] = _get(
        "item", _("A feature"), _GEOJSON, "Feature", path=["collectionId", "featureId"], parameters=("crs", "f", "lang")
    )
    paths["/collections/{collectionId}/tiles/WebMercatorQuad/{tileMatrix}/{tileRow}/{tileCol}"] = _tile()
    return paths


def _get(name, summary, kind, schema, *, path=(), parameters=("f", "lang"), formats=("json", "html")):
    content = {kind: {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    if "html" in formats:
        content["text/html"] = {"schema": {"type": "string"}}
    return {
        "get": {
            "operationId": name,
            "summary": str(summary),
            "parameters": [{"$ref": f"#/components/parameters/{each}"} for each in (*path, *parameters)],
            "responses": {
                "200": {"description": str(summary), "content": content},
                "304": {"description": "Not modified"},
                **{code: {"$ref": "#/components/responses/Error"} for code in ("400", "404", "503")},
            },
        }
    }


def _tile():
    path = ["collectionId", "tileMatrix", "tileRow", "tileCol"]
    operation = _get(
        "tile", _("Vector tiles"), "application/vnd.mapbox-vector-tile", "Tile", path=path, formats=("mvt",)
    )
    operation["get"]["responses"]["204"] = {"description": "Nothing is in this tile"}
    operation["get"]["parameters"] = [p for p in operation["get"]["parameters"] if not p["$ref"].endswith("/f")]
    return operation


def _queryable(attribute):
    schema = {k: v for k, v in property_schema(attribute).items() if k in {"type", "format", "enum"}}
    return _parameter(attribute.name, schema, attribute.title)["value"]


def _parameter(name, schema, description="", *, place="query"):
    """Keyed by its name; what stands in the path is required."""
    value = {"name": name, "in": place, "required": place == "path", "schema": schema}
    if description:
        value["description"] = str(description)
    if place == "query":
        value |= {"style": "form", "explode": False}
    return {"key": name, "value": value}


def _parameters(slugs):
    crs = {"type": "string", "format": "uri", "enum": list(SUPPORTED)}
    text = {"type": "string"}
    whole = {"type": "integer", "minimum": 0}
    found = [
        _parameter("f", {"type": "string", "enum": ["json", "html"]}, _("Format")),
        _parameter("lang", {"type": "string", "enum": ["ar", "en"]}, _("Language")),
        _parameter(
            "limit",
            {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
            _("Features on a page"),
        ),
        _parameter("after", text, _("Where to continue: the “next” link carries it")),
        _parameter(
            "bbox",
            {"type": "array", "minItems": 4, "maxItems": 6, "items": {"type": "number"}},
            _("West, south, east, north"),
        ),
        _parameter("bbox-crs", crs),
        _parameter("crs", crs),
        _parameter("datetime", text, _("A moment, or two with a slash; “..” is open")),
        _parameter("filter", text, "CQL2"),
        _parameter("filter-lang", {"type": "string", "enum": list(LANGUAGES), "default": LANGUAGES[0]}),
        _parameter("filter-crs", crs),
        _parameter("sortby", text, _("Attributes, with a minus for descending")),
        _parameter("collectionId", {"type": "string", "enum": slugs} if slugs else text, place="path"),
        _parameter("featureId", {"type": "integer"}, place="path"),
        _parameter("tileMatrix", whole, place="path"),
        _parameter("tileRow", whole, place="path"),
        _parameter("tileCol", whole, place="path"),
    ]
    return {each["key"]: each["value"] for each in found}


def _responses():
    error = {"schema": {"$ref": "#/components/schemas/Error"}}
    return {
        "Error": {
            "description": _("A sentence that says what to mend"),
            "content": {_JSON: error, "text/html": {"schema": {"type": "string"}}},
        }
    }


_LINKS = {"type": "array", "items": {"$ref": "#/components/schemas/Link"}}
_GEOMETRY = {"type": "object", "required": ["type"], "properties": {"type": {"type": "string"}}}
_FEATURE = {
    "type": "object",
    "required": ["type", "id", "geometry", "properties"],
    "properties": {
        "type": {"type": "string", "enum": ["Feature"]},
        "id": {"type": "integer"},
        "geometry": _GEOMETRY,
        "properties": {"type": "object"},
        "links": _LINKS,
    },
}
_SCHEMAS = {
    "Link": {
        "type": "object",
        "required": ["href", "rel"],
        "properties": {name: {"type": "string"} for name in ("href", "rel", "type", "title", "hreflang")},
    },
    "Document": {"type": "object", "properties": {"links": _LINKS}},
    "Feature": _FEATURE,
    "FeatureCollection": {
        "type": "object",
        "required": ["type", "features", "numberReturned"],
        "properties": {
            "type": {"type": "string", "enum": ["FeatureCollection"]},
            "features": {"type": "array", "items": {"$ref": "#/components/schemas/Feature"}},
            "numberReturned": {"type": "integer", "minimum": 0},
            "numberMatched": {"type": "integer", "minimum": 0},
            "timeStamp": {"type": "string", "format": "date-time"},
            "links": _LINKS,
        },
    },
    "Tile": {"type": "string", "format": "binary"},
    "Error": {
        "type": "object",
        "required": ["code", "message", "fields"],
        "properties": {"code": {"type": "string"}, "message": {"type": "string"}, "fields": {"type": "object"}},
    },
}
