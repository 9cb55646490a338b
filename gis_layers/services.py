"""Every write to layers, one function per act."""

import re

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from gis_layers import access, schema
from gis_layers.models import Layer, LayerEvent, LayerField, LayerRevision
from gis_layers.registry import source_of
from gis_layers.symbology import checked_style, cleaned, default_symbology, style_layers
from gis_layers.tiles import cache
from muni.core.errors import BadRequest, DomainError, Forbidden


class KeyConflict(DomainError):
    code = "key_conflict"


class LayerInUse(DomainError):
    code = "layer_in_use"


RESERVED = {"new", "import", "imports", "export", "exports"}
"""Addresses of pages under /layers/."""

METADATA = (
    "title_ar",
    "title_en",
    "abstract_ar",
    "abstract_en",
    "keywords",
    "source",
    "licence",
    "contact",
    "update_frequency",
    "lineage",
    "group",
    "position",
    "shown_first",
)
NEEDED_TO_PUBLISH = ("title_ar", "source", "licence")
_NAME_BYTES = 63
"""PostgreSQL cuts longer names of columns, and tiles and GeoJSON are written from columns."""

REACH = [Layer.Visibility.PRIVATE, Layer.Visibility.STAFF, Layer.Visibility.PUBLIC]


@transaction.atomic
def create_layer(*, by, slug, title_ar, geometry_type, department, attributes=(), **metadata):
    """An empty private layer of a department, drawn with a decent single symbol; returns it.

    attributes: [{"name", "title_ar", "title_en", "type", "unit", "required", "searchable", "choices"}] in order.
    Raises Forbidden, BadRequest.
    """
    _refuse_unless(access.can_create_layer(by, department), _("You may not make layers for this department."))
    if slug in RESERVED:
        raise BadRequest(_("This address is taken by a page."), fields={"slug": _("Choose another address.")})
    layer = Layer(slug=slug, title_ar=title_ar, geometry_type=geometry_type, department=department, **metadata)
    layer.symbology = default_symbology(geometry_type)
    layer.style = style_layers(layer.symbology, geometry_type)
    _save_checked(layer)
    LayerField.objects.bulk_create(
        LayerField(layer=layer, position=position, **_attribute(given)) for position, given in enumerate(attributes)
    )
    _record(layer, LayerEvent.Act.CREATE, by)
    return layer


@transaction.atomic
def describe(layer, *, by, **metadata):
    """Changes the catalogue's words about a layer (METADATA); a public one keeps what publishing needs. Returns it."""
    layer = _locked(layer)
    _refuse_unless(access.can_change_layer(by, layer), _("You may not change this layer."))
    for name in METADATA:
        if name in metadata:
            setattr(layer, name, metadata[name])
    if layer.visibility == Layer.Visibility.PUBLIC:
        _refuse_unnamed(layer)
    _save_checked(layer)
    _record(layer, LayerEvent.Act.DESCRIBE, by)
    return layer


@transaction.atomic
def change_schema(layer, *, by, attributes, erase=False):
    """Makes `attributes` (as in create_layer) the layer's schema; returns it.

    An attribute is known by its name: new names are added, missing ones are removed with their values, which needs
    erase=True. Raises BadRequest with {"fields": {name: sentence}} when features would not fit, LayerInUse when the
    style reads an attribute that would go.
    """
    layer = _locked(layer)
    _refuse_unless(access.can_change_layer(by, layer) and not layer.is_registered, _("You may not change this layer."))
    before = {field.name: field for field in layer.schema.all()}
    shown_before = source_of(layer).tile_attributes
    after = {given["name"]: _attribute(given) for given in attributes}
    if len(after) < len(attributes):
        raise BadRequest(_("Two attributes have the same name."))
    gone = before.keys() - after.keys()
    if used := sorted(gone & set(shown_before)):
        raise LayerInUse(
            _("The style or the label uses “%s”. Change the style first.") % used[0], fields=dict.fromkeys(used, "")
        )
    if lost := [name for name in gone if schema.filled(layer, name)]:
        if not erase:
            raise LayerInUse(
                _("The removed attributes hold values that would be deleted."), fields=dict.fromkeys(lost, "")
            )
        schema.erase(layer, lost)
    wrong = {}
    for name, given in after.items():
        checks = {"kind": given["type"], "required": given["required"], "choices": given["choices"]}
        if found := schema.problems(layer, name, **checks):
            wrong[name] = " ".join(found)
    if wrong:
        raise BadRequest(_("The features do not fit the new attributes."), fields=wrong)
    converted = [name for name, given in after.items() if name in before and before[name].type != given["type"]]
    for name in converted:
        schema.convert(layer, name, after[name]["type"])
    layer.schema.filter(name__in=gone).delete()
    for position, (name, given) in enumerate(after.items()):
        LayerField.objects.update_or_create(layer=layer, name=name, defaults={**given, "position": position})
    if gone or converted:
        _bump(layer, LayerRevision.Kind.SCHEMA, by)
    _record(layer, LayerEvent.Act.CHANGE_SCHEMA, by)
    return layer


