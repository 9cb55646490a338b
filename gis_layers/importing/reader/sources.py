"""From a path to the datasets in it: what each file is, told by its first bytes, not by its name alone."""

import codecs
from pathlib import Path

from gis_layers.importing.reader import encodings
from gis_layers.importing.reader.archive import unpack
from gis_layers.importing.reader.errors import Unreadable
from gis_layers.importing.reader.gdal import GdalSource
from gis_layers.importing.reader.parquet import ParquetSource
from gis_layers.importing.reader.tables import CsvSource
from gis_layers.importing.reader.xml import safe_xml

XML = {".kml", ".gml", ".gpx"}
JSON = {".geojson", ".json", ".topojson", ".geojsonl", ".geojsons", ".ndjson"}
TABLES = {".csv", ".tsv", ".txt"}
WHOLE = {".shp", ".gpkg", ".fgb", ".parquet", ".geoparquet", ".dxf", ".tab", ".mif"}
BESIDE_A_SHAPEFILE = {"fields.csv", "metadata.json", "readme.txt"}
JSON_DEPTH = 64


def datasets(options):
    """Yields (name of the sublayer, source, name inside the source)."""
    path = Path(options["path"])
    encoding = options.get("encoding")
    files = _files(path, Path(options["unpacked"]), options.get("name") or path.name)
    found = []
    for file in files:
        try:
            source = _source(file, encoding, Path(options["unpacked"]))
            found += [(source, inner) for inner in source.sublayers()]
        except Unreadable:
            if len(files) == 1:
                raise
    if not found:
        raise Unreadable("no_geometry")
    inner_names = [inner for _source, inner in found]
    for source, inner in found:
        unique = inner_names.count(inner) == 1
        yield (inner if unique else f"{source.path.name}/{inner}"), source, inner


def _files(path, unpacked, name):
    with open(path, "rb") as file:
        magic = file.read(4)
    if magic == b"":
        raise Unreadable("empty_file")
    if magic[:2] != b"PK":
        return [path]
    if not unpacked.exists():
        unpack(path, unpacked)
    inside = [p for p in sorted(unpacked.rglob("*")) if p.is_file() and p.name.lower() not in BESIDE_A_SHAPEFILE]
    geodatabases = {parent for p in inside for parent in p.parents if parent.suffix.lower() == ".gdb"}
    inside = [p for p in inside if not geodatabases & set(p.parents)]
    known = XML | JSON | TABLES | WHOLE
    files = sorted(geodatabases) + [p for p in inside if p.suffix.lower() in known]
    if any(p.suffix.lower() in WHOLE for p in files) or geodatabases:  # notes beside the data are no data
        files = [p for p in files if p.suffix.lower() not in TABLES]
    if not files:
        raise Unreadable("nothing_known_inside")
    return files


def _source(path, encoding, unpacked):
    if path.is_dir():
        return GdalSource(path)
    with open(path, "rb") as file:
        head = file.read(4096)
    suffix = path.suffix.lower()
    text = _text_start(head)
    if head.startswith(b"PAR1"):
        return ParquetSource(path)
    if head.startswith((b"SQLite format 3\0", b"fgb")) or suffix in {".gpkg", ".fgb", ".tab", ".mif"}:
        return GdalSource(path)
    if head.startswith(b"\x00\x00\x27\x0a") or suffix == ".shp":
        _require_parts(path)
        return GdalSource(path, encoding)
    if text.startswith("<") or suffix in XML:
        return GdalSource(safe_xml(path, unpacked.with_suffix(".xml")))
    if text.startswith(("{", "[")) or suffix in JSON:
        return GdalSource(_utf8_json(path, encoding, unpacked))
    if suffix == ".dxf" or "SECTION" in text[:200] or head.startswith(b"AutoCAD Binary DXF"):
        return GdalSource(path)
    if suffix in TABLES:
        return CsvSource(path, encoding)
    raise Unreadable("unknown_format")


def _text_start(head):
    return head.decode(
        "utf-16" if head[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "latin-1", "ignore"
    ).lstrip("\ufeffï»¿ \t\r\n")


def _require_parts(path):
    present = {p.suffix.lower() for p in path.parent.iterdir() if p.stem == path.stem}
    missing = [suffix for suffix in (".dbf", ".shx") if suffix not in present]
    if missing:
        raise Unreadable("incomplete_shapefile", missing=" ".join(missing))


def _utf8_json(path, encoding, unpacked):
    """The path of the same JSON in UTF-8, whose nesting has been found bearable."""
    name = encodings.known(encoding) if encoding else encodings.guess(encodings.file_sample(path))["name"]
    if name is None:
        raise Unreadable("unknown_encoding", name=encoding)
    _check_depth(path)
    if name == "utf-8":
        return path
    target = unpacked.with_suffix(".utf8") / path.name
    target.parent.mkdir(parents=True, exist_ok=True)
    with open(path, encoding=name, errors="replace") as source, open(target, "w", encoding="utf-8") as out:
        while chunk := source.read(1024 * 1024):
            out.write(chunk)
    return target


def _check_depth(path):
    depth, in_text, escaped = 0, False, False
    with open(path, "rb") as file:
        chunk = file.read(1024 * 1024)  # a bomb starts deep; GDAL's parser bounds the rest
    for byte in chunk:
        if in_text:
            if escaped:
                escaped = False
            elif byte == 0x5C:
                escaped = True
            elif byte == 0x22:
                in_text = False
        elif byte == 0x22:
            in_text = True
        elif byte in b"[{":
            depth += 1
            if depth > JSON_DEPTH:
                raise Unreadable("too_deep")
        elif byte in b"]}":
            depth -= 1
