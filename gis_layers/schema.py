"""What a change of attributes would do to the features that are there; the data of planner-made layers is JSON."""

import json

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from gis_layers.fields import FieldType, as_type

_CURRENT = "FROM gis_layers_feature WHERE layer_id = %(layer)s AND revision_to IS NULL"


def filled(layer, name):
    """How many current features hold a value in this attribute."""
    return _one(f"SELECT count(*) {_CURRENT} AND coalesce(attributes->>%(name)s, '') <> ''", layer, name)


def problems(layer, name, *, kind, required, choices):
    """Sentences that say why the features would not fit: type, required, choices. Empty when they do."""
    found = []
    wrong = [text for text in distinct_values(layer, name) if not _converts(text, kind)]
    if wrong:
        found.append(
            ngettext(
                "%(count)d different value does not fit the new type: %(examples)s.",
                "%(count)d different values do not fit the new type: %(examples)s.",
                len(wrong),
            )
            % {"count": len(wrong), "examples": _listed(wrong)}
        )
    if required:
        empty = _one(f"SELECT count(*) {_CURRENT} AND coalesce(attributes->>%(name)s, '') = ''", layer, name)
        if empty:
            found.append(
                ngettext(
                    "%(count)d feature has no value, so the attribute cannot be required yet.",
                    "%(count)d features have no value, so the attribute cannot be required yet.",
                    empty,
                )
                % {"count": empty}
            )
    if choices:
        allowed = {str(choice["value"]) for choice in choices}
        outside = [text for text in distinct_values(layer, name) if text not in allowed]
        if outside:
            found.append(_("Features hold values that are not among the choices: %s.") % _listed(outside))
    return found


def convert(layer, name, kind):
    """Rewrites the attribute in all versions of all features; `problems` has found nothing before."""
    texts = [text for text in distinct_values(layer, name, current=False) if _converts(text, kind)]
    values = [json.dumps(as_type(text, kind)) for text in texts]
    if kind != FieldType.TEXT:
        texts, values = [*texts, ""], [*values, "null"]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE gis_layers_feature AS f SET attributes = jsonb_set(attributes, ARRAY[%(name)s], new.value)
            FROM unnest(%(texts)s::text[], %(values)s::jsonb[]) AS new (text, value)
            WHERE layer_id = %(layer)s AND attributes->>%(name)s = new.text
            """,
            {
                "layer": layer.pk,
                "name": name,
                "texts": texts,
                "values": values,
            },
        )


def erase(layer, names):
    """Deletes the attributes' values from all versions of all features."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE gis_layers_feature SET attributes = attributes - %(names)s::text[]"
            " WHERE layer_id = %(layer)s AND attributes ?| %(names)s::text[]",
            {"layer": layer.pk, "names": list(names)},
        )


def distinct_values(layer, name, *, current=True):
    """Texts of the attribute's different values, without empty ones."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT attributes->>%(name)s FROM gis_layers_feature"
            " WHERE layer_id = %(layer)s AND (revision_to IS NULL OR NOT %(current)s)"
            " AND coalesce(attributes->>%(name)s, '') <> '' ORDER BY 1",
            {"layer": layer.pk, "name": name, "current": current},
        )
        return [row[0] for row in cursor.fetchall()]


def _converts(text, kind):
    try:
        as_type(text, kind)
    except ValueError:
        return False
    return True


def _listed(texts):
    return "، ".join(f"“{text[:40]}”" for text in texts[:5]) + (" …" if len(texts) > 5 else "")


def _one(query, layer, name):
    with connection.cursor() as cursor:
        cursor.execute(query, {"layer": layer.pk, "name": name})
        return cursor.fetchone()[0]
