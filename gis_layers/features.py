"""Pages of features as GeoJSON, written by PostgreSQL and handed on byte by byte: Python never parses a feature.

Paging is by key (the sorted values and the id of the last feature), so nothing is skipped or repeated when rows come
and go meanwhile.
"""

import base64
import json
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b

from django.contrib.auth.models import AnonymousUser
from django.contrib.gis.db.models import Extent
from django.contrib.gis.db.models.functions import AsGeoJSON, Transform
from django.contrib.gis.geos import Polygon
from django.core.cache import cache
from django.core.exceptions import EmptyResultSet, ValidationError
from django.db import DataError, InternalError, OperationalError, connection, transaction
from django.db.models import BigIntegerField, Count, F, Func, Q, TextField
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.translation import gettext as _
from psycopg2.extensions import BYTES, UNICODE, register_type

from muni.core.errors import BadRequest, DomainError
from muni.core.prepared import Parameter, Prepared, plain
from muni.core.srids import LONLAT, MUNI_SRID, WEB_MERCATOR

DEFAULT_LIMIT = 100
MAX_LIMIT = 10_000

DEGREE_DECIMALS = 7
"""About a centimetre."""

_PAGE_MS = 20_000
_COUNT_MS = 200
_COUNTED = 10_000
_COUNT_PAGES_BELOW = 1_000
_MERCATOR_LATITUDE = 85.06


class QueryTooHeavy(DomainError):
    code = "query_too_heavy"
    status = 503


@dataclass(frozen=True)
class Page:
    """features: GeoJSON texts in order, UTF-8; following: the cursor of the next page, None on the last one."""

    features: list
    following: str | None

    def collection(self, **members):
        """The GeoJSON document of the page, UTF-8; `members` stand before its features."""
        start = json.dumps({"type": "FeatureCollection", **members}, ensure_ascii=False)
        return b'%b, "features": [%b]}' % (start[:-1].encode(), b",".join(self.features))


@dataclass(frozen=True)
class Summary:
    """count: features the user sees; box: (west, south, east, north) in degrees, None when there are none."""

    count: int
    box: tuple | None


class _Feature(Func):
    """The GeoJSON text of a feature: number, geometry and the values of `names`, in their order.

    One expression, since a tree of them costs more to compile for each request than its SQL to run. A row becomes JSON
    in half the time of json_build_object.
    """

    output_field = TextField()

    def __init__(self, number, geometry, *values, names, decimals):
        super().__init__(number, geometry, *values)
        self.names, self.decimals = names, decimals

    def as_sql(self, compiler, connection, **context):
        (number, of_number), (geometry, params), *values = map(compiler.compile, self.source_expressions)
        params = [*of_number, *params]
        columns = []
        for name, (value, of_value) in zip(self.names, values, strict=True):
            columns.append(f"{value} AS {connection.ops.quote_name(name)}")
            params += of_value
        properties = f"(SELECT row_to_json(named) FROM (SELECT {', '.join(columns)}) AS named)"  # noqa: S608
        drawn = f"ST_AsGeoJSON({geometry}, {self.decimals}, 0)"
        start = f"""'{{"type":"Feature","id":' || {number} || ',"geometry":' || {drawn}"""
        return f"""{start} || ',"properties":' || {properties}::text || '}}'""", params


def feature_text(source, *, srid=LONLAT, decimals=DEGREE_DECIMALS, flipped=False):
    """Expression of a GeoJSON feature as text, in `srid`; `flipped` writes latitude first where the CRS says so."""
    geometry = F(source.geometry) if srid == MUNI_SRID else Transform(source.geometry, srid)
    if flipped:
        geometry = Func(geometry, function="ST_FlipCoordinates")
    names = tuple(attribute.name for attribute in source.attributes)
    return _Feature(F(source.id_field), geometry, *map(source.json_value, names), names=names, decimals=decimals)


def geometry_text(source, *, decimals=DEGREE_DECIMALS):
    """Expression of a feature's GeoJSON geometry as text, in degrees."""
    return Cast(AsGeoJSON(Transform(source.geometry, LONLAT), precision=decimals), TextField())


