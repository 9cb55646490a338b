"""CSV with longitude and latitude (or easting and northing) columns, or with WKT."""

import csv
import re

import pyarrow as pa
import shapely

from gis_layers.importing.reader import encodings
from gis_layers.importing.reader.columns import stream_batch
from gis_layers.importing.reader.errors import Unreadable

csv.field_size_limit(64 * 1024**2)

LON = {"lon", "long", "lng", "longitude", "خط الطول", "الطول"}
LAT = {"lat", "latitude", "خط العرض", "العرض"}
LONG = {"longitude", "latitude"}  # also at the end of a longer name
X = {"x", "easting", "east", "x coord", "xcoord", "point x", "coord x", "شرقيات", "الشرقيات", "احداثي شرقي", "س"}
Y = {"y", "northing", "north", "y coord", "ycoord", "point y", "coord y", "شماليات", "الشماليات", "احداثي شمالي", "ص"}
WKT = {"wkt", "geom", "geometry", "the geom", "shape", "geo wkt", "wkt geom", "الشكل"}

INTEGER = r"^[-+]?(0|[1-9٠-٩۰-۹][0-9٠-٩۰-۹]{0,17})$"
NUMBER = r"^[-+]?([0-9٠-٩۰-۹]+([.٫][0-9٠-٩۰-۹]*)?|[.٫][0-9٠-٩۰-۹]+)([eE][-+]?[0-9]+)?$"
LEADING_ZERO = r"^[-+]?[0٠۰][0-9٠-٩۰-۹]"
DATE = r"^[0-9٠-٩۰-۹]{4}-[0-9٠-٩۰-۹]{1,2}-[0-9٠-٩۰-۹]{1,2}$"
DATETIME = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?(Z|[-+][0-9]{2}:?[0-9]{2})?$"
BOOLEAN = r"(?i)^(true|false|yes|no|نعم|كلا|لا)$"
_FULL = {
    "integer": re.compile(INTEGER),
    "number": re.compile(NUMBER),
    "date": re.compile(DATE),
    "datetime": re.compile(DATETIME),
    "boolean": re.compile(BOOLEAN),
}


class CsvSource:
    """The fields keep every column, the coordinates too: nothing of the table is lost."""

    def __init__(self, path, encoding=None):
        self.path = path
        sample = encodings.file_sample(path)
        if asked := encoding:
            name = encodings.known(asked)
            if name is None:
                raise Unreadable("unknown_encoding", name=asked)
            self.encoding = {"name": name, "found_by": "told", "confidence": 1}
        else:
            self.encoding = encodings.guess(sample)
        self.codec = "utf-8-sig" if self.encoding["name"] == "utf-8" else self.encoding["name"]
        first = sample.decode(self.codec, "replace").lstrip("\r\n").split("\n", 1)[0]
        self.delimiter = max(",;\t|", key=first.count)
        with self._lines() as lines:
            header = next(csv.reader(lines, delimiter=self.delimiter), None)
        if not header:
            raise Unreadable("empty_file")
        self.fields = [name.strip() for name in header]
        self.wkt, self.x, self.y, self.degrees = self._coordinate_columns()

    def sublayers(self):
        return [self.path.stem]

    def facts(self, sublayer):
        count, kinds = 0, [None] * len(self.fields)
        left, bottom, right, top = float("inf"), float("inf"), float("-inf"), float("-inf")
        for rows in self._rows(4000):
            count += len(rows)
            for i in range(len(self.fields)):
                kinds[i] = _kind_of([row[i] for row in rows if i < len(row) and row[i].strip()], kinds[i])
            if self.wkt is None:
                for row in rows:
                    point = self._point(row)
                    if point:
                        left, right = min(left, point[0]), max(right, point[0])
                        bottom, top = min(bottom, point[1]), max(top, point[1])
        return {
            "format": "CSV",
            "fields": self.fields,
            "types": [kind or "text" for kind in kinds],
            "count": count,
            "extent": [left, bottom, right, top] if left <= right else None,
            "crs": "EPSG:4326" if self.degrees else None,
            "crs_found_by": "columns",
            "encoding": self.encoding,
            "geometry_type": "Point" if self.wkt is None else None,
        }

    def batches(self, sublayer, size):
        width = len(self.fields)
        for rows in self._rows(size):
            if self.wkt is None:
                points = [self._point(row) for row in rows]
                shapes = [None if p is None else shapely.to_wkb(shapely.Point(p)) for p in points]
                problems = [None if p else "bad_coordinates" for p in points]
            else:
                texts = [_cell(row, self.wkt).strip() for row in rows]
                parsed = shapely.from_wkt([re.sub(r"^SRID=\d+;", "", text) for text in texts], on_invalid="ignore")
                shapes = list(shapely.to_wkb(parsed, flavor="iso"))
                problems = ["bad_wkt" if s is None and t else None for s, t in zip(shapes, texts, strict=True)]
            problems = ["ragged" if len(row) > width else problem for row, problem in zip(rows, problems, strict=True)]
            columns = [pa.array([_cell(row, i) or None for row in rows], pa.string()) for i in range(width)]
            yield stream_batch(shapes, problems, columns)

    def _lines(self):
        return open(self.path, encoding=self.codec, errors="replace", newline="")

    def _rows(self, size):
        rows = []
        with self._lines() as lines:
            reader = csv.reader((line.replace("\0", "") for line in lines), delimiter=self.delimiter)
            try:
                next(reader)
                for row in reader:
                    if not row:
                        continue
                    rows.append(row)
                    if len(rows) == size:
                        yield rows
                        rows = []
            except csv.Error as error:
                raise Unreadable("damaged", detail=str(error)) from error
        if rows:
            yield rows

    def _coordinate_columns(self):
        names = [name.lower().replace("_", " ").replace("إ", "ا").replace("أ", "ا") for name in self.fields]

        def first(known):
            exact = [i for i, name in enumerate(names) if name in known]
            ending = [i for i, name in enumerate(names) if name.split(" ")[-1] in known and name.split(" ")[-1] in LONG]
            return (exact or ending or [None])[0]

        lon, lat = first(LON), first(LAT)
        if lon is not None and lat is not None:
            return None, lon, lat, True
        x, y = first(X), first(Y)
        if (wkt := first(WKT)) is not None:
            return wkt, None, None, False
        if x is not None and y is not None:
            return None, x, y, False
        raise Unreadable("no_coordinates", names=", ".join(self.fields)[:300])

    def _point(self, row):
        try:
            return float(_number(_cell(row, self.x))), float(_number(_cell(row, self.y)))
        except ValueError:
            return None


def _cell(row, i):
    return row[i] if i < len(row) else ""


def _number(text):
    """Python reads all digit sets; only the Arabic separators are unknown to it."""
    return text.strip().replace("٬", "").replace("٫", ".")


def _kind_of(values, before):
    """The narrowest type that fits all values so far: `before` says what fitted the earlier ones."""
    if not values or before == "text":
        return before
    candidates = {None: ["integer", "number", "date", "datetime", "boolean"], "integer": ["integer", "number"]}
    for kind in candidates.get(before, [before]):
        if all(_FULL[kind].match(v.strip()) for v in values) and not (
            kind in {"integer", "number"} and any(re.match(LEADING_ZERO, v.strip()) for v in values)
        ):
            return kind
    return "text"
