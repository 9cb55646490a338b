"""One tile of one layer for one user: access, scope, cache, rendering."""

import gzip
from dataclasses import dataclass
from functools import lru_cache

from django.contrib.auth.models import AnonymousUser
from django.utils import timezone
from django.utils.translation import gettext as _

from gis_layers.models import Layer
from gis_layers.registry import source_of
from gis_layers.tiles import cache
from gis_layers.tiles.generalise import detail_of
from gis_layers.tiles.sql import MAX_ZOOM, Statement
from muni.core.errors import BadRequest

EVERYBODY = AnonymousUser()


@dataclass(frozen=True)
class Tile:
    """content: MVT 2.1, b"" when the tile is empty. scope: whose view of the layer it is."""

    content: bytes
    scope: str
    is_gzipped: bool = False

    def encoded(self, *, gzipped):
        """The content as it goes to a client."""
        if gzipped == self.is_gzipped:
            return self.content
        return _compress(self.content) if gzipped else gzip.decompress(self.content)


def scope_of(layer, user):
    """The name of the set of rows that the user sees in the layer: "public", or a hash of the question asked."""
    if layer.visibility == Layer.Visibility.PUBLIC and not user.is_authenticated:
        return cache.PUBLIC
    source = source_of(layer)
    mine = _statement(source, user)
    if layer.visibility == Layer.Visibility.PUBLIC and mine.digest == _statement(source, EVERYBODY).digest:
        return cache.PUBLIC
    return mine.digest


def tile(layer, user, z, x, y):
    """The tile (z, x, y) of WebMercatorQuad at the layer's current revision; `layer` is one the user may see.

    Raises BadRequest outside the matrix.
    """
    if z > MAX_ZOOM or not (0 <= x < 2**z and 0 <= y < 2**z):
        raise BadRequest(
            _("There is no tile %(z)s/%(x)s/%(y)s; zooms go from 0 to %(last)s.")
            % {"z": z, "x": x, "y": y, "last": MAX_ZOOM}
        )
    scope = scope_of(layer, user)
    if not layer.min_zoom <= z <= layer.max_zoom:
        return Tile(b"", scope)
    address = (scope, layer.slug, layer.revision, z, x, y)
    content = cache.read(*address)
    if content is None:
        content = _drawing(layer, user, scope, z).render(z, x, y)
        if not content or not cache.is_on():
            return Tile(content, scope)
        content = _compress(content)
        cache.write(content, *address)
        if not Layer.objects.filter(
            pk=layer.pk, revision=layer.revision, visibility=layer.visibility
        ).exists():  # withdrawn or changed while it was being drawn
            cache.drop(*address)
    return Tile(content, scope, is_gzipped=True)


def _compress(content):
    return gzip.compress(content, compresslevel=5, mtime=0) if content else b""


def _drawing(layer, user, scope, z):
    source = source_of(layer)
    is_public = scope == cache.PUBLIC
    if is_public or not layer.is_registered:
        source = detail_of(source, z)
    return _statement(source, EVERYBODY if is_public else user)


def _statement(source, user):
    attributes = tuple(source.tile_attributes)
    if user is EVERYBODY:
        return _for_everybody(source, attributes, timezone.localdate())
    return Statement(source, source.rows(user), attributes, source.layer.slug)


@lru_cache(1_000)
def _for_everybody(source, attributes, day):
    """Written down once for all visitors, and anew each day, since some layers show what is in force on the day."""
    return Statement(source, source.rows(EVERYBODY), attributes, source.layer.slug)
