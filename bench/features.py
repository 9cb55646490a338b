"""Features as GeoJSON: by box and by id."""

import json

from django.db import connection

from bench import servers, workload
from bench.data import ATTRIBUTES
from bench.load import over_http, over_sql
from bench.report import say, say_counts, table

NAME = "features"
PEERS = ["SQL", "TiPg", "MapServer"]

_PROPERTIES = ", ".join(f"'{name}', {name}" for name in ATTRIBUTES)
_FEATURE = f"""json_build_object('type', 'Feature', 'id', id,
    'geometry', ST_AsGeoJSON(ST_Transform(geom, 4326), 7)::json, 'properties', json_build_object({_PROPERTIES}))"""
_IN_BOX = f"""
    SELECT json_build_object('type', 'FeatureCollection', 'features', json_agg({_FEATURE})) FROM (
      SELECT p.* FROM bench_boxes AS b JOIN bench_parcels AS p ON ST_Intersects(p.geom, b.geom)
      WHERE b.n = :i LIMIT {workload.LIMIT}) AS feature
"""
_BY_ID = f"SELECT {_FEATURE} FROM bench_ids JOIN bench_parcels USING (id) WHERE n = :i"

_TIPG = "/collections/public.bench_parcels/items"
_MAPSERVER = "/parcels/ogcapi/collections/parcels/items"
_OURS = "/ogc/collections/parcels/items"


def run(seconds):
    """[(title, what it shows, table)]."""
    boxes, ids = workload.boxes(), workload.ids()
    _lists_in_database(boxes, ids)
    in_box, by_id, counts = [], [], {}

    say("SQL ...")
    in_box.append(over_sql("SQL", _IN_BOX, len(boxes), seconds))
    by_id.append(over_sql("SQL", _BY_ID, len(ids), seconds))
    with connection.cursor() as cursor:
        counts["SQL"] = []
        for n in range(1, len(_samples(boxes)) + 1):
            cursor.execute(_IN_BOX.replace(":i", str(n)))
            counts["SQL"].append(len(cursor.fetchone()[0]["features"]))

    for name, server, address, asked in (
        ("TiPg", servers.tipg, _TIPG, "f=geojson"),
        ("MapServer", servers.mapserver, _MAPSERVER, "f=json"),
        ("Baladiya", servers.ours, _OURS, "f=json"),
    ):
        say(f"{name} ...")
        paths = [f"{address}?{asked}&limit={workload.LIMIT}&bbox={','.join(map(str, box))}" for box in boxes]
        with server() as base:
            counts[name] = [len(json.loads(servers.fetch(base + path))["features"]) for path in _samples(paths)]
            for number in _samples(ids):
                feature = json.loads(servers.fetch(f"{base}{address}/{number}?{asked}"))
                if str(feature["id"]) != str(number):
                    raise SystemExit(f"{name} returned another feature than {number}.")
            by_id.append(over_http(name, base, [f"{address}/{number}?{asked}" for number in ids], seconds))
            in_box.append(over_http(name, base, paths, seconds))

    say_counts(_samples(boxes), counts)
    return [
        (
            "Features in a box",
            f"{len(boxes)} boxes of nearly {workload.LIMIT:,} parcels with six attributes, as one GeoJSON document, "
            "not compressed.",
            table(in_box, PEERS),
        ),
        ("A feature by its id", f"{len(ids)} parcels.", table(by_id, PEERS)),
    ]


def _samples(questions):
    return questions[:5]


def _lists_in_database(boxes, ids):
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bench_boxes, bench_ids")
        cursor.execute("CREATE TABLE bench_boxes (n int PRIMARY KEY, geom geometry(Polygon, 3857))")
        cursor.execute("CREATE TABLE bench_ids (n int PRIMARY KEY, id bigint)")
        for n, box in enumerate(boxes, 1):
            envelope = "ST_Transform(ST_MakeEnvelope(%s, %s, %s, %s, 4326), 3857)"
            cursor.execute(f"INSERT INTO bench_boxes VALUES (%s, {envelope})", [n, *box])
        for n, number in enumerate(ids, 1):
            cursor.execute("INSERT INTO bench_ids VALUES (%s, %s)", [n, number])
        cursor.execute("ANALYZE bench_boxes, bench_ids")
