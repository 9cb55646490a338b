"""The SQL of publishing and of taking back: whole changesets at once, however large."""

from django.db import connection

from gis_layers.editing.models import Edit
from gis_layers.models import LayerRevision
from gis_layers.registry import source_of

MOST_REVERTED = 100_000
"""Features that one changeset may take back."""

_NAMES = "(layer_id, feature_no, revision_from, attributes, geom)"
_EFFECTIVE = """
    SELECT * FROM editing_edit WHERE changeset_id = %(changeset)s
      AND NOT (op = 'delete' AND base_version IS NULL)
      AND NOT (op = 'update' AND attributes = base_attributes AND geom::bytea = base_geom::bytea)
"""


def apply(changeset, layer, counted, by):
    """Writes the changeset's edits as the next revision of the locked layer; every edit starts from what is published.

    Returns (revision, boxes touched in Web Mercator).
    """
    touched = _touched(changeset)
    revision = _through_editor(changeset, layer, by) if layer.is_registered else _as_versions(changeset, layer, counted)
    LayerRevision.objects.create(
        layer=layer,
        revision=revision,
        kind=LayerRevision.Kind.CHANGESET,
        by=by,
        changeset=changeset.pk,
        note=changeset.title,
        **counted,
    )
    return revision, touched


def take_back(changeset, revision, by):
    """Fills a fresh changeset with the inverse of a revision: from the state that it left to the one before."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH feature AS NOT MATERIALIZED (SELECT * FROM gis_layers_feature WHERE layer_id = %(layer)s),
                 after AS (SELECT * FROM feature WHERE revision_from = %(revision)s),
                 before AS (SELECT * FROM feature WHERE revision_to = %(revision)s)
            INSERT INTO editing_edit (changeset_id, feature_no, op, base_version, base_attributes, base_geom,
                                      attributes, geom, version, by_id, at)
            SELECT %(changeset)s, feature_no,
                   CASE WHEN before.id IS NULL THEN 'delete' WHEN after.id IS NULL THEN 'create' ELSE 'update' END,
                   'p' || after.id, after.attributes, after.geom, before.attributes, before.geom,
                   nextval('editing_version'), %(by)s, now()
            FROM after FULL JOIN before USING (feature_no)
            """,
            {"layer": changeset.layer_id, "changeset": changeset.pk, "revision": revision, "by": by.pk},
        )


def _as_versions(changeset, layer, counted):
    """Planner-made layers: the old versions end with the next revision and the new ones begin."""
    names = {"layer": layer.pk, "changeset": changeset.pk, "next": layer.revision + 1}
    names["gone"] = _forgotten_attributes(changeset, layer)
    names["more"] = counted["created"] - counted["deleted"]
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            UPDATE gis_layers_feature SET revision_to = %(next)s WHERE id IN (
              SELECT substr(base_version, 2)::bigint FROM ({_EFFECTIVE}) AS edit WHERE base_version IS NOT NULL)
            """,
            names,
        )
        cursor.execute(
            f"""
            INSERT INTO gis_layers_feature {_NAMES}
            SELECT %(layer)s, feature_no, %(next)s, attributes - %(gone)s::text[], geom
            FROM ({_EFFECTIVE}) AS edit WHERE op <> 'delete' ORDER BY feature_no
            """,
            names,
        )
        cursor.execute(
            """
            UPDATE gis_layers_layer SET revision = %(next)s, changed_at = now(),
                   feature_count = feature_count + %(more)s, extent = box
            FROM (SELECT CASE WHEN count(*) > 0 THEN
                    ST_Expand(ST_Envelope(ST_SetSRID(ST_Extent(geom)::geometry, ST_SRID(min(geom)))), 0.01) END AS box
                  FROM gis_layers_feature WHERE layer_id = %(layer)s AND revision_to IS NULL) AS now_in
            WHERE id = %(layer)s
            """,
            names,
        )
    return names["next"]


def _through_editor(changeset, layer, by):
    """Registered layers: the app that owns the rows writes them. The triggers that move the revision run at once, since
    the journal names it."""
    editor = source_of(layer).editor
    for edit in changeset.edits.effective():
        if edit.op == Edit.Op.DELETE:
            editor.delete(edit.feature_no, by=by)
        elif edit.op == Edit.Op.CREATE:
            editor.create(edit.attributes, bytes(edit.geom.wkb), by=by)
        else:
            editor.update(edit.feature_no, edit.attributes, bytes(edit.geom.wkb), by=by)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS bump_revision IMMEDIATE; SET CONSTRAINTS bump_revision DEFERRED")
        cursor.execute("SELECT revision FROM gis_layers_layer WHERE id = %s", [layer.pk])
        return cursor.fetchone()[0]


def _forgotten_attributes(changeset, layer):
    """Attributes that edits hold and the layer's schema no longer."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT jsonb_object_keys(attributes) FROM editing_edit"
            " WHERE changeset_id = %s AND attributes IS NOT NULL",
            [changeset.pk],
        )
        held = {name for (name,) in cursor.fetchall()}
    return sorted(held - {attribute.name for attribute in source_of(layer).attributes})


def _touched(changeset):
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT ST_XMin(box), ST_YMin(box), ST_XMax(box), ST_YMax(box)
            FROM ({_EFFECTIVE}) AS edit,
                 unnest(ARRAY[ST_Envelope(geom_3857), ST_Envelope(ST_Transform(base_geom, 3857))]) AS box
            WHERE box IS NOT NULL
            """,
            {"changeset": changeset.pk},
        )
        return cursor.fetchall()
