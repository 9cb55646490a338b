"""The data: the same parcels in our tables and in the peers', loaded once into a database of their own."""

from contextlib import contextmanager
from pathlib import Path

from django.db import connection, transaction

from bench.report import say
from gis_layers.models import Layer
from gis_layers.tiles.generalise import generalise

ATTRIBUTES = ["parcel_no", "block_no", "block_name", "land_kind", "land_use", "area_m2"]
FIRST_ZOOM = 10

_EVERY_ATTRIBUTE = {"fill-color": ["concat", *(["get", name] for name in ATTRIBUTES)]}


def load():
    """Loads whole or not at all; a second call finds it there."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('bench_parcels')")
        if cursor.fetchone()[0] is None:
            say("Loading a million parcels ...")
            with transaction.atomic():
                cursor.execute(Path(__file__).with_name("parcels.sql").read_text())
                Layer.objects.filter(slug="parcels").update(min_zoom=FIRST_ZOOM)
                say("Building their coarse stand-ins ...")
                generalise(Layer.objects.get(slug="parcels"))
        for table in ("property_parcel", "gis_layers_coarsefeature", "bench_parcels"):
            cursor.execute(f"VACUUM ANALYZE {table}")


@contextmanager
def every_attribute_in_tiles():
    """Tiles carry what the style reads; in here it reads everything, as the peers do."""
    layer = Layer.objects.filter(slug="parcels")
    style = layer.get().style
    layer.update(style=[{"id": "all", "type": "fill", "paint": _EVERY_ATTRIBUTE}])
    try:
        yield
    finally:
        layer.update(style=style)
