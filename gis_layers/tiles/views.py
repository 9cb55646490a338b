from contextlib import suppress

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from gis_layers.models import Layer
from gis_layers.registry import source_of
from gis_layers.tiles import cache
from gis_layers.tiles.generalise import ask_to_generalise
from gis_layers.tiles.sql import MAX_ZOOM
from gis_layers.tiles.tile import EVERYBODY, scope_of, tile
from muni.core.errors import DomainError, NotFound
from muni.core.http import error_response
from muni.core.srids import LONLAT

MVT = "application/vnd.mapbox-vector-tile"
FOR_EVER = "max-age=31536000, immutable"
REVALIDATE = "no-cache"


def _layer(slug, user):
    try:
        return Layer.objects.seen_as(slug, user)
    except Layer.DoesNotExist:
        raise NotFound(_("There is no layer “%(slug)s” that you may see.") % {"slug": slug}) from None


def _asked(request, slug):
    """The layer, and whose view of it the address asks for. Public layers are answered as anybody sees them, so that
    caches may share the answer, unless the address has the scope that the TileJSON gave to somebody who sees more."""
    if "scope" not in request.GET:
        with suppress(NotFound):
            return _layer(slug, EVERYBODY), EVERYBODY
    return _layer(slug, request.user), request.user


@require_safe
@login_not_required
def mvt(request, slug, z, x, y):
    """A vector tile (MVT 2.1, gzipped). 204 when empty, 304 when the client's copy is current."""
    try:
        layer, user = _asked(request, slug)
        drawn = tile(layer, user, z, x, y)
    except DomainError as error:
        return error_response(error)
    return tile_response(request, layer, drawn)


def tile_response(request, layer, drawn):
    """The tile with its caching headers; also for OGC API Tiles."""
    etag = f'"{layer.slug}-{layer.revision}-{drawn.scope}"'
    if etag in request.headers.get("If-None-Match", ""):
        response = HttpResponse(status=304)
    elif not drawn.content:
        response = HttpResponse(status=204)
    else:
        gzipped = "gzip" in request.headers.get("Accept-Encoding", "")
        response = HttpResponse(drawn.encoded(gzipped=gzipped), content_type=MVT)
        if gzipped:
            response["Content-Encoding"] = "gzip"
    response["ETag"] = etag
    is_current = request.GET.get("v") == str(layer.revision)
    if drawn.scope == cache.PUBLIC:
        response["Cache-Control"] = f"public, {FOR_EVER if is_current else REVALIDATE}"
        response["Access-Control-Allow-Origin"] = "*"
        patch_vary_headers(response, ["Accept-Encoding"])
    else:
        response["Cache-Control"] = f"private, {REVALIDATE}"
        patch_vary_headers(response, ["Accept-Encoding", "Authorization", "Cookie"])
    return response


@require_safe
@login_not_required
def tilejson(request, slug):
    """TileJSON 3.0.0. The tiles' address carries the revision, so browsers keep tiles until the layer changes."""
    try:
        layer = _layer(slug, request.user)
    except DomainError as error:
        return error_response(error)
    ask_to_generalise(layer)
    source = source_of(layer)
    scope = scope_of(layer, request.user)
    address = reverse("tiles:mvt", args=[slug, 0, 0, 0]).replace("0/0/0.mvt", "{z}/{x}/{y}.mvt")
    query = f"v={layer.revision}" + ("" if scope == cache.PUBLIC else f"&scope={scope}")
    description = {
        "tilejson": "3.0.0",
        "name": layer.title,
        "description": layer.abstract,
        "attribution": layer.source,
        "version": f"{layer.revision}.0.0",
        "tiles": [request.build_absolute_uri("/").rstrip("/") + f"{address}?{query}"],
        "minzoom": min(layer.min_zoom, MAX_ZOOM),
        "maxzoom": min(layer.max_zoom, MAX_ZOOM),
        "vector_layers": [
            {
                "id": slug,
                "fields": {name: source.attribute(name).type.value for name in source.tile_attributes},
                "minzoom": min(layer.min_zoom, MAX_ZOOM),
                "maxzoom": min(layer.max_zoom, MAX_ZOOM),
            }
        ],
    }
    if layer.extent:
        description["bounds"] = list(layer.extent.transform(LONLAT, clone=True).extent)
    response = JsonResponse(description, json_dumps_params={"ensure_ascii": False})
    response["Cache-Control"] = "private, no-cache"
    patch_vary_headers(response, ["Authorization", "Cookie", "Accept-Language"])
    return response
