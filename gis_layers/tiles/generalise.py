"""Coarse stand-ins for layers that are too dense to be drawn feature by feature on small scales.

A band at zoom b serves tiles of zooms b-1 and b. Small areas are dissolved by grid cell and category, lines are
merged, points are thinned; each step starts from the finer band, so only the first one reads the whole layer.
"""

from collections import Counter
from datetime import timedelta

from django.contrib.auth.models import AnonymousUser
from django.db import connection, transaction
from django.db.models import F, Q, TextField
from django.db.models.fields.json import KeyTextTransform
from django.utils import timezone
from django_tasks import task

from gis_layers.models import CoarseFeature, Layer, LayerRevision
from gis_layers.registry import LayerSource, source_of
from gis_layers.tiles.sql import BareGeometry
from muni.core.jobs import LONG
from muni.core.prepared import plain

FEATURES_IN_A_TILE = 10_000
"""The densest tile that is still drawn feature by feature."""

_DENSEST = 14
_BANDS = range(_DENSEST - 1, 0, -2)
_WORLD = 40_075_016.685578  # metres along the equator in Web Mercator
_PIXELS = 512


class CoarseLayer(LayerSource):
    """The band that serves tiles of zoom z."""

    id_field = "id"

    def __init__(self, source, z):
        super().__init__(source.layer)
        self.band = z if z % 2 else z + 1
        self.attributes = source.attributes

    @property
    def _identity(self):
        return *super()._identity, self.band

    @property
    def tile_attributes(self):
        return [name for name in [_category(self.layer)] if name]

    def rows(self, user):
        return CoarseFeature.objects.filter(layer=self.layer, band=self.band)

    def value(self, name):
        return KeyTextTransform(name, "attributes", output_field=TextField())


def detail_of(source, z):
    """What tiles of zoom z are drawn from: the layer itself or a coarse stand-in."""
    return CoarseLayer(source, z) if z < source.layer.detail_zoom else source


@transaction.atomic
def generalise(layer):
    """Builds the coarse bands of a layer anew; its small-scale tiles change, so it moves to the next revision.

    Of a registered layer that is not public nothing is built: what its users see may differ.
    """
    started = timezone.now()
    source = source_of(layer)
    rows = source.rows(AnonymousUser())
    is_shared = layer.visibility == Layer.Visibility.PUBLIC or not layer.is_registered
    detail_zoom = _detail_zoom(source, rows) if is_shared else 0
    category = _category(layer)
    CoarseFeature.objects.filter(layer=layer).delete()
    for band in (b for b in _BANDS if layer.min_zoom <= b and b - 1 < detail_zoom):
        _build(source, band, rows, category)
        source = CoarseLayer(source, band)
        rows = source.rows(None)
    Layer.objects.filter(pk=layer.pk).update(detail_zoom=detail_zoom, coarse_at=started)
    if detail_zoom or layer.detail_zoom:
        Layer.objects.filter(pk=layer.pk).update(revision=F("revision") + 1)
        layer.refresh_from_db(fields=["revision"])
        LayerRevision.objects.create(layer=layer, revision=layer.revision, kind=LayerRevision.Kind.COARSE)


def ask_to_generalise(layer):
    """Enqueues it when the bands are missing, or older than the layer and than an hour; asked twice, done once."""
    now = timezone.now()
    stale = Q(coarse_at=None) | Q(coarse_at__lt=F("changed_at")) & Q(coarse_at__lt=now - timedelta(hours=1))
    if Layer.objects.filter(stale, pk=layer.pk).update(coarse_at=now):
        generalise_layer.enqueue(layer.pk)


@task(queue_name=LONG)
def generalise_layer(layer_pk):
    layer = Layer.objects.filter(pk=layer_pk).first()
    if layer:
        generalise(layer)


def _category(layer):
    """The attribute that a coarse feature keeps: the one the style sorts by."""
    return layer.symbology.get("field") if layer.symbology.get("kind") == "category" else None


def _detail_zoom(source, rows):
    """The first zoom, at most _DENSEST, at which no tile holds more than FEATURES_IN_A_TILE; 0 when none ever does."""
    sql = plain(rows, BareGeometry(source.geometry_3857)).replace("%", "%%")
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT floor((ST_XMin(geom) + ST_XMax(geom)) / 2 / %(size)s)::int,
                   floor((ST_YMin(geom) + ST_YMax(geom)) / 2 / %(size)s)::int, count(*)
            FROM ({sql}) AS seen (geom) GROUP BY 1, 2
            """,
            {"size": _WORLD / 2**_DENSEST},
        )
        counts = Counter({(x, y): n for x, y, n in cursor.fetchall()})
    zoom = _DENSEST
    while zoom > 0:
        wider = Counter()
        for (x, y), n in counts.items():
            wider[x // 2, y // 2] += n
        if max(wider.values(), default=0) > FEATURES_IN_A_TILE:
            return zoom
        counts, zoom = wider, zoom - 1
    return 0


def _build(source, band, rows, category):
    """Writes one band. r: metres in a pixel at the band's zoom."""
    sql = plain(rows, BareGeometry(source.geometry_3857), *([source.value(category)] if category else [])).replace(
        "%", "%%"
    )
    r = _WORLD / _PIXELS / 2**band
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH seen AS (
              SELECT geom, {"category::text" if category else "NULL::text"} AS category,
                     ST_Dimension(geom) AS dimension,
                     greatest(ST_XMax(geom) - ST_XMin(geom), ST_YMax(geom) - ST_YMin(geom)) AS side,
                     (ST_XMin(geom) + ST_XMax(geom)) / 2 AS x, (ST_YMin(geom) + ST_YMax(geom)) / 2 AS y
              FROM ({sql}) AS source (geom{", category" if category else ""})),
            coarse AS (
              SELECT category, ST_GeometryN((array_agg(geom))[1], 1) AS geom FROM seen WHERE dimension = 0
              GROUP BY category, floor(x / (4 * %(r)s)), floor(y / (4 * %(r)s))
              UNION ALL
              SELECT category, ST_Simplify(ST_LineMerge(ST_Collect(geom)), %(r)s / 2) FROM seen WHERE dimension = 1
              GROUP BY category, floor(x / (64 * %(r)s)), floor(y / (64 * %(r)s))
              UNION ALL
              SELECT category, ST_SimplifyPreserveTopology(geom, %(r)s / 2) FROM seen
              WHERE dimension = 2 AND side >= 8 * %(r)s
              UNION ALL
              SELECT category, ST_SimplifyPreserveTopology(
                  ST_Buffer(ST_Buffer(ST_UnaryUnion(ST_Collect(geom)), %(r)s / 2, 'join=mitre quad_segs=1'),
                            -%(r)s / 2, 'join=mitre quad_segs=1'), %(r)s / 2)
              FROM seen WHERE dimension = 2 AND side < 8 * %(r)s
              GROUP BY category, floor(x / (32 * %(r)s)), floor(y / (32 * %(r)s)))
            INSERT INTO gis_layers_coarsefeature (layer_id, band, attributes, geom_3857)
            SELECT %(layer)s, %(band)s,
                   CASE WHEN category IS NULL THEN '{{}}' ELSE jsonb_build_object(%(name)s::text, category) END,
                   ST_ForcePolygonCW(geom)
            FROM coarse WHERE NOT ST_IsEmpty(geom)
            """,
            {"r": r, "layer": source.layer.pk, "band": band, "name": category},
        )
