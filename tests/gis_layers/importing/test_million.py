"""A million features in bounded memory, for the parent and for the reader it starts."""

import os
import resource
import subprocess
import sys

import numpy as np
import pyarrow as pa
import pyogrio.raw
import pytest
import shapely
from django.conf import settings
from django.db import connection

from gis_layers.models import Layer
from tests.factories import PlaceFactory

FEATURES = 1_000_000
GIB = 1024**3

RUN = """
import django, sys
django.setup()
from django.db import connection
connection.settings_dict["NAME"] = sys.argv[1]
from django.core.management import call_command
call_command("import_layer", sys.argv[2], layer="million")
"""


def parcels():
    schema = pa.schema(
        [
            ("id", pa.int64()),
            ("رقم القطعة", pa.string()),
            pa.field("geometry", pa.binary(), metadata={"ARROW:extension:name": "geoarrow.wkb"}),
        ]
    )

    def batches():
        for start in range(0, FEATURES, 10_000):
            numbers = np.arange(start, start + 10_000)
            west, south = 46.5 + (numbers % 2000) * 0.0003, 31.5 + (numbers // 2000) * 0.0003
            shapes = shapely.to_wkb(shapely.box(west, south, west + 0.00028, south + 0.00028)).tolist()
            columns = [pa.array(numbers), pa.array([f"{n}/7" for n in numbers]), pa.array(shapes, pa.binary())]
            yield pa.record_batch(columns, schema=schema)

    return pa.RecordBatchReader.from_batches(schema, batches())


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("driver", "suffix"), [("GeoJSON", "geojson"), ("FlatGeobuf", "fgb")])
def test_a_million_features_fit_into_a_gibibyte(tmp_path, driver, suffix):
    PlaceFactory()
    path = tmp_path / f"million.{suffix}"
    pyogrio.raw.write_arrow(
        parcels(), path, driver=driver, geometry_name="geometry", geometry_type="Polygon", crs="EPSG:4326"
    )
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "muni.settings"}
    done = subprocess.run(
        [sys.executable, "-c", RUN, connection.settings_dict["NAME"], str(path)],
        cwd=settings.BASE_DIR,
        env=environment,
    )
    assert done.returncode == 0
    assert Layer.objects.get(slug="million").feature_count == FEATURES
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 < GIB  # the largest process of the tree
