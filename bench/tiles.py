"""Vector tiles: drawn, and handed out from caches."""

import shutil

import mapbox_vector_tile
from django.conf import settings
from django.db import connection
from shapely.geometry import box, shape

from bench import servers, workload
from bench.data import ATTRIBUTES, every_attribute_in_tiles
from bench.load import over_http, over_sql
from bench.report import say, say_counts, table
from gis_layers.models import Layer

NAME = "tiles"
PEERS = ["SQL", "TiPg", "MapServer"]

_SQUARE = box(1, 1, 4095, 4095)

_SQL = f"""
    SELECT ST_AsMVT(feature, 'parcels', 4096, 'geom', 'id') FROM (
      SELECT id, {", ".join(ATTRIBUTES)}, ST_AsMVTGeom(geom, ST_TileEnvelope(z, x, y), 4096, 64, true) AS geom
      FROM bench_tiles JOIN bench_parcels ON geom && ST_TileEnvelope(z, x, y, margin => 64.0 / 4096)
      WHERE n = :i LIMIT 10000) AS feature
"""


def run(seconds):
    """[(title, what it shows, table)]."""
    every = workload.tiles()
    near = [tile for tile in every if tile[0] >= workload.DETAIL_ZOOM]
    equal, whole, counts = [], [], {}
    shutil.rmtree(settings.DATA_DIR / "tiles", ignore_errors=True)
    revision = Layer.objects.get(slug="parcels").revision

    def of_ours(z, x, y):
        return f"/tiles/parcels/{z}/{x}/{y}.mvt?v={revision}"

    def as_file(z, x, y):
        return f"/public/parcels/{revision}/{z}/{x}/{y}.mvt.gz"

    say("SQL ...")
    counts["SQL"] = [_count(_drawn_by_sql(*tile)) for tile in _samples(near)]
    for results, tiles in ((equal, near), (whole, every)):
        _list_in_database(tiles)
        results.append(over_sql("SQL", _SQL, len(tiles), seconds))

    for name, server, path in (("TiPg", servers.tipg, _of_tipg), ("MapServer", servers.mapserver, _of_mapserver)):
        say(f"{name} ...")
        with server() as base:
            counts[name] = [_count(servers.fetch(base + path(*tile))) for tile in _samples(near)]
            equal.append(over_http(name, base, [path(*tile) for tile in near], seconds))
            whole.append(over_http(name, base, [path(*tile) for tile in every], seconds, gzipped=True))

    say("Baladiya, drawing ...")
    with every_attribute_in_tiles(), servers.ours() as base:
        counts["Baladiya"] = [_count(servers.fetch(base + of_ours(*tile))) for tile in _samples(near)]
        equal.append(over_http("Baladiya", base, [of_ours(*tile) for tile in near], seconds))
    with servers.ours() as base:
        whole.append(over_http("Baladiya, drawn", base, [of_ours(*tile) for tile in every], seconds, gzipped=True))
    say("Baladiya, from its cache ...")
    with servers.ours("muni.settings") as base:
        paths = [of_ours(*tile) for tile in every]
        for path in set(paths):
            servers.fetch(base + path, gzipped=True)
        whole.append(over_http("Baladiya, from its cache", base, paths, seconds, gzipped=True))
    with servers.ours_behind_nginx() as base:
        whole.append(over_http("Baladiya behind nginx", base, paths, seconds, gzipped=True))
    with servers.tile_files() as base:
        whole.append(over_http("files", base, [as_file(*tile) for tile in every], seconds, gzipped=True))

    say_counts(_samples(near), counts)
    return [
        (
            "Equal content",
            f"{len(near)} tiles of zooms {workload.DETAIL_ZOOM} to {max(workload.ZOOMS)}, every parcel in them with "
            "six attributes, drawn anew for each request, not compressed. SQL is `ST_AsMVTGeom` on the stored Web "
            "Mercator column through pgbench.",
            table(equal, PEERS),
        ),
        (
            "A whole map",
            f"{len(every)} tiles of zooms {min(workload.ZOOMS)} to {max(workload.ZOOMS)}, compressed as browsers ask "
            "(SQL: not). The peers and SQL draw at most 10,000 parcels a tile, so theirs are incomplete below zoom "
            f"{workload.DETAIL_ZOOM}; Baladiya draws its coarse stand-ins there, and only what the style reads.",
            table(whole, PEERS),
        ),
    ]


def _of_tipg(z, x, y):
    return f"/collections/public.bench_parcels/tiles/WebMercatorQuad/{z}/{x}/{y}"


def _of_mapserver(z, x, y):
    return f"/?map=parcels&mode=tile&tilemode=gmap&tile={x}+{y}+{z}&layers=parcels&map.imagetype=mvt"


def _samples(tiles):
    """The first tile of each zoom."""
    return [next(tile for tile in tiles if tile[0] == z) for z in sorted({z for z, _x, _y in tiles})]


def _count(tile):
    """Features that touch the tile itself; SQL and Baladiya also draw those that touch its margin alone."""
    (layer,) = mapbox_vector_tile.decode(tile).values()
    shapes = [shape(feature["geometry"]) for feature in layer["features"]]
    return sum(found.intersects(_SQUARE) for found in shapes)


def _list_in_database(tiles):
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bench_tiles")
        cursor.execute("CREATE TABLE bench_tiles (n int PRIMARY KEY, z int, x int, y int)")
        for n, tile in enumerate(tiles, 1):
            cursor.execute("INSERT INTO bench_tiles VALUES (%s, %s, %s, %s)", [n, *tile])
        cursor.execute("ANALYZE bench_tiles")


def _drawn_by_sql(z, x, y):
    _list_in_database([(z, x, y)])
    with connection.cursor() as cursor:
        cursor.execute(_SQL.replace(":i", "1"))
        return bytes(cursor.fetchone()[0])
