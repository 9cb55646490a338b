"""GDAL behind an allow-list: drivers that read plain files and nothing else (no VRT, no web services)."""

import ctypes
import re
from pathlib import Path

import pyarrow as pa
import pyogrio
import pyogrio.raw

from gis_layers.importing.reader import encodings, geojson
from gis_layers.importing.reader.columns import stream_batch
from gis_layers.importing.reader.errors import Unreadable

DRIVERS = {
    "ESRI Shapefile", "GPKG", "GeoJSON", "GeoJSONSeq", "TopoJSON", "FlatGeobuf", "LIBKML", "KML", "DXF", "GML", "GPX",
    "OpenFileGDB", "MapInfo File",
}  # fmt: skip

MIDNIGHT = re.compile(r"\d{4}-\d\d-\d\d[T ]00:00:00(\.0+)?")

pyogrio.set_gdal_config_options(
    {
        "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": "none",
        "GDAL_DISABLE_READDIR_ON_OPEN": "FALSE",
        "GML_DOWNLOAD_SCHEMA": "NO",
        "GML_SKIP_RESOLVE_ELEMS": "ALL",
        "OGR_ARROW_MEM_LIMIT": str(64 * 1024**2),
        "OGR_GPKG_NUM_THREADS": "1",
        "GPX_USE_EXTENSIONS": "NO",
    }
)


def _library():
    path = next(Path(pyogrio.__file__).parent.with_name("pyogrio.libs").glob("libgdal*"))
    library = ctypes.CDLL(str(path))  # the copy that pyogrio has already loaded
    handle = ctypes.c_void_p
    for name, result, arguments in (
        ("GDALGetDriver", handle, [ctypes.c_int]),
        ("GDALGetDescription", ctypes.c_char_p, [handle]),
        ("GDALDeregisterDriver", None, [handle]),
        ("OGR_G_CreateFromWkb", ctypes.c_int, [ctypes.c_char_p, handle, ctypes.POINTER(handle), ctypes.c_int]),
        ("OGR_G_GetLinearGeometry", handle, [handle, ctypes.c_double, handle]),
        ("OGR_G_ForceToMultiPolygon", handle, [handle]),
        ("OGR_G_ExportToIsoWkb", ctypes.c_int, [handle, ctypes.c_int, ctypes.c_char_p]),
        ("OGR_G_WkbSize", ctypes.c_int, [handle]),
        ("OGR_G_DestroyGeometry", None, [handle]),
    ):
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


_gdal = _library()
for _driver in [_gdal.GDALGetDriver(i) for i in range(_gdal.GDALGetDriverCount())]:
    if _gdal.GDALGetDescription(_driver).decode() not in DRIVERS:
        _gdal.GDALDeregisterDriver(_driver)

_CURVES = {8, 9, 10, 11, 12, 13, 14}
_SURFACES = {15, 16, 17}  # polyhedral surface, TIN, triangle


def plain_wkb(wkb):
    """ISO WKB without curves and surfaces: arcs become lines of 4 degrees a step, faces become polygons."""
    kind = int.from_bytes(wkb[1:5], "little" if wkb[0] == 1 else "big") & 0x0FFF_FFFF
    kind %= 1000
    if kind not in _CURVES | _SURFACES and not (kind == 7 and _mentions_curves(wkb)):
        return wkb
    shape = ctypes.c_void_p()
    if _gdal.OGR_G_CreateFromWkb(wkb, None, ctypes.byref(shape), len(wkb)):
        return wkb
    linear = _gdal.OGR_G_GetLinearGeometry(shape, 0.0, None)
    _gdal.OGR_G_DestroyGeometry(shape)
    if kind in _SURFACES:
        linear = _gdal.OGR_G_ForceToMultiPolygon(linear)
    buffer = ctypes.create_string_buffer(_gdal.OGR_G_WkbSize(linear))
    _gdal.OGR_G_ExportToIsoWkb(linear, 1, buffer)
    _gdal.OGR_G_DestroyGeometry(linear)
    return buffer.raw


