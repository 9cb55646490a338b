"""OGC API Tiles Part 1 over the vector tiles of gis_layers.tiles: row before column in these addresses."""

from django.urls import reverse
from django.utils.translation import gettext as _

from gis_layers import features
from gis_layers.fields import JSON_SCHEMA
from gis_layers.ogc.negotiation import HTML, JSON, MVT, Answer, caching, layer_or_404, link, ogc_view
from gis_layers.registry import source_of
from gis_layers.tiles.sql import MAX_ZOOM
from gis_layers.tiles.tile import tile as drawn_tile
from gis_layers.tiles.views import tile_response
from muni.core.errors import NotFound

WEB_MERCATOR_QUAD = "http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad"
_CRS = "http://www.opengis.net/def/crs/EPSG/0/3857"
_REL = "http://www.opengis.net/def/rel/ogc/1.0/"
_HALF = 20_037_508.3427892  # metres from the origin of Web Mercator to the edge of its square
_TILE = 256
_PIXEL = 0.00028  # metres of a standardised rendering pixel
_DIMENSIONS = {"Point": 0, "LineString": 1, "Polygon": 2}


@ogc_view(JSON, HTML)
def tilesets(request, slug):
    """The tilesets of a collection: one, in WebMercatorQuad."""
    layer = layer_or_404(request, slug)
    content = {"tilesets": [_described(request, layer)]}
    return Answer(
        content, "gis_layers/ogc/tileset.html", {"layer": layer, "max_zoom": MAX_ZOOM}, caching(layer, request)
    )


@ogc_view(JSON, HTML)
def tileset(request, slug):
    layer = layer_or_404(request, slug)
    source = source_of(layer)
    content = _described(request, layer)
    attributes = [source.attribute(name) for name in source.tile_attributes]
    content["layers"] = [
        {
            "id": slug,
            "title": layer.title,
            "dataType": "vector",
            "geometryDimension": _DIMENSIONS.get(layer.geometry_type),
            "minTileMatrix": str(min(layer.min_zoom, MAX_ZOOM)),
            "maxTileMatrix": str(min(layer.max_zoom, MAX_ZOOM)),
            "propertiesSchema": {
                "type": "object",
                "properties": {a.name: {"title": a.title, **JSON_SCHEMA[a.type]} for a in attributes},
            },
        }
    ]
    if content["layers"][0]["geometryDimension"] is None:
        del content["layers"][0]["geometryDimension"]
    if box := features.summary(source, request.user).box:
        content["boundingBox"] = {
            "lowerLeft": box[:2],
            "upperRight": box[2:],
            "crs": "http://www.opengis.net/def/crs/OGC/1.3/CRS84",
        }
    return Answer(
        content, "gis_layers/ogc/tileset.html", {"layer": layer, "max_zoom": MAX_ZOOM}, caching(layer, request)
    )


@ogc_view(MVT, parameters={"v"})
def tile(request, slug, matrix, row, column):
    layer = layer_or_404(request, slug)
    if not all(part.isascii() and part.isdecimal() and len(part) < 9 for part in (matrix, row, column)):
        raise NotFound(_("A tile is named by three whole numbers: zoom, row, column."))
    z, y, x = int(matrix), int(row), int(column)
    if z > MAX_ZOOM or x >= 2**z or y >= 2**z:
        raise NotFound(_("There is no such tile in WebMercatorQuad; zooms go from 0 to %(last)s.") % {"last": MAX_ZOOM})
    return tile_response(request, layer, drawn_tile(layer, request.user, z, x, y))


@ogc_view(JSON)
def matrix_sets(request):
    definition = link(request, "self", reverse("ogc:matrix_set"), title="WebMercatorQuad")
    return Answer(
        {"tileMatrixSets": [{"id": "WebMercatorQuad", "uri": WEB_MERCATOR_QUAD, "crs": _CRS, "links": [definition]}]}
    )


@ogc_view(JSON)
def matrix_set(request):
    """WebMercatorQuad as OGC 17-083r4 defines it, as deep as tiles go."""
    return Answer(
        {
            "id": "WebMercatorQuad",
            "title": "Google Maps Compatible for the World",
            "uri": WEB_MERCATOR_QUAD,
            "crs": _CRS,
            "orderedAxes": ["X", "Y"],
            "wellKnownScaleSet": "http://www.opengis.net/def/wkss/OGC/1.0/GoogleMapsCompatible",
            "tileMatrices": [_matrix(z) for z in range(MAX_ZOOM + 1)],
        }
    )


def _matrix(z):
    cell = 2 * _HALF / _TILE / 2**z
    return {
        "id": str(z),
        "scaleDenominator": cell / _PIXEL,
        "cellSize": cell,
        "cornerOfOrigin": "topLeft",
        "pointOfOrigin": [-_HALF, _HALF],
        "tileWidth": _TILE,
        "tileHeight": _TILE,
        "matrixWidth": 2**z,
        "matrixHeight": 2**z,
    }


def _described(request, layer):
    address = reverse("ogc:tileset", args=[layer.slug])
    template = request.build_absolute_uri(address) + "/{tileMatrix}/{tileRow}/{tileCol}"
    return {
        "title": layer.title,
        "dataType": "vector",
        "crs": _CRS,
        "tileMatrixSetURI": WEB_MERCATOR_QUAD,
        "links": [
            link(request, "self" if request.path != address else "canonical", address, title=layer.title),
            {"rel": "item", "href": template, "type": MVT.media_type, "templated": True, "title": _("Vector tiles")},
            link(request, f"{_REL}tiling-scheme", reverse("ogc:matrix_set"), title="WebMercatorQuad"),
            link(request, f"{_REL}geodata", reverse("ogc:collection", args=[layer.slug]), title=layer.title),
            link(request, "describedby", reverse("tiles:tilejson", args=[layer.slug]), title=_("TileJSON")),
        ],
    }
