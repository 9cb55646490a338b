"""Planner-made layers as they were: at a revision, between two of them, feature by feature. Registers: dated.py."""

from dataclasses import dataclass

from django.db.models import Q

from gis_layers.editing.merge import State, differing
from gis_layers.editing.published import wkb
from gis_layers.models import Feature, LayerRevision
from gis_layers.registry import PlannerLayer

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
    counts = counted(old, new)
    shown = sorted(old | new)[:MOST_COMPARED]
    was, now = (_states(each.filter(feature_no__in=shown)) for each in (gone, come))
    return Comparison(counts, [Difference(number, was.get(number), now.get(number)) for number in shown])


def counted(old, new):
    """The counts of a Comparison, of the sets of what differs before and after."""
    return {"created": len(new - old), "updated": len(old & new), "deleted": len(old - new)}


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
