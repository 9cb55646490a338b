"""Indexes for the searched attributes of planners' layers: made in the background when a search first misses one.

They are partial (one layer, one attribute, current features), so that a layer which nobody searches pays nothing.
"""

from zlib import crc32

from django.core.cache import cache
from django.db import connection
from django_tasks import task

from gis_layers.models import LayerField
from muni.core.jobs import LONG

ASK_AGAIN_SECONDS = 3600


def ask_for_indexes(layers):
    """Enqueues the work for planners' layers that have searched attributes, once an hour at most."""
    for layer in layers:
        if not layer.is_registered and cache.add(f"search.indexes.{layer.pk}", True, ASK_AGAIN_SECONDS):
            index_searched_attributes.enqueue(layer.pk)


@task(queue_name=LONG)
def index_searched_attributes(layer_pk):
    """Makes the indexes that are missing and drops those of attributes that are no longer searched.

    CONCURRENTLY, so that imports and edits go on meanwhile; an index left invalid by a killed worker is made anew.
    """
    names = LayerField.objects.filter(layer=layer_pk, searchable=True).values_list("name", flat=True)
    wanted = {index_name(layer_pk, name): name for name in names}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, indisvalid FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid"
            " WHERE indrelid = 'gis_layers_feature'::regclass AND relname LIKE %s",
            [rf"feature\_search\_{layer_pk}\_%"],
        )
        present = dict(cursor.fetchall())
        for index, is_valid in present.items():
            if index not in wanted or not is_valid:
                cursor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {index}")
        for index, name in wanted.items():
            if not present.get(index):
                cursor.execute(
                    f"CREATE INDEX CONCURRENTLY {index} ON gis_layers_feature"
                    " USING gin (fold_arabic((attributes ->> %s)) gin_trgm_ops)"
                    " WHERE layer_id = %s AND revision_to IS NULL",
                    [name, layer_pk],
                )
        cursor.execute("ANALYZE gis_layers_feature")


def index_name(layer_pk, attribute):
    return f"feature_search_{int(layer_pk)}_{crc32(attribute.encode()):08x}"