@transaction.atomic
def restyle(layer, *, by, symbology, style=None, min_zoom=None, max_zoom=None):
    """Draws the layer anew; returns it.

    symbology: a declaration (see gis_layers.symbology), or {"kind": "handwritten"} with `style`, MapLibre style layers.
    The revision rises when tiles need other attributes or zooms than before. Raises SymbologyError.
    """
    layer = _locked(layer)
    _refuse_unless(access.can_change_layer(by, layer), _("You may not change this layer."))
    source = source_of(layer)
    before = _in_tiles(layer)
    if symbology.get("kind") == "handwritten":
        layer.style = checked_style(style, [attribute.name for attribute in source.attributes])
        layer.symbology = {**default_symbology(layer.geometry_type), "kind": "handwritten"}
    else:
        layer.symbology = cleaned(symbology, layer.geometry_type, source.attributes)
        layer.style = style_layers(layer.symbology, layer.geometry_type)
    layer.min_zoom = layer.min_zoom if min_zoom is None else min_zoom
    layer.max_zoom = layer.max_zoom if max_zoom is None else max_zoom
    _save_checked(layer)
    if _in_tiles(layer) != before:
        Layer.objects.filter(pk=layer.pk).update(detail_zoom=0, coarse_at=None)
        _bump(layer, LayerRevision.Kind.STYLE, by)
    _record(layer, LayerEvent.Act.RESTYLE, by)
    return layer


@transaction.atomic
def publish(layer, *, by, visibility=Layer.Visibility.PUBLIC):
    """Lets more people see the layer: staff, or everybody; returns it. Everybody needs title, source and licence.

    by: None for the operator at the server's own terminal.
    """
    layer = _locked(layer)
    _refuse_unless(by is None or access.can_publish_layer(by, layer), _("You may not publish this layer."))
    if REACH.index(visibility) <= REACH.index(layer.visibility):
        raise DomainError(_("The layer is already visible to: %s.") % layer.get_visibility_display())
    if visibility == Layer.Visibility.PUBLIC:
        _refuse_unnamed(layer)
    return _show_to(layer, visibility, LayerEvent.Act.PUBLISH, by)


@transaction.atomic
def withdraw(layer, *, by, visibility=Layer.Visibility.PRIVATE):
    """Takes the layer back to staff or to its owner, on every interface at once; returns it."""
    layer = _locked(layer)
    _refuse_unless(access.can_publish_layer(by, layer), _("You may not withdraw this layer."))
    if REACH.index(visibility) >= REACH.index(layer.visibility):
        raise DomainError(_("The layer is already visible to: %s.") % layer.get_visibility_display())
    transaction.on_commit(lambda: cache.forget(layer.slug))
    return _show_to(layer, visibility, LayerEvent.Act.WITHDRAW, by)


@transaction.atomic
def delete(layer, *, by):
    """Deletes a planner-made layer with all its features and their history."""
    layer = _locked(layer)
    _refuse_unless(access.can_delete_layer(by, layer), _("You may not delete this layer."))
    if layer.visibility == Layer.Visibility.PUBLIC:
        raise LayerInUse(_("The layer is public. Withdraw it first."))
    _record(layer, LayerEvent.Act.DELETE, by, note=layer.title_ar)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM gis_layers_feature WHERE layer_id = %s", [layer.pk])
    layer.delete()
    transaction.on_commit(lambda: cache.forget(layer.slug))


def _locked(layer):
    return Layer.objects.select_for_update(of=("self",)).select_related("department__place").get(pk=layer.pk)


def _refuse_unless(allowed, sentence):
    if not allowed:
        raise Forbidden(sentence)


def missing_for_public(layer):
    """Labels of what has to be filled in before everybody may see the layer."""
    return [str(Layer._meta.get_field(name).verbose_name) for name in _missing(layer)]


def _missing(layer):
    return [name for name in NEEDED_TO_PUBLISH if not getattr(layer, name).strip()]


def _refuse_unnamed(layer):
    if missing := _missing(layer):
        raise BadRequest(
            _("Everybody will see this layer, so it needs first: %s.") % _(", ").join(missing_for_public(layer)),
            fields=dict.fromkeys(missing, _("Fill this in.")),
        )


