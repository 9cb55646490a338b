"""What people do in the editor: each gesture is applied whole or not at all, and once however often it is sent."""

from dataclasses import dataclass
from functools import partial

from django.contrib.gis.geos import GEOSGeometry, Polygon
from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from gis_layers.editing import access
from gis_layers.editing.confines import confines_of
from gis_layers.editing.content import Shapes, Unfit, attribute_value
from gis_layers.editing.counts import counts
from gis_layers.editing.drafts import sources_of
from gis_layers.editing.merge import State
from gis_layers.editing.models import Changeset, Edit, Gesture
from gis_layers.editing.published import snapshots, wkb
from gis_layers.registry import source_of
from muni.core.errors import BadRequest, DomainError, Forbidden
from muni.core.srids import MUNI_SRID

MAX_EDITS = 10_000
SNAPPED_EDITS = 200
OPS = ("create", "update", "delete", "restore")
_WRITTEN = ("op", "base_version", "base_attributes", "base_geom", "attributes", "geom", "version", "by", "at")


class InvalidEdits(BadRequest):
    code = "invalid"


class StaleEdit(DomainError):
    """fields: {feature number: sentence}."""

    code = "stale_edit"
    status = 412


class ChangesetClosed(DomainError):
    code = "changeset_closed"


@dataclass
class _Standing:
    """A feature as the draft holds it before the gesture. base: the Snapshot that its edit started from."""

    token: str | None
    state: State | None
    base_version: str | None
    base: State | None
    edit: Edit | None = None


@transaction.atomic
def apply_gesture(changeset, *, gesture, edits, by, shapes=None):
    """Applies the edits of one gesture to the draft; returns {"gesture", "features", "counts"}.

    gesture: the client's UUID; sent again, the first answer is given again. edits: dicts as the REST interface takes
    them (docs/interfaces.md). shapes: reads their geometries, degrees unless given.
    Raises Forbidden, ChangesetClosed, StaleEdit, InvalidEdits.
    """
    changeset = _held(changeset)
    layer = changeset.layer
    if not access.holds(by, "gis_layers.change_layer", changeset):
        raise Forbidden(_("You may not change this layer."))
    record, is_new = Gesture.objects.get_or_create(changeset=changeset, key=gesture, defaults={"by": by})
    if not is_new:
        return record.answer
    if not changeset.is_open:
        raise ChangesetClosed(_("This changeset is not open any more, so nothing can be edited in it."))
    work = _Work(changeset, _checked(edits), by, shapes or Shapes(layer))
    work.judge()
    work.write()
    record.answer = {"gesture": str(gesture), "features": work.answer, "counts": counts(changeset)}
    record.save(update_fields=["answer"])
    return record.answer


