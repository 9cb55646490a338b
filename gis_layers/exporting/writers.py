"""Streams of rows into files, in bounded memory."""

import csv
import json
import zipfile
from datetime import UTC

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pyogrio.raw
import shapely
from django.contrib.gis.db.models import GeometryField
from django.contrib.gis.db.models.functions import AsWKB, Transform
from django.db.models import CharField, F, Func
from pyproj import CRS

from gis_layers.fields import FieldType
from gis_layers.importing.attributes import SHAPEFILE_NAME, identifier
from muni.core.srids import LONLAT, MUNI_SRID

BATCH = 2_000
GEOMETRY = "geometry"
ARROW = {
    FieldType.TEXT: pa.string(),
    FieldType.INTEGER: pa.int64(),
    FieldType.NUMBER: pa.float64(),
    FieldType.BOOLEAN: pa.bool_(),
    FieldType.DATE: pa.date32(),
    FieldType.DATETIME: pa.timestamp("ms", "UTC"),
}
_GDAL_TYPES = {
    "POINT": "Point", "MULTIPOINT": "MultiPoint", "LINESTRING": "LineString", "MULTILINESTRING": "MultiLineString",
    "POLYGON": "Polygon", "MULTIPOLYGON": "MultiPolygon",
}  # fmt: skip


class Rows:
    """What goes into the file: the rows of a layer that a user may see, in one CRS, perhaps only those in a box.

    on_batch(rows so far) is called between batches and may raise to stop.
    """

    def __init__(self, source, user, srid, box=None, on_batch=lambda done: None):
        self.source, self.srid, self.on_batch = source, srid, on_batch
        self.attributes = source.attributes
        rows = source.rows(user)
        if box is not None:
            rows = rows.filter(**{f"{source.geometry_3857}__intersects": box})
        self.rows = rows.annotate(_kind=Func(F(source.geometry), function="GeometryType", output_field=CharField()))

    def count(self):
        return self.rows.count()

    def kinds(self):
        return set(self.rows.order_by().values_list("_kind", flat=True).distinct())

    def schema(self, names=None):
        """`names`: what the attributes are called in the file, where not by their own name."""
        geometry = pa.field(GEOMETRY, pa.binary(), metadata={"ARROW:extension:name": "geoarrow.wkb"})
        fields = [pa.field((names or {}).get(a.name, a.name), ARROW[FieldType(a.type)]) for a in self.attributes]
        return pa.schema([*fields, geometry])

    def batches(self, schema, *, kinds=None, multi=False):
        """Record batches of `schema`; `kinds`: only these geometry types; `multi`: every geometry as a collection."""
        shape = F(self.source.geometry)
        if self.srid != MUNI_SRID:
            shape = Transform(shape, self.srid)
        if multi:
            shape = Func(shape, function="ST_Multi", output_field=GeometryField(srid=self.srid))
        values = {f"_{i}": self.source.value(a.name) for i, a in enumerate(self.attributes)}
        rows = self.rows.filter(_kind__in=kinds) if kinds else self.rows
        rows = rows.annotate(_wkb=AsWKB(shape), **values).order_by(self.source.id_field).values_list("_wkb", *values)
        chunk, done = [], 0
        for row in rows.iterator(chunk_size=BATCH):
            chunk.append(row)
            if len(chunk) == BATCH:
                yield self._batch(chunk, schema)
                done += len(chunk)
                self.on_batch(done)
                chunk = []
        if chunk:
            yield self._batch(chunk, schema)
            self.on_batch(done + len(chunk))

    def _batch(self, rows, schema):
        shapes, *columns = zip(*rows, strict=True)
        arrays = [
            pa.array([_plain(value, kind) for value in column], kind)
            for column, kind in zip(columns, schema.types, strict=False)
        ]
        return pa.record_batch([*arrays, pa.array([bytes(s) for s in shapes], pa.binary())], schema=schema)


def write_gdal(rows, path, layer_format, metadata):
    kinds = rows.kinds()
    geometry_type, multi = _common_type(kinds)
    options = {
        "GPKG": {"IDENTIFIER": metadata["title"], "DESCRIPTION": metadata["description"], "SPATIAL_INDEX": "YES"},
        "GeoJSON": {"RFC7946": "YES", "DESCRIPTION": metadata["description"]},
        "FlatGeobuf": {"TITLE": metadata["title"], "DESCRIPTION": metadata["description"]},
        "LIBKML": {"DESCRIPTION": metadata["description"]},
        "DXF": {},
    }[layer_format.driver]
    if layer_format.driver == "DXF":  # takes no attributes of ours
        schema = pa.schema([rows.schema().field(GEOMETRY)])
        batches = (batch.select([GEOMETRY]) for batch in rows.batches(rows.schema()))
        geometry_type = "Unknown"
    else:
        schema = rows.schema()
        if layer_format.driver == "GPKG" and "fid" in {name.lower() for name in schema.names}:
            options["FID"] = "_fid"
        batches = rows.batches(schema, multi=multi)
        if layer_format.driver == "LIBKML":
            schema, batches = _with_names(schema, batches, rows.source.layer.label_field)
    pyogrio.raw.write_arrow(
        pa.RecordBatchReader.from_batches(schema, batches),
        path,
        layer=metadata["id"],
        driver=layer_format.driver,
        geometry_name=GEOMETRY,
        geometry_type=geometry_type,
        crs=f"EPSG:{rows.srid}",
        layer_metadata=_flat(metadata) if layer_format.driver == "GPKG" else None,
        dataset_metadata=_flat(metadata) if layer_format.driver == "GPKG" else None,
        dataset_options={"VERSION": "1.2"} if layer_format.driver == "GPKG" else None,  # older programs read it too
        layer_options={k: v for k, v in options.items() if v},
    )


