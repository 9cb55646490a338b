"""Publishing a changeset draws anew the tiles that it touched and no others."""

from pathlib import Path

import pytest

from gis_layers.models import Layer
from gis_layers.tiles import cache
from tests.gis_layers.editing.worlds import Town, area, edit
from tests.gis_layers.test_tiles import decode, get, tile_at

pytestmark = pytest.mark.django_db
ZOOM = 17


def tile(client, town, i, z=ZOOM):
    lon, lat = town.place(i)
    z, x, y = tile_at(lon + 0.0005, lat + 0.0005, z)
    return get(client, f"/tiles/{town.layer.slug}/{z}/{x}/{y}.mvt")


def stored(town, settings, revision):
    folder = Path(settings.TILE_CACHE_DIR) / cache.PUBLIC / town.layer.slug / str(revision)
    return {str(path.relative_to(folder)): path.stat().st_ino for path in folder.rglob("*.gz")}


@pytest.fixture
def town():
    return Town(count=20, visibility=Layer.Visibility.PUBLIC)


def test_only_the_touched_tiles_are_drawn_anew(town, client, settings, django_capture_on_commit_callbacks):
    for i in (0, 10):
        tile(client, town, i)
    tile(client, town, 0, z=10)
    before = stored(town, settings, 1)
    assert len(before) == 3
    draft = town.open()
    first = min(town.numbers)
    edit(draft, {"op": "delete", "id": first, "version": town.token(first)})
    with django_capture_on_commit_callbacks(execute=True):
        town.publish(draft)
    after = stored(town, settings, 2)
    lon, lat = town.place(10)
    z, x, y = tile_at(lon + 0.0005, lat + 0.0005, ZOOM)
    assert after == {f"{z}/{x}/{y}.mvt.gz": before[f"{z}/{x}/{y}.mvt.gz"]}
    assert not stored(town, settings, 1)
    whole = decode(tile(client, town, 0, z=10))[town.layer.slug]["features"]
    assert first not in {feature["id"] for feature in whole}


def test_both_the_old_and_the_new_place_of_a_moved_feature_are_touched(
    town, client, settings, django_capture_on_commit_callbacks
):
    for i in (0, 10, 19):
        tile(client, town, i)
    draft = town.open()
    first = min(town.numbers)
    edit(draft, {"op": "update", "id": first, "version": town.token(first), "geometry": area(10, 0.0005)})
    with django_capture_on_commit_callbacks(execute=True):
        town.publish(draft)
    assert len(stored(town, settings, 2)) == 1
