"""Lays the rows of a layer out for its rules: temporary tables of valid shapes with indexes.

Rules then ask the same way of published layers, registered layers and drafts, in one snapshot, however their rows come
to be. Tables of a session:

    quality_feature   id, geom as it is, shape (valid and flat, NULL where there is none), attributes that rules read,
                      print (changes with the feature), edited (whether its findings are asked for)
    quality_other     layer, id, shape: features of other layers that lie near
    quality_change    box: where something changed; one row without a box when everything is looked at
"""

from contextlib import contextmanager

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import F

from gis_layers.features import feature_text
from gis_layers.models import Layer
from gis_layers.registry import source_of
from gis_layers.tiles.sql import BareGeometry, plain
from muni.accounts.models import User
from muni.core.srids import MUNI_SRID

EVERYTHING = User(is_superuser=True, is_active=True)
"""Whose view a rule has: overlaps do not end where somebody's rights do."""

_TABLES = "quality_feature, quality_other, quality_change"
_MILLIMETRES = 3


@contextmanager
def laid_out(sources, rules, *, only=None, vacated=None, instead=None):
    """The tables, for as long as the block runs; gives a cursor. See services.check for what it takes."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            DROP TABLE IF EXISTS {_TABLES};
            CREATE TEMP TABLE quality_feature (
              id bigint, geom geometry, shape geometry, attributes jsonb, print text, edited boolean);
            CREATE TEMP TABLE quality_other (layer text, id bigint, shape geometry);
            CREATE TEMP TABLE quality_change (box geometry);
            """
        )
        try:
            _lay_features(cursor, sources, rules, only, vacated)
            cursor.execute(
                "CREATE INDEX ON quality_feature USING gist (shape); CREATE INDEX ON quality_feature (id);"
                " ANALYZE quality_feature"
            )
            _lay_others(cursor, rules, instead or {})
            yield cursor
        finally:
            if not connection.needs_rollback:
                cursor.execute(f"DROP TABLE IF EXISTS {_TABLES}")


def _lay_features(cursor, sources, rules, only, vacated):
    read = {name for rule in rules if (name := rule.definition.attribute(rule))}
    if only is None:
        for source in sources:
            _insert(cursor, source, read, True)
        cursor.execute("INSERT INTO quality_change VALUES (NULL)")
        return
    for source in sources:
        _insert(cursor, source, read, True, "id = ANY(%s)", [only])
    cursor.execute(
        "INSERT INTO quality_change SELECT ST_Envelope(shape) FROM quality_feature WHERE shape IS NOT NULL"
        " UNION ALL SELECT ST_Envelope(part.geom) FROM ST_Dump(ST_GeomFromEWKB(%s)) AS part",
        [vacated and bytes(vacated.ewkb)],
    )
    matters = ["EXISTS (SELECT 1 FROM quality_change AS c WHERE geom && ST_Expand(c.box, %s))"]
    bound = [max(_reach(rule) for rule in rules)]
    for name in {rule.definition.attribute(rule) for rule in rules if rule.kind == "unique"}:
        matters.append("values->>%s IN (SELECT attributes->>%s FROM quality_feature WHERE edited)")
        bound += [name, name]
    for source in sources:
        _insert(cursor, source, read, False, f"NOT id = ANY(%s) AND ({' OR '.join(matters)})", [only, *bound])


def _insert(cursor, source, read, edited, condition="true", bound=()):
    """Lays the rows of one source out for which the condition on id, geom and values holds."""
    names = sorted(read & {attribute.name for attribute in source.attributes})
    text = feature_text(source, srid=MUNI_SRID, decimals=_MILLIMETRES)
    columns = [F(source.id_field), BareGeometry(source.geometry), text, *map(source.json_value, names)]
    try:
        inner = plain(source.rows(EVERYTHING), *columns).replace("%", "%%")
    except EmptyResultSet:
        return
    values = [f"value{i}" for i in range(len(names))]
    pairs = ", ".join(f"%s, {value}" for value in values)
    cursor.execute(
        f"""
        INSERT INTO quality_feature
        SELECT id, geom, quality_shape(geom), values, md5(coalesce(text, id::text)), %s
        FROM (SELECT id, geom, text, jsonb_build_object({pairs}) AS values
              FROM ({inner}) AS given ({", ".join(["id", "geom", "text", *values])})) AS given
        WHERE {condition}
        """,
        [edited, *names, *bound],
    )


def _lay_others(cursor, rules, instead):
    """Features of other layers whose boxes meet one that is looked at. instead: {slug: sources} of layers that are
    taken as they would be with a draft."""
    for slug in sorted({slug for rule in rules if (slug := rule.definition.other(rule))}):
        reach = max(_reach(rule) for rule in rules)
        for source in instead.get(slug) or map(source_of, Layer.objects.filter(slug=slug)):
            _insert_other(cursor, slug, source, reach)
    cursor.execute("CREATE INDEX ON quality_other USING gist (layer, shape); ANALYZE quality_other")


def _insert_other(cursor, slug, source, reach):
    try:
        inner = plain(source.rows(EVERYTHING), F(source.id_field), BareGeometry(source.geometry))
    except EmptyResultSet:
        return
    cursor.execute(
        f"""
        INSERT INTO quality_other
        SELECT %s, id, quality_shape(geom) FROM ({inner.replace("%", "%%")}) AS given (id, geom)
        WHERE geom && (SELECT ST_SetSRID(ST_Expand(ST_Extent(shape)::geometry, %s), %s)
                       FROM quality_feature WHERE edited)
        """,
        [slug, reach, MUNI_SRID],
    )


def _reach(rule):
    """Metres around an edited feature within which others matter to the rule."""
    return max(rule.definition.reach, rule.tolerance)
