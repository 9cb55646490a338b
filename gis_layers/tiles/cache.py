"""Rendered tiles on disk, gzipped: scope/layer/revision/z/x/y.mvt.gz. Scope "public" is what everybody may see; nginx
serves those files by itself (deploy/nginx.conf). Other scopes are named by the hash of the rows they show, so users
with the same rights share tiles. Empty tiles are not
kept. Without settings.TILE_CACHE_DIR nothing is kept."""

import os
import shutil
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

import numpy as np
import shapely
from django.conf import settings

PUBLIC = "public"
_HALF_WORLD = 20_037_508.342789  # metres of Web Mercator
_MARGIN = 1 / 32  # of a tile's side: twice what is drawn around it (sql.BUFFER)


def is_on():
    return settings.TILE_CACHE_DIR is not None


def _path(scope, slug, revision, z, x, y):
    return Path(settings.TILE_CACHE_DIR) / scope / slug / str(revision) / str(z) / str(x) / f"{y}.mvt.gz"


def read(*address):
    """The stored bytes of (scope, slug, revision, z, x, y), or None."""
    if not is_on():
        return None
    try:
        return _path(*address).read_bytes()
    except FileNotFoundError:
        return None


def write(content, *address):
    """Stores a tile whole or not at all; the layer's older revisions in that scope go."""
    path = _path(*address)
    revision = path.parents[2]
    is_new = not revision.exists()
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=path.parent, delete=False) as file:
        file.write(content)
    os.chmod(file.name, 0o644)
    os.replace(file.name, path)
    if is_new:
        for older in revision.parent.iterdir():
            if int(older.name) < int(revision.name):
                shutil.rmtree(older, ignore_errors=True)


def carry_over(slug, before, after, touched):
    """Keeps the tiles of revision `before` for the next one, `after`, except those that the change touched.

    touched: boxes (west, south, east, north) in Web Mercator metres.
    """
    if not is_on() or after != before + 1:
        return
    boxes = shapely.STRtree(shapely.box(*np.array(touched, float).reshape(-1, 4).T))
    for layer in Path(settings.TILE_CACHE_DIR).glob(f"*/{slug}"):
        old = layer / str(before)
        if not old.is_dir():
            continue
        (layer / str(after)).mkdir(exist_ok=True)  # first, so that a tile drawn meanwhile does not clear the old ones
        tiles = list(old.glob("*/*/*.mvt.gz"))
        places = np.array([[int(part.partition(".")[0]) for part in tile.parts[-3:]] for tile in tiles]).reshape(-1, 3)
        hit = set(boxes.query(_squares(places), predicate="intersects")[0].tolist())
        for tile in (tile for number, tile in enumerate(tiles) if number not in hit):
            kept = layer / str(after) / tile.relative_to(old)
            kept.parent.mkdir(parents=True, exist_ok=True)
            with suppress(FileExistsError, FileNotFoundError):
                os.link(tile, kept)
        shutil.rmtree(old, ignore_errors=True)


def _squares(places):
    """Tiles (z, x, y) with their margin as boxes in Web Mercator."""
    z, x, y = places.T
    side = 2 * _HALF_WORLD / 2.0**z
    west, north = x * side - _HALF_WORLD, _HALF_WORLD - y * side
    margin = side * _MARGIN
    return shapely.box(west - margin, north - side - margin, west + side + margin, north + margin)


def drop(*address):
    _path(*address).unlink(missing_ok=True)


def forget(slug):
    """Removes every stored tile of a layer: when fewer people may see it than before."""
    if not is_on():
        return
    for folder in Path(settings.TILE_CACHE_DIR).glob(f"*/{slug}"):
        shutil.rmtree(folder, ignore_errors=True)
