import gzip
import math

import mapbox_vector_tile
import pytest
from django.contrib.gis.geos import LineString, MultiPoint, Point, Polygon
from django_tasks_db.models import DBTaskResult

from gis_layers.models import CoarseFeature, Layer
from gis_layers.services import withdraw
from gis_layers.tiles import cache, generalise
from gis_layers.tiles.sql import MAX_ZOOM
from muni.core.srids import LONLAT, MUNI_SRID
from tests.factories import (
    AMARAH,
    DepartmentFactory,
    LayerFactory,
    LayerFieldFactory,
    ParcelFactory,
    UserFactory,
    fill,
    square,
)

pytestmark = pytest.mark.django_db
LON, LAT = AMARAH
BY_USE = [{"id": "a", "type": "fill", "paint": {"fill-color": ["match", ["get", "use"], "park", "#8b8", "#ccc"]}}]


def tile_at(lon, lat, z):
    n = 2**z
    y = (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * n
    return z, int((lon + 180) / 360 * n), int(y)


def address(layer, z=14, lon=LON + 0.0005, lat=LAT + 0.0005, query=""):
    z, x, y = tile_at(lon, lat, z)
    return f"/tiles/{layer.slug}/{z}/{x}/{y}.mvt{query}"


def decode(response):
    assert response.status_code == 200, response.content
    return mapbox_vector_tile.decode(gzip.decompress(response.content))


def get(client, path, **headers):
    return client.get(path, headers={"accept-encoding": "gzip", **headers})


@pytest.fixture
def layer():
    layer = LayerFactory(public=True, style=BY_USE)
    LayerFieldFactory(layer=layer, name="use")
    LayerFieldFactory(layer=layer, name="owner")
    return fill(layer, (square(LON, LAT), {"use": "park", "owner": "زيد"}))


def test_a_tile_holds_the_feature_with_what_the_style_reads_and_nothing_else(client, layer):
    tile = decode(get(client, address(layer)))
    (feature,) = tile[layer.slug]["features"]
    assert feature["properties"] == {"use": "park"}
    assert feature["id"] == layer.features.get().feature_no
    assert tile[layer.slug]["extent"] == 4096


@pytest.mark.parametrize("z", [0, 5, 11, 14, MAX_ZOOM])
def test_a_shape_keeps_its_place_at_every_zoom(client, layer, z):
    """Whether it lies inside the tile (moved by an affine map) or sticks out of it (clipped)."""
    fill(layer, (square(LON - 0.2, LAT - 0.2, 0.4), {"use": "ring"}))
    layer.refresh_from_db()
    for lon, lat in ((LON + 0.0005, LAT + 0.0005), (LON - 0.1, LAT - 0.1)):
        tile = decode(get(client, address(layer, z, lon, lat)))
        zoom, x, y = tile_at(lon, lat, z)
        px = ((lon + 180) / 360 * 2**zoom - x) * 4096
        py = ((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * 2**zoom - y) * 4096
        here = Point(px, 4096 - py)
        shapes = [f["geometry"] for f in tile[layer.slug]["features"]]
        assert any(Polygon(*s["coordinates"]).distance(here) <= 1 for s in shapes if s["type"] == "Polygon")


def test_an_area_over_several_tiles_is_labelled_in_one_of_them(client, layer):
    fill(layer, (square(LON - 0.1, LAT - 0.1, 0.2), {"use": "ring"}))
    layer.refresh_from_db()
    z, x, y = tile_at(LON, LAT, 12)
    tiles = [get(client, f"/tiles/{layer.slug}/{z}/{x + i}/{y + j}.mvt") for i in (-1, 0, 1) for j in (-1, 0, 1)]
    rings = [
        f["properties"] for t in tiles for f in decode(t)[layer.slug]["features"] if f["properties"]["use"] == "ring"
    ]
    assert len(rings) == 9
    assert rings.count({"use": "ring"}) == 1
    assert rings.count({"use": "ring", "labelled_elsewhere": True}) == 8


def test_points_lines_and_multi_shapes_are_drawn(client):
    layer = LayerFactory(public=True, geometry_type="Geometry")
    point = Point(LON, LAT, srid=LONLAT).transform(MUNI_SRID, clone=True)
    fill(
        layer,
        (point, {}),
        (MultiPoint(point, Point(point.x + 30, point.y, srid=MUNI_SRID), srid=MUNI_SRID), {}),
        (LineString((point.x, point.y), (point.x + 50, point.y + 9000), srid=MUNI_SRID), {}),
    )
    layer.refresh_from_db()
    kinds = {f["geometry"]["type"] for f in decode(get(client, address(layer)))[layer.slug]["features"]}
    assert kinds == {"Point", "MultiPoint", "LineString"}


def test_an_empty_tile_is_204_and_outside_the_matrix_400(client, layer):
    assert get(client, address(layer, lon=0, lat=0)).status_code == 204
    refused = client.get(f"/tiles/{layer.slug}/3/8/0.mvt")
    assert refused.status_code == 400
    assert refused.json()["code"] == "bad_request"
    assert get(client, f"/tiles/{layer.slug}/{MAX_ZOOM + 1}/0/0.mvt").status_code == 400


def test_a_client_without_gzip_gets_plain_bytes(client, layer):
    response = client.get(address(layer))
    assert "Content-Encoding" not in response
    assert mapbox_vector_tile.decode(response.content)


def test_the_current_address_is_immutable_and_another_one_is_revalidated(client, layer):
    current = get(client, address(layer, query=f"?v={layer.revision}"))
    assert current["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "Cookie" not in current["Vary"]
    plain = get(client, address(layer))
    assert plain["Cache-Control"] == "public, no-cache"
    assert get(client, address(layer), if_none_match=plain["ETag"]).status_code == 304
    fill(layer, (square(LON, LAT), {"use": "school"}))
    changed = get(client, address(layer), if_none_match=plain["ETag"])
    assert len(decode(changed)[layer.slug]["features"]) == 2


def test_a_second_request_costs_no_rendering(client, layer, django_assert_num_queries):
    get(client, address(layer))
    with django_assert_num_queries(1):  # the layer
        get(client, address(layer))


@pytest.mark.parametrize("visibility", ["private", "staff"])
def test_a_hidden_layer_is_a_404_for_anonymous_and_citizen(client, client_of, citizen, layer, visibility):
    get(client, address(layer))
    Layer.objects.filter(pk=layer.pk).update(visibility=visibility)
    for stranger in (client, client_of(citizen)):
        for path in (address(layer), address(layer, query="?scope=x"), f"/tiles/{layer.slug}.json"):
            assert get(stranger, path).status_code == 404


def test_who_may_see_a_private_layer_gets_it_uncached_by_others(client_of, layer):
    owner = UserFactory(permissions=["gis_layers.change_layer"], permissions__department=layer.department)
    other = UserFactory(permissions=["gis_layers.change_layer"], permissions__department=DepartmentFactory())
    Layer.objects.filter(pk=layer.pk).update(visibility="private")
    response = get(client_of(owner), address(layer))
    assert decode(response)
    assert response["Cache-Control"].startswith("private")
    assert "Cookie" in response["Vary"]
    assert get(client_of(other), address(layer)).status_code == 404


def test_users_with_the_same_rights_share_tiles_and_others_do_not(settings, client_of, layer):
    Layer.objects.filter(pk=layer.pk).update(visibility="staff")
    one, two = UserFactory.create_batch(2, permissions=["gis_layers.view_layer"])
    get(client_of(one), address(layer))
    stored = list(settings.TILE_CACHE_DIR.rglob("*.gz"))
    get(client_of(two), address(layer))
    assert list(settings.TILE_CACHE_DIR.rglob("*.gz")) == stored
    assert not (settings.TILE_CACHE_DIR / cache.PUBLIC).exists()


def test_a_new_revision_removes_the_older_files(settings, client, layer):
    get(client, address(layer))
    fill(layer, (square(LON, LAT), {"use": "school"}))
    get(client, address(layer))
    folders = [f.name for f in (settings.TILE_CACHE_DIR / cache.PUBLIC / layer.slug).iterdir()]
    assert folders == [str(layer.revision + 1)]


def test_a_tile_drawn_while_its_layer_was_withdrawn_is_not_kept(settings, client, layer, monkeypatch):
    stored = cache.write

    def withdraw_and_write(*args):
        Layer.objects.filter(pk=layer.pk).update(visibility="private")
        stored(*args)

    monkeypatch.setattr(cache, "write", withdraw_and_write)
    get(client, address(layer))
    assert not list(settings.TILE_CACHE_DIR.rglob("*.gz"))


def test_tilejson_describes_the_layer_and_its_address_carries_the_revision(client, layer):
    described = client.get(f"/tiles/{layer.slug}.json").json()
    assert described["tiles"] == [f"http://testserver/tiles/{layer.slug}/{{z}}/{{x}}/{{y}}.mvt?v={layer.revision}"]
    assert described["vector_layers"][0]["fields"] == {"use": "text"}
    west, south, east, north = described["bounds"]
    assert west <= LON <= east
    assert south <= LAT <= north


def test_numbers_travel_as_numbers(client):
    ParcelFactory(area_m2="468.57")
    Layer.objects.filter(slug="parcels").update(label_field="area_m2")
    layer = Layer.objects.get(slug="parcels")
    (feature,) = decode(get(client, address(layer, 16, LON + 0.0005, LAT + 0.0005)))["parcels"]["features"]
    assert feature["properties"]["area_m2"] == 468.57


def test_without_a_cache_nothing_is_kept_and_the_tile_is_the_same(settings, client, layer):
    kept = get(client, address(layer)).content
    settings.TILE_CACHE_DIR = None
    assert get(client, address(layer)).content == kept
    assert client.get(address(layer)).content == gzip.decompress(kept)
    cache.forget(layer.slug)


def test_registered_layers_are_drawn_the_same_way(client):
    parcel = ParcelFactory(parcel_no="12/7")
    layer = Layer.objects.get(slug="parcels")
    (feature,) = decode(get(client, address(layer, 16, LON + 0.0005, LAT + 0.0005)))["parcels"]["features"]
    assert feature["id"] == parcel.pk
    assert feature["properties"]["parcel_no"] == "12/7"


@pytest.fixture
def dense(monkeypatch):
    """A hundred small squares where three in a tile are already too many."""
    monkeypatch.setattr(generalise, "FEATURES_IN_A_TILE", 3)
    layer = LayerFactory(public=True, style=BY_USE, symbology={"kind": "category", "field": "use"})
    LayerFieldFactory(layer=layer, name="use")
    return fill(
        layer,
        *(
            (square(LON + i * 0.00021, LAT + j * 0.00021, 0.0002), {"use": "park" if i < 5 else "house"})
            for i in range(10)
            for j in range(10)
        ),
    )


def test_a_dense_layer_is_dissolved_by_category_on_small_scales(client, dense):
    generalise.generalise(dense)
    dense.refresh_from_db()
    assert dense.detail_zoom == 14
    features = decode(get(client, address(dense, 12)))[dense.slug]["features"]
    assert {f["properties"]["use"] for f in features} == {"park", "house"}
    assert len(features) < 20
    assert len(decode(get(client, address(dense, 15)))[dense.slug]["features"]) > 3


def test_new_data_drops_the_coarse_features_until_they_are_built_again(client, dense):
    generalise.generalise(dense)
    fill(dense, (square(LON, LAT), {"use": "school"}))
    dense.refresh_from_db()
    assert dense.detail_zoom == 0
    client.get(f"/tiles/{dense.slug}.json")
    client.get(f"/tiles/{dense.slug}.json")
    assert DBTaskResult.objects.count() == 1


def test_a_sparse_layer_is_left_as_it_is(layer):
    generalise.generalise(layer)
    assert not CoarseFeature.objects.exists()
    assert Layer.objects.get(pk=layer.pk).revision == layer.revision


@pytest.mark.django_db(transaction=True)
def test_withdrawing_removes_the_stored_tiles(settings, client, layer):
    get(client, address(layer))
    assert list(settings.TILE_CACHE_DIR.rglob("*.gz"))
    withdraw(layer, by=UserFactory(is_superuser=True))
    assert not list(settings.TILE_CACHE_DIR.rglob("*.gz"))
    assert get(client, address(layer)).status_code == 404