def _save_checked(layer):
    try:
        layer.full_clean(exclude=["style", "symbology"])
    except ValidationError as error:
        fields = {name: " ".join(map(str, sentences)) for name, sentences in error.message_dict.items()}
        raise BadRequest(" ".join(fields.values()), fields=fields) from None
    layer.save()


def _attribute(given):
    """Completed and checked values of a LayerField."""
    values = {"title_ar": "", "title_en": "", "type": "text", "unit": "", "required": False, "searchable": False}
    values |= {"choices": [], **given}
    if not re.fullmatch(r"[^\W\d]\w*", values["name"]):
        raise BadRequest(
            _("“%s” cannot be an attribute's name: letters, digits and _, a letter first.") % values["name"],
            fields={values["name"]: _("Letters, digits and _, a letter first.")},
        )
    if len(values["name"].encode()) > _NAME_BYTES:
        raise BadRequest(
            _("The attribute's name “%s” is too long: at most 31 Arabic or 63 Latin letters.") % values["name"][:63],
            fields={values["name"]: _("At most 31 Arabic or 63 Latin letters.")},
        )
    return values


def _show_to(layer, visibility, act, by):
    layer.visibility = visibility
    layer.changed_at = timezone.now()
    layer.save(update_fields=["visibility", "changed_at"])
    _bump(layer, LayerRevision.Kind.VISIBILITY, by)
    _record(layer, act, by, note=visibility)
    return layer


def _in_tiles(layer):
    """What of the style decides what tiles contain; coarse features are merged by the category's attribute."""
    category = layer.symbology.get("field") if layer.symbology.get("kind") == "category" else None
    return set(source_of(layer).tile_attributes), category, layer.min_zoom, layer.max_zoom


def _bump(layer, kind, by):
    """The next revision: tiles of the one before are stale."""
    Layer.objects.filter(pk=layer.pk).update(revision=F("revision") + 1, changed_at=timezone.now())
    layer.refresh_from_db(fields=["revision", "changed_at"])
    LayerRevision.objects.create(layer=layer, revision=layer.revision, kind=kind, by=by)


def _record(layer, act, by, note=""):
    LayerEvent.objects.create(layer=layer, slug=layer.slug, act=act, by=by, note=note)


@transaction.atomic
def flip(layer, batch, *, mode, key=None, by=None, job=None):
    """Makes a staged batch the layer's next revision, whole or not at all; returns the layer.

    mode: "replace" closes all current features first; "append" adds; "upsert" matches on the attribute `key`: equal
    rows stay, changed ones get a new version under their number, new ones are added.
    by, job: who brings the batch, for the record. Raises KeyConflict when the key is empty or repeated in the batch.
    """
    layer = Layer.objects.select_for_update(of=("self",)).get(pk=layer.pk)
    names = {"layer": layer.pk, "batch": batch, "next": layer.revision + 1, "key": key}
    updated = deleted = 0
    with connection.cursor() as cursor:
        if mode == "upsert":
            updated = _close_changed(cursor, names)
        elif mode == "replace":
            cursor.execute(
                "UPDATE gis_layers_feature SET revision_to = %(next)s"
                " WHERE layer_id = %(layer)s AND revision_to IS NULL",
                names,
            )
            deleted = cursor.rowcount
        cursor.execute(
            """
            INSERT INTO gis_layers_feature (layer_id, feature_no, revision_from, attributes, geom)
            SELECT %(layer)s, nextval('gis_layers_feature_no'), %(next)s, attributes, geom
            FROM gis_layers_stagedfeature WHERE batch = %(batch)s ORDER BY id
            """,
            names,
        )
        created = cursor.rowcount
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
    counts = {"created": created, "updated": updated, "deleted": deleted}
    LayerRevision.objects.create(
        layer=layer, revision=layer.revision, kind=LayerRevision.Kind.IMPORT, by=by, job=job, **counts
    )
    return layer


def _close_changed(cursor, names):
    """Upsert: writes new versions of changed rows, drops all matched rows from the batch; returns how many changed."""
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
        "UPDATE gis_layers_feature SET revision_to = %(next)s"
        " WHERE id IN (SELECT feature_id FROM matched WHERE changed)",
        names,
    )
    cursor.execute(
        """
        INSERT INTO gis_layers_feature (layer_id, feature_no, revision_from, attributes, geom)
        SELECT %(layer)s, feature_no, %(next)s, attributes, geom FROM matched WHERE changed
        """,
        names,
    )
    changed = cursor.rowcount
    cursor.execute("DELETE FROM gis_layers_stagedfeature WHERE id IN (SELECT staged_id FROM matched)", names)
    cursor.execute("DROP TABLE matched")
    return changed
