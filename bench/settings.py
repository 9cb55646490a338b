"""Ours with the tile cache off: every request draws."""

from muni.settings import *  # noqa: F403

TILE_CACHE_DIR = None