def in_lonlat_box(source, rows, west, south, east, north):
    """Rows that touch the box, degrees. A longitude/latitude box is a box in Web Mercator too, so this is exact and
    indexed. west > east: the box crosses the antimeridian."""
    return rows.filter(touching_lonlat_box(source.geometry_3857, west, south, east, north))


def touching_lonlat_box(name, west, south, east, north):
    """The condition of in_lonlat_box on a column or alias in Web Mercator."""
    south, north = (max(-_MERCATOR_LATITUDE, min(_MERCATOR_LATITUDE, edge)) for edge in (south, north))
    spans = [(west, east)] if west <= east else [(west, 180), (-180, east)]
    rule = Q()
    for left, right in spans:
        box = Polygon.from_bbox((left, south, right, north))
        box.srid = LONLAT
        rule |= Q(**{f"{name}__intersects": box})
    return rule


def page(source, rows, text, *, limit, order=(), after=None):
    """One page of `rows` in one query.

    text: from feature_text. order: [(attribute name, is descending)], ties broken by id; empty values come last.
    after: cursor of the page before. Raises BadRequest for a cursor that is not one of ours.
    """
    order = list(order)
    keys = [f"_key{i}" for i in range(len(order))]
    rows = rows.annotate(**{key: source.value(name) for key, (name, _down) in zip(keys, order, strict=True)})
    columns = [(key, down) for key, (_name, down) in zip(keys, order, strict=True)] + [(source.id_field, False)]
    if after is not None:
        rows = _continue(rows, columns, after)
    ordering = [F(name).desc(nulls_last=True) if down else F(name).asc(nulls_last=True) for name, down in columns[:-1]]
    found = rows.order_by(*ordering, source.id_field).values_list(text, *(name for name, _down in columns))
    found = read(found[: limit + 1], texts=BYTES)
    following = _cursor(found[limit - 1][1:]) if len(found) > limit else None
    return Page([row[0] for row in found[:limit]], following)


def one(source, user, number, **form):
    """The GeoJSON text of the feature with that id as the user may see it, or None. form: as for feature_text."""
    if not -(2**63) <= number < 2**63:
        return None
    if user.is_authenticated:
        found = read(_with_id(source, user, number).values_list(feature_text(source, **form)))
    else:
        with _refusals():
            found = _one_for_anybody(source, timezone.localdate(), **form).rows(number)
    return found[0][0] if found else None


@lru_cache(1_000)
def _one_for_anybody(source, day, **form):
    """Visitors without an account all ask the same, and the ORM takes longer to write that down than PostgreSQL to
    answer it. It is written anew each day, since some layers show what is in force on the day."""
    return Prepared(
        plain(_with_id(source, AnonymousUser(), Parameter(1, BigIntegerField())), feature_text(source, **form)),
        "bigint",
    )


def _with_id(source, user, number):
    return source.rows(user).order_by().filter(**{source.id_field: number})


def matched(source, rows, *, is_filtered, limit, user, page, is_first):
    """How many features match, or None where counting would not be quick: a first page that is the last one is its own
    count, a whole layer is counted once a revision, up to 10,000 matches are counted for pages below 1,000."""
    if is_first and page.following is None:
        return len(page.features)
    if not is_filtered:
        return summary(source, user).count
    if limit >= _COUNT_PAGES_BELOW:
        return None
    keys = rows.order_by().values(source.id_field)

    def count():
        try:
            number = read(keys[: _COUNTED + 1], "SELECT count(*) FROM ({}) AS few", _COUNT_MS)[0][0]
        except QueryTooHeavy:
            return -1
        return number if number <= _COUNTED else -1

    number = cache.get_or_set(f"matched:{source.layer.pk}:{source.layer.revision}:{_digest(keys)}", count, 600)
    return None if number < 0 else number