def _mentions_curves(wkb):
    """A collection: looked at whole, since a curve may hide in it."""
    return any(bytes([1, kind, 0, 0, 0]) in wkb or bytes([1, kind - 8 + 0xF0, 3]) in wkb for kind in _CURVES)


class GdalSource:
    """One file, or one folder of a FileGDB, as GDAL sees it."""

    def __init__(self, path, encoding=None):
        self.path = path
        self.is_shapefile = path.suffix.lower() == ".shp"
        self.is_dxf = path.suffix.lower() == ".dxf"
        self.encoding = None
        if self.is_shapefile:
            self.encoding = self._shapefile_encoding(encoding)

    def sublayers(self):
        with _gdal_errors():
            named = pyogrio.list_layers(self.path)
        spatial = [str(name) for name, kind in named if kind is not None]
        if not spatial:
            raise Unreadable("no_geometry" if len(named) else "empty_file")
        if len(spatial) > 1:
            spatial = [name for name in spatial if self._count(name)] or spatial[:1]
        if self.is_dxf:
            spatial += self._cad_layers()
        return spatial

    def facts(self, sublayer):
        name, where = self._place(sublayer)
        with _gdal_errors():
            info = pyogrio.read_info(
                self.path, layer=name, force_feature_count=where is None, force_total_bounds=where is None
            )
        with self._open(sublayer, 1) as (meta, reader):
            schema = reader.schema
        _geometry, attributes = self._split(schema, meta)
        texts = self._names(schema.names)
        fields = [texts[i] for i in attributes]
        kinds = dict(zip(meta["fields"], meta["ogr_types"], strict=True))
        types = ["datetime" if kinds.get(schema.names[i]) == "OFTDateTime" else None for i in attributes]
        if info["driver"] == "FlatGeobuf":  # which knows no dates
            types = self._dates_among(sublayer, types)
        if where is None:
            count = info["features"]
        else:
            count = sum(batch.num_rows for batch in self._raw_batches(sublayer, 4000))
        return {
            "format": info["driver"],
            "fields": fields,
            "types": types,
            "count": max(count, 0),
            "extent": [float(n) for n in info["total_bounds"]] if info["total_bounds"] is not None else None,
            **self._crs(info),
            "encoding": self.encoding,
            "geometry_type": info["geometry_type"],
        }

    def _crs(self, info):
        """What the file says of its CRS. GDAL takes a GeoJSON whose "crs" it does not know for degrees."""
        is_assumed = info["driver"] == "GeoJSON" and info["crs"] == "EPSG:4326"
        if is_assumed and (name := geojson.other_crs(self.path)):
            return {"crs": None, "crs_unknown": name[:100]}
        return {"crs": info["crs"], "crs_found_by": "file"}

    def _dates_among(self, sublayer, types):
        """The types, a date for each time that is a midnight without zone in every row."""
        times = [i for i, kind in enumerate(types) if kind == "datetime"]
        filled = set()
        for batch in self.batches(sublayer, 4000) if times else ():
            for i in times:
                texts = batch.column(i + 2).drop_null().to_pylist()
                if not all(MIDNIGHT.fullmatch(text) for text in texts):
                    times = [j for j in times if j != i]
                elif texts:
                    filled.add(i)
            if not times:
                break
        return ["date" if i in filled and i in times else kind for i, kind in enumerate(types)]

    def batches(self, sublayer, size):
        with self._open(sublayer, size) as (meta, reader):
            geometry, attributes = self._split(reader.schema, meta)
            for batch in reader:
                yield self._clean(batch, geometry, attributes)

    def _clean(self, batch, geometry, attributes):
        wkb = batch.column(geometry)
        shapes = [plain_wkb(value) if value else None for value in wkb.to_pylist()]
        codec = self.encoding["name"] if self.encoding else None
        return stream_batch(shapes, None, [batch.column(i) for i in attributes], codec)

    def _raw_batches(self, sublayer, size):
        with self._open(sublayer, size) as (_meta, reader):
            yield from reader

    def _open(self, sublayer, size):
        name, where = self._place(sublayer)
        # Latin-1 carries every byte through GDAL unharmed; the text is decoded here.
        options = {"encoding": "ISO-8859-1"} if self.is_shapefile else {}
        options["datetime_as_string"] = True  # keeps the zone where the file states one
        return _Opened(self.path, layer=name, where=where, batch_size=size, use_pyarrow=True, **options)

    def _split(self, schema, meta):
        names = set(meta["fields"])
        columns = range(len(schema))
        geometry = [i for i in columns if _is_geometry(schema.field(i))]
        if not geometry:
            raise Unreadable("no_geometry")
        attributes = [
            i
            for i in columns
            if i not in geometry and schema.names[i] in names and not pa.types.is_binary(schema.field(i).type)
        ]
        return geometry[-1] if meta["geometry_name"] not in schema.names else geometry[0], attributes

    def _names(self, names):
        if not self.encoding:
            return list(names)
        return [name.encode("latin-1", "replace").decode(self.encoding["name"], "replace") for name in names]

    def _place(self, sublayer):
        """(GDAL's layer, filter): the CAD layers of a drawing are values of an attribute."""
        if self.is_dxf and sublayer != "entities":
            return "entities", "Layer = '{}'".format(sublayer.replace("'", "''"))
        return sublayer, None

    def _cad_layers(self):
        found = set()
        for batch in self._raw_batches("entities", 4000):
            found.update(v for v in batch.column(batch.schema.names.index("Layer")).to_pylist() if v)
        return sorted(found - {"entities"}) if len(found) > 1 else []

    def _count(self, name):
        try:
            with _gdal_errors():
                return pyogrio.read_info(self.path, layer=name, force_feature_count=True)["features"] > 0
        except Unreadable:
            return False

    def _shapefile_encoding(self, asked):
        dbf = _sibling(self.path, ".dbf")
        if dbf is None:
            return None
        sample, ldid = encodings.dbf_text(dbf)
        cpg = _sibling(self.path, ".cpg")
        stated = cpg.read_text(errors="ignore")[:60] if cpg else None
        found = encodings.guess(sample, stated, ldid)
        if stated and found["found_by"] != "cpg":
            found["not"] = stated.strip()
        if asked:
            name = encodings.known(asked)
            if name is None:
                raise Unreadable("unknown_encoding", name=asked)
            return {"name": name, "found_by": "told", "confidence": 1, "guess": found["name"]}
        return found


