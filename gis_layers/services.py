"""Every write to layers, one function per act."""

from django.db import connection, transaction
from django.utils.translation import gettext as _

from gis_layers.models import Layer
from muni.core.errors import DomainError


class KeyConflict(DomainError):
    code = "key_conflict"


@transaction.atomic
def flip(layer, batch, *, mode, key=None):
    """Makes a staged batch the layer's next revision, whole or not at all; returns the layer.

    mode: "replace" closes all current features first; "append" adds; "upsert" matches on the attribute `key`: equal
    rows stay, changed ones get a new version under their number, new ones are added.
    Raises KeyConflict when the key is empty or repeated in the batch.
    """
    layer = Layer.objects.select_for_update(of=("self",)).get(pk=layer.pk)
    names = {"layer": layer.pk, "batch": batch, "next": layer.revision + 1, "key": key}
    with connection.cursor() as cursor:
        if mode == "upsert":
            _close_changed(cursor, names)
        elif mode == "replace":
            cursor.execute(
                "UPDATE gis_layers_feature SET revision_to = %(next)s WHERE layer_id = %(layer)s AND revision_to IS NULL",
                names,
            )
        cursor.execute(
            """
            INSERT INTO gis_layers_feature (layer_id, feature_no, revision_from, attributes, geom)
            SELECT %(layer)s, nextval('gis_layers_feature_no'), %(next)s, attributes, geom
            FROM gis_layers_stagedfeature WHERE batch = %(batch)s ORDER BY id
            """,
            names,
        )
        cursor.execute("DELETE FROM gis_layers_stagedfeature WHERE batch = %(batch)s", names)
        cursor.execute(
            """
            UPDATE gis_layers_layer SET revision = %(next)s, changed_at = now(), feature_count = n, extent = box,
                                        detail_zoom = 0, coarse_at = NULL
            FROM (SELECT count(*) AS n, CASE WHEN count(*) > 0 THEN
                    ST_Expand(ST_Envelope(ST_SetSRID(ST_Extent(geom)::geometry, ST_SRID(min(geom)))), 0.01) END AS box
                  FROM gis_layers_feature WHERE layer_id = %(layer)s AND revision_to IS NULL) AS now_in
            WHERE id = %(layer)s
            """,
            names,
        )
    layer.refresh_from_db()
    return layer


def _close_changed(cursor, names):
    """Upsert: writes new versions of changed rows and drops all matched rows from the batch."""
    cursor.execute(
        """
        SELECT attributes->>%(key)s FROM gis_layers_stagedfeature WHERE batch = %(batch)s
        GROUP BY 1 HAVING count(*) > 1 OR bool_or(coalesce(attributes->>%(key)s, '') = '') LIMIT 1
        """,
        names,
    )
    if repeated := cursor.fetchone():
        raise KeyConflict(
            _("The key “%(key)s” is empty or repeated in the file (value: “%(value)s”); nothing was changed.")
            % {"key": names["key"], "value": repeated[0] or ""}
        )
    cursor.execute(
        """
        CREATE TEMP TABLE matched ON COMMIT DROP AS
        SELECT s.id AS staged_id, f.id AS feature_id, f.feature_no, s.attributes, s.geom,
               f.attributes <> s.attributes OR f.geom::bytea <> s.geom::bytea AS changed
        FROM gis_layers_stagedfeature s JOIN gis_layers_feature f
          ON f.layer_id = %(layer)s AND f.revision_to IS NULL AND f.attributes->>%(key)s = s.attributes->>%(key)s
        WHERE s.batch = %(batch)s
        """,
        names,
    )
    cursor.execute(
        "UPDATE gis_layers_feature SET revision_to = %(next)s WHERE id IN (SELECT feature_id FROM matched WHERE changed)",
        names,
    )
    cursor.execute(
        """
        INSERT INTO gis_layers_feature (layer_id, feature_no, revision_from, attributes, geom)
        SELECT %(layer)s, feature_no, %(next)s, attributes, geom FROM matched WHERE changed
        """,
        names,
    )
    cursor.execute("DELETE FROM gis_layers_stagedfeature WHERE id IN (SELECT staged_id FROM matched)", names)
    cursor.execute("DROP TABLE matched")