def _with_names(schema, batches, label):
    """What Google Earth calls each feature: its label, unless an attribute is called `name` already."""
    if label not in schema.names or "name" in {name.lower() for name in schema.names}:
        return schema, batches
    name = pa.field("Name", pa.string())
    return (
        schema.append(name),
        (batch.append_column(name, pc.cast(batch.column(label), pa.string())) for batch in batches),
    )


def write_shapefiles(rows, folder, target, metadata):
    """A zip with a shapefile for each dimension that occurs, the full attribute names and the layer's description."""
    folder.mkdir(parents=True, exist_ok=True)
    names = short_names(rows.attributes)
    schema = rows.schema(names)
    kinds = rows.kinds()
    dimensions = {
        "points": kinds & {"POINT", "MULTIPOINT"},
        "lines": kinds & {"LINESTRING", "MULTILINESTRING"},
        "areas": kinds & {"POLYGON", "MULTIPOLYGON"},
    }
    present = {suffix: found for suffix, found in dimensions.items() if found}
    for suffix, found in present.items():
        geometry_type, multi = _common_type(found)
        stem = metadata["id"] if len(present) == 1 else f"{metadata['id']}_{suffix}"
        pyogrio.raw.write_arrow(
            pa.RecordBatchReader.from_batches(schema, rows.batches(schema, kinds=found, multi=multi)),
            folder / f"{stem}.shp",
            driver="ESRI Shapefile",
            geometry_name=GEOMETRY,
            geometry_type=geometry_type,
            crs=f"EPSG:{rows.srid}",
            encoding="UTF-8",
        )
    _write_field_names(folder / "fields.csv", rows.attributes, names)
    (folder / "metadata.json").write_text(json.dumps(metadata, ensure_ascii=False, indent=2))
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as archive:
        for path in sorted(folder.iterdir()):
            archive.write(path, path.name)


def short_names(attributes):
    """{attribute name: its name in a dBase table}: Latin, at most 10 bytes, unlike one another."""
    names, taken = {}, set()
    for position, attribute in enumerate(attributes, 1):
        name = attribute.name if attribute.name.isascii() else identifier(attribute.name, (), position)
        short, number = name[:SHAPEFILE_NAME], 1
        while short.lower() in taken:
            number += 1
            short = f"{name[: SHAPEFILE_NAME - len(str(number)) - 1]}_{number}"
        taken.add(short.lower())
        names[attribute.name] = short
    return names


def write_parquet(rows, path, metadata):
    column = {"encoding": "WKB", "geometry_types": []}
    if rows.srid != LONLAT:
        column["crs"] = CRS.from_epsg(rows.srid).to_json_dict()
    geo = {"version": "1.1.0", "primary_column": GEOMETRY, "columns": {GEOMETRY: column}}
    schema = rows.schema().with_metadata(
        {"geo": json.dumps(geo), **{f"layer:{k}": v for k, v in _flat(metadata).items()}}
    )
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for batch in rows.batches(schema):
            writer.write_batch(batch)


def write_csv(rows, path, metadata):
    """Points as two columns, everything else as WKT; both under the names that our importer knows."""
    schema = rows.schema()
    as_points = rows.kinds() <= {"POINT"}
    where = (["longitude", "latitude"] if rows.srid == LONLAT else ["x", "y"]) if as_points else ["wkt"]
    digits = 7 if rows.srid == LONLAT else 3
    with open(path, "w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*schema.names[:-1], *where])
        for batch in rows.batches(schema):
            shapes = shapely.from_wkb(batch.column(batch.num_columns - 1).to_numpy(zero_copy_only=False))
            columns = [column.to_pylist() for column in batch.columns[:-1]]
            if as_points:
                places = shapely.get_coordinates(shapes).round(digits).tolist()
            else:
                places = [[wkt] for wkt in shapely.to_wkt(shapes, rounding_precision=digits)]
            for *values, place in zip(*columns, places, strict=True):
                writer.writerow([*map(_cell, values), *place])


def _common_type(kinds):
    """(GDAL's name of a type that holds all of these, whether each must become a collection)."""
    if len(kinds) == 1:
        return _GDAL_TYPES.get(next(iter(kinds)), "Unknown"), False
    singles = {kind.removeprefix("MULTI") for kind in kinds}
    if len(singles) == 1 and (name := _GDAL_TYPES.get(f"MULTI{next(iter(singles))}")):
        return name, True
    return "Unknown", False


def _plain(value, kind):
    if value is None:
        return None
    if pa.types.is_string(kind):
        return str(value)
    if pa.types.is_floating(kind):
        return float(value)
    if pa.types.is_timestamp(kind):
        return value.astimezone(UTC)
    return value


def _cell(value):
    return value if value is None or isinstance(value, int | float | str) else value.isoformat()


def _flat(metadata):
    return {key: str(value) for key, value in metadata.items() if value not in (None, "")}


def _write_field_names(path, attributes, names):
    with open(path, "w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["column", "name", "title_ar", "title_en", "type", "unit"])
        for a in attributes:
            writer.writerow([names[a.name], a.name, a.title_ar, a.title_en, a.type, a.unit])