def _held(changeset):
    """The changeset, kept from being submitted or published meanwhile; people edit in it side by side."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM editing_changeset WHERE id = %s FOR SHARE", [changeset.pk])
    return Changeset.objects.select_related("layer__department__place", "place").get(pk=changeset.pk)


def _checked(edits):
    """The shape of the request, before anything is looked up."""
    if not edits:
        raise InvalidEdits(_("The gesture holds no edits."))
    if len(edits) > MAX_EDITS:
        raise InvalidEdits(_("A gesture holds at most %(most)d edits.") % {"most": MAX_EDITS})
    numbers = [edit["id"] for edit in edits if edit["op"] != "create"]
    if len(set(numbers)) < len(numbers):
        raise InvalidEdits(_("A gesture may name a feature only once."))
    return edits


class _Work:
    """One gesture: judges all its edits, then writes them."""

    def __init__(self, changeset, edits, by, shapes):
        self.changeset, self.edits, self.by, self.shapes = changeset, edits, by, shapes
        source = source_of(changeset.layer)
        self.attributes = {each.name: each for each in source.attributes}
        self.editor = source.editor
        self.confines = confines_of(changeset)
        self.standing = self._standing(sorted(edit["id"] for edit in edits if edit["op"] != "create"))
        self.wrong, self.stale = {}, {}
        self.made, self.changed, self.dropped, self.answer = [], [], [], []

    def judge(self):
        """Fills made, changed and dropped. Raises InvalidEdits or StaleEdit with everything that is wrong."""
        numbers = iter(_next("gis_layers_feature_no", sum(edit["op"] == "create" for edit in self.edits)))
        versions = iter(_next("editing_version", len(self.edits)))
        for place, edit in enumerate(self.edits):
            number = next(numbers) if edit["op"] == "create" else edit["id"]
            standing = self.standing.get(number) or _Standing(None, None, None, None)
            if edit["op"] == "restore":
                self._restore(number, standing, next(versions))
            elif edit["op"] != "create" and edit.get("version") != standing.token:
                self.stale[str(number)] = _stale_sentence(standing)
            else:
                self._apply(place, edit, number, standing, next(versions))
        if self.wrong:
            raise InvalidEdits(_("Some values are not valid."), fields=self.wrong)
        if self.stale:
            raise StaleEdit(_("Somebody else changed this meanwhile. Look at it again."), fields=self.stale)

    def write(self):
        self.made.sort(key=lambda edit: edit.feature_no)
        try:
            with transaction.atomic():
                Edit.objects.bulk_create(self.made, batch_size=1_000)
        except IntegrityError:  # somebody began to edit one of them in the same moment
            taken = self.changeset.edits.filter(feature_no__in=[edit.feature_no for edit in self.made])
            sentence = _("Somebody else changed this meanwhile. Look at it again.")
            fields = {str(number): sentence for number in taken.values_list("feature_no", flat=True)}
            raise StaleEdit(sentence, fields=fields) from None
        write_edits(self.changed)
        if self.dropped:
            self.changeset.edits.filter(feature_no__in=self.dropped).delete()

    def _standing(self, numbers):
        edits = self.changeset.edits.select_for_update(of=("self",)).filter(feature_no__in=numbers)
        found = {}
        for edit in edits.order_by("feature_no"):
            mine = None if edit.op == Edit.Op.DELETE else State(edit.attributes, wkb(edit.geom))
            base = None if edit.base_version is None else State(edit.base_attributes, wkb(edit.base_geom))
            found[edit.feature_no] = _Standing(f"e{edit.version}", mine, edit.base_version, base, edit)
        restored = {edit["id"] for edit in self.edits if edit["op"] == "restore"}
        self.published = snapshots(self.changeset.layer, [n for n in numbers if n not in found or n in restored])
        for number, snapshot in self.published.items():
            unedited = _Standing(snapshot.token, snapshot.state, snapshot.token, snapshot.state)
            found.setdefault(number, unedited)
        return found

    def _restore(self, number, standing, version):
        """Back to the published state; what was never published is gone, and stays a tombstone for undo."""
        if standing.edit and standing.base_version is None:
            self._keep(number, standing, None, version)
            return
        if standing.edit:
            self.dropped.append(number)
        now = self.published.get(number)
        self._answer(number, now and now.token, None)

    def _apply(self, place, edit, number, standing, version):
        state = None
        if self.editor and edit["op"] not in self.editor.ops:
            self.wrong[f"{place}.op"] = _("This cannot be done with the features of this layer.")
            return
        if edit["op"] != "delete":
            before = len(self.wrong)
            state = self._state(place, edit, standing)
            if len(self.wrong) > before:
                return
        if self.confines and (sentence := self.confines.refusal(standing.base, standing.state, state)):
            self.wrong[f"{place}.geometry"] = sentence
            return
        self._keep(number, standing, state, version, edit.get("key"))

    def _state(self, place, edit, standing):
        """The feature's new state; what is wrong with it goes into `wrong`."""
        now = standing.state
        geometry = now.geometry if now else None
        if edit.get("geometry") is not None:
            near = [each.geometry for each in (standing.base, now) if each]
            try:
                geometry = self.shapes.read(edit["geometry"], near, partial(self._neighbours, edit.get("id")))
            except Unfit as unfit:
                self.wrong[f"{place}.geometry"] = str(unfit)
        elif geometry is None:
            self.wrong[f"{place}.geometry"] = _("The geometry is missing.")
        values = dict(now.attributes) if now else dict.fromkeys(self.attributes)
        for name, value in (edit.get("properties") or {}).items():
            attribute = self.attributes.get(name)
            if attribute is None:
                self.wrong[f"{place}.properties.{name}"] = _("The layer has no such attribute.")
            elif value is None and standing.edit and standing.base_version is None:
                values[name] = None  # undo: what was drawn here may be incomplete again until it is submitted
            elif now and value == values.get(name):
                continue
            elif self.editor and name not in self.editor.fields:
                self.wrong[f"{place}.properties.{name}"] = _("“%(name)s” is not changed here.") % {
                    "name": attribute.title
                }
            else:
                try:
                    values[name] = attribute_value(attribute, value)
                except Unfit as unfit:
                    self.wrong[f"{place}.properties.{name}"] = str(unfit)
        return State(values, geometry)

    def _neighbours(self, number, box):
        """What the draft holds in the box beside the feature itself: a vertex that was snapped to a neighbour lies
        exactly on it. A gesture of very many shapes is no drawing."""
        if len(self.edits) > SNAPPED_EDITS:
            return
        box = Polygon.from_bbox(box)
        box.srid = MUNI_SRID
        for source in sources_of(self.changeset):
            rows = source.rows(self.by).filter(**{f"{source.geometry}__bboverlaps": box})
            rows = rows.exclude(**{source.id_field: number}) if number is not None else rows
            yield from (wkb(shape) for shape in rows.order_by().values_list(source.geometry, flat=True))

    def _keep(self, number, standing, state, version, key=None):
        has_base = standing.base_version is not None
        edit = standing.edit or Edit(changeset=self.changeset, feature_no=number)
        edit.base_version = standing.base_version
        edit.base_attributes = standing.base.attributes if has_base else None
        edit.base_geom = geos(standing.base.geometry) if has_base else None
        fill(edit, state)
        edit.version, edit.by = version, self.by
        (self.changed if standing.edit else self.made).append(edit)
        self._answer(number, f"e{version}", edit.op, key)

    def _answer(self, number, version, op, key=None):
        entry = {"id": number, "version": version, "edit": op}
        self.answer.append({"key": key, **entry} if key is not None else entry)


def fill(edit, state):
    """Writes a state (None: removed) into the edit, its base being set."""
    edit.attributes = state.attributes if state else None
    edit.geom = geos(state.geometry) if state else None
    if state is None:
        edit.op = Edit.Op.DELETE
    else:
        edit.op = Edit.Op.CREATE if edit.base_version is None else Edit.Op.UPDATE


def write_edits(edits):
    """Saves edits that are there already, in a statement for a thousand of them."""
    Edit.objects.bulk_create(
        sorted(edits, key=lambda edit: edit.feature_no),
        update_conflicts=True,
        unique_fields=["changeset", "feature_no"],
        update_fields=list(_WRITTEN),
        batch_size=1_000,
    )


def geos(content):
    return GEOSGeometry(memoryview(content), srid=MUNI_SRID)


def next_versions(count):
    return _next("editing_version", count)


def _next(sequence, count):
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(%s) FROM generate_series(1, %s)", [sequence, count])
        return [number for (number,) in cursor.fetchall()]


def _stale_sentence(standing):
    if standing.token is None:
        return _("The feature is not there any more.")
    return _("Somebody else changed this feature meanwhile.")