class _Opened:
    """pyogrio's Arrow reader with GDAL's complaints turned into Unreadable."""

    def __init__(self, *args, **kwargs):
        self._open = pyogrio.raw.open_arrow(*args, **kwargs)

    def __enter__(self):
        with _gdal_errors():
            meta, reader = self._open.__enter__()
        return meta, _Reader(reader)

    def __exit__(self, *error):
        return self._open.__exit__(*error)


class _Reader:
    def __init__(self, reader):
        self._reader = reader
        self.schema = reader.schema

    def __iter__(self):
        while True:
            with _gdal_errors():
                try:
                    batch = self._reader.read_next_batch()
                except StopIteration:
                    return
            yield batch


class _gdal_errors:  # noqa: N801
    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if isinstance(error, MemoryError):
            return
        if isinstance(error, pyogrio.errors.DataSourceError | pyogrio.errors.DataLayerError | pa.ArrowException):
            raise Unreadable("damaged", detail=_short(str(error))) from error
        if isinstance(error, RuntimeError | ValueError | UnicodeDecodeError):
            raise Unreadable("damaged", detail=_short(str(error))) from error


def _short(text):
    """GDAL's message without our paths; nothing when it only says that no driver knows the file."""
    if "not recognized as being in a supported file format" in text:
        return ""
    return text.split(" (path:")[0].rsplit("/", 1)[-1][:200]


def _is_geometry(field):
    extension = (field.metadata or {}).get(b"ARROW:extension:name", b"")
    return extension in {b"geoarrow.wkb", b"ogc.wkb"}


def _sibling(path, suffix):
    return next((p for p in path.parent.glob(path.stem.replace("[", "[[]") + ".*") if p.suffix.lower() == suffix), None)
