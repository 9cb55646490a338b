"""Planner-made layers as they were: at a revision, between two of them, feature by feature. Registered layers keep no
revisions of their rows; where the rows are dated, the dates tell the history of one thing."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from gis_layers.editing.merge import State, differing
from gis_layers.editing.models import Changeset, Edit
from gis_layers.editing.published import wkb
from gis_layers.models import Feature, LayerRevision
from gis_layers.registry import PlannerLayer, source_of

MOST_COMPARED = 2_000
"""Features that a comparison lists; it counts them all."""


class PastLayer(PlannerLayer):
    """The layer at a revision, for those who may manage it."""

    def __init__(self, layer, revision):
        super().__init__(layer)
        self.revision = revision

    def rows(self, user):
        return at_revision(self.layer, self.revision)

    @property
    def _identity(self):
        return *super()._identity, self.revision


@dataclass(frozen=True)
class Difference:
    """What became of a feature from one revision to another: States, None where it was not there."""

    number: int
    base: State | None
    mine: State | None

    @property
    def op(self):
        return "create" if self.base is None else "delete" if self.mine is None else "update"

    @property
    def changed(self):
        return differing(self.base, self.mine)


@dataclass(frozen=True)
class Comparison:
    """counts: {"created", "updated", "deleted"}; differences: the first MOST_COMPARED of them."""

    counts: dict
    differences: list

    @property
    def is_cut(self):
        return sum(self.counts.values()) > len(self.differences)


@dataclass(frozen=True)
class Version:
    """One state of a feature, the revision that brought it and the fields that it changed."""

    row: Feature
    revision: LayerRevision | None
    ended: LayerRevision | None
    changed: tuple


@dataclass(frozen=True)
class DatedVersion:
    """A dated row of a registered layer, [valid_from, valid_to); changeset: the one that brought it, if one did."""

    number: int
    valid_from: date
    valid_to: date | None
    state: State
    changed: tuple
    changeset: Changeset | None


def keeps_past(layer):
    """Whether the history of one feature can be told: always of planner-made layers, of registers whose rows are
    dated."""
    source = source_of(layer)
    return not layer.is_registered or bool(source.period and source.thing)


def dated_versions(layer, number):
    """Every DatedVersion of the thing that the row is a state of, the newest first."""
    source = source_of(layer)
    thing = source.queryset.filter(**{source.id_field: number}).values(source.thing)
    names = [attribute.name for attribute in source.attributes]
    rows = source.queryset.filter(**{f"{source.thing}__in": thing}).order_by(source.period[0], source.id_field)
    rows = list(rows.values_list(source.id_field, *source.period, source.geometry, *map(source.value, names)))
    edits = Edit.objects.filter(changeset__layer=layer, changeset__state=Changeset.State.PUBLISHED)
    edits = edits.filter(feature_no__in=[row[0] for row in rows]).select_related("changeset__opened_by")
    led_to = {edit.feature_no: edit.changeset for edit in edits}
    found, before, brought = [], None, None
    for key, begins, ends, geom, *values in rows:
        state = State(dict(zip(names, values, strict=True)), wkb(geom))
        found.append(DatedVersion(key, begins, ends, state, differing(before, state) if before else (), brought))
        before, brought = state, led_to.get(key)
    return found[::-1]


def at_revision(layer, revision):
    """The Features in force at a revision."""
    still = Q(revision_to=None) | Q(revision_to__gt=revision)
    return Feature.objects.filter(still, layer=layer, revision_from__lte=revision)


def revision_on(layer, moment):
    """The LayerRevision in force at a moment, None before the first."""
    return layer.revisions.filter(at__lte=moment).first()


def compare(layer, before, after):
    """The Comparison of two revisions, before < after."""
    rows = Feature.objects.filter(layer=layer)
    gone = rows.filter(revision_from__lte=before, revision_to__gt=before, revision_to__lte=after)
    still = Q(revision_to=None) | Q(revision_to__gt=after)
    come = rows.filter(still, revision_from__gt=before, revision_from__lte=after)
    old, new = (set(each.order_by().values_list("feature_no", flat=True)) for each in (gone, come))
    counts = {"created": len(new - old), "updated": len(old & new), "deleted": len(old - new)}
    shown = sorted(old | new)[:MOST_COMPARED]
    was, now = (_states(each.filter(feature_no__in=shown)) for each in (gone, come))
    return Comparison(counts, [Difference(number, was.get(number), now.get(number)) for number in shown])


def versions(layer, number):
    """Every Version of a feature, the newest first."""
    rows = list(Feature.objects.filter(layer=layer, feature_no=number).order_by("revision_from"))
    touched = {row.revision_from for row in rows} | {row.revision_to for row in rows}
    revisions = layer.revisions.filter(revision__in=touched - {None}).select_related("by", "job")
    by_number = {revision.revision: revision for revision in revisions}
    found, before = [], None
    for row in rows:
        state = State(row.attributes, wkb(row.geom))
        ended = None if row.revision_to is None else by_number.get(row.revision_to)
        found.append(Version(row, by_number.get(row.revision_from), ended, differing(before, state) if before else ()))
        before = state
    return found[::-1]


def _states(rows):
    found = rows.order_by().values_list("feature_no", "attributes", "geom")
    return {number: State(attributes, wkb(geom)) for number, attributes, geom in found}
