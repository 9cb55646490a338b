"""GeoParquet, which the bundled GDAL does not read."""

import json

import pyarrow as pa
import pyarrow.parquet as pq

from gis_layers.importing.reader.columns import stream_batch
from gis_layers.importing.reader.errors import Unreadable


class ParquetSource:
    encoding = None

    def __init__(self, path, encoding=None):
        self.path = path
        try:
            self.file = pq.ParquetFile(path)
        except (pa.ArrowException, OSError) as error:
            raise Unreadable("damaged", detail=str(error)[:200]) from error
        self.schema = self.file.schema_arrow
        try:
            self.geo = json.loads((self.schema.metadata or {})[b"geo"])
            self.geometry = self.geo["primary_column"]
            self.column = self.geo["columns"][self.geometry]
        except (KeyError, ValueError, TypeError) as error:
            raise Unreadable("no_geometry") from error
        if self.column.get("encoding") != "WKB" or self.geometry not in self.schema.names:
            raise Unreadable("geometry_encoding", name=str(self.column.get("encoding"))[:40])

    def sublayers(self):
        return [self.path.stem]

    def facts(self, sublayer):
        crs = self.column.get("crs", "OGC:CRS84")  # the specification's default; null means unknown
        return {
            "format": "GeoParquet",
            "fields": self._fields(),
            "count": self.file.metadata.num_rows,
            "extent": None,
            "crs": json.dumps(crs) if isinstance(crs, dict) else crs,
            "crs_found_by": "file" if "crs" in self.column else "format",
            "encoding": None,
            "geometry_type": None,
        }

    def batches(self, sublayer, size):
        fields = self._fields()
        try:
            for batch in self.file.iter_batches(size, columns=[self.geometry, *fields], use_threads=False):
                shapes = batch.column(self.geometry).to_pylist()
                yield stream_batch(shapes, None, [batch.column(name) for name in fields])
        except MemoryError:
            raise
        except (pa.ArrowException, OSError) as error:
            raise Unreadable("damaged", detail=str(error)[:200]) from error

    def _fields(self):
        covering = {path[0] for paths in self.column.get("covering", {}).values() for path in paths.values()}
        return [
            f.name
            for f in self.schema
            if f.name not in self.geo["columns"]
            and f.name not in covering
            and not pa.types.is_binary(f.type)
            and not pa.types.is_large_binary(f.type)
        ]
