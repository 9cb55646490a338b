"""Rendered tiles on disk, gzipped: scope/layer/revision/z/x/y.mvt.gz. Scope "public" is what everybody may see; nginx
serves those files by itself (deploy/nginx.conf). Other scopes are named by the hash of the rows they show, so users
with the same rights share tiles. Empty tiles are not
kept. Without settings.TILE_CACHE_DIR nothing is kept."""

import os
import shutil
from pathlib import Path
from tempfile import NamedTemporaryFile

from django.conf import settings

PUBLIC = "public"


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


def drop(*address):
    _path(*address).unlink(missing_ok=True)


def forget(slug):
    """Removes every stored tile of a layer: when fewer people may see it than before."""
    if not is_on():
        return
    for folder in Path(settings.TILE_CACHE_DIR).glob(f"*/{slug}"):
        shutil.rmtree(folder, ignore_errors=True)