def summary(source, user):
    """Count and extent of a layer as the user sees it, kept for as long as the layer's revision and the user's view
    of it stay the same."""
    layer = source.layer
    if not layer.is_registered:
        return Summary(layer.feature_count, _lonlat_extent(layer.extent) if layer.extent else None)
    rows = source.rows(user).order_by()
    key = f"summary:{layer.pk}:{layer.revision}:{_digest(rows.values(source.id_field))}"  # the question is the scope

    def look():
        with _refusals():
            found = rows.aggregate(_n=Count("*"), _box=Extent(source.geometry_3857))
        box = Polygon.from_bbox(found["_box"]) if found["_box"] else None
        if box:
            box.srid = WEB_MERCATOR
        return Summary(found["_n"], _lonlat_extent(box) if box else None)

    return cache.get_or_set(key, look, 86_400)


def count(rows):
    """How many rows there are. Raises QueryTooHeavy."""
    return read(rows.order_by().values("pk"), "SELECT count(*) FROM ({}) AS found")[0][0]


def read(queryset, question="{}", milliseconds=_PAGE_MS, *, texts=UNICODE):
    """The rows of a QuerySet, or of a question about it, as the driver gives them; in one round trip with its time
    limit: the two statements are one implicit transaction. texts: what PostgreSQL's texts become."""
    try:
        sql, params = queryset.query.sql_with_params()
    except EmptyResultSet:
        return [] if question == "{}" else [(0,)]
    sql = question.format(sql)
    with _refusals(), connection.cursor() as cursor:
        register_type(texts, cursor.cursor)
        cursor.execute(f"SET LOCAL statement_timeout = {milliseconds}; {sql}", params)
        return cursor.fetchall()


@contextmanager
def _refusals():
    """What a filter's values make impossible, or takes too long, as an error for people."""
    try:
        with transaction.atomic() if connection.in_atomic_block else nullcontext():
            yield
    except OperationalError as error:
        if "statement timeout" not in str(error):
            raise
        raise QueryTooHeavy(_("This question takes too long; ask for a smaller area or a simpler filter.")) from None
    except (DataError, InternalError):
        raise BadRequest(_("The filter cannot be worked out with the values of this layer.")) from None


def _digest(queryset):
    sql, params = queryset.query.sql_with_params()
    with connection.cursor() as cursor:
        return blake2b(cursor.mogrify(sql, params), digest_size=16).hexdigest()


def _lonlat_extent(shape):
    """Box in degrees around a box in another system, whose edges are curved in degrees."""
    west, south, east, north = shape.extent
    steps = [i / 20 for i in range(21)]
    xs, ys = [west + (east - west) * s for s in steps], [south + (north - south) * s for s in steps]
    ring = (
        [(x, south) for x in xs]
        + [(east, y) for y in ys]
        + [(x, north) for x in xs[::-1]]
        + [(west, y) for y in ys[::-1]]
    )
    box = Polygon([*ring, ring[0]], srid=shape.srid)
    box.transform(LONLAT)
    return tuple(round(edge, DEGREE_DECIMALS) for edge in box.extent)


def _cursor(values):
    values = [v.decode() if isinstance(v, bytes) else v for v in values]
    text = json.dumps([v if isinstance(v, str | int | float | bool | None) else str(v) for v in values])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _continue(rows, columns, cursor):
    """The rows after the key in the cursor."""
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if [type(values), len(values), type(values[-1])] == [list, len(columns), int] and abs(values[-1]) < 2**63:
            return rows.filter(_beyond(columns, values))
    except (ValueError, TypeError, LookupError, RecursionError, ValidationError):
        pass
    raise BadRequest(_("This is not a place in the list to continue from; start from the first page."))


def _beyond(columns, values):
    """columns: [(name, is descending)], the last one the id. Empty values come last in either direction."""
    rule, tied = Q(pk__in=[]), Q()
    for (name, down), value in zip(columns[:-1], values[:-1], strict=True):
        if value is None:
            tied &= Q(**{f"{name}__isnull": True})
        else:
            rule |= tied & (Q(**{f"{name}__{'lt' if down else 'gt'}": value}) | Q(**{f"{name}__isnull": True}))
            tied &= Q(**{name: value})
    return rule | tied & Q(**{f"{columns[-1][0]}__gt": values[-1]})
