"""Registers whose rows are dated, as boundaries are. They keep no revisions, but their dates say how they stood on a
day, what came between two days, what became of one thing, and how to take back what a changeset did."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from gis_layers.editing.gestures import fill, geos, next_versions
from gis_layers.editing.history import MOST_COMPARED, Comparison, Difference, counted
from gis_layers.editing.merge import State, differing
from gis_layers.editing.models import Changeset, Edit
from gis_layers.editing.published import snapshots_of, wkb
from gis_layers.registry import LayerSource, source_of


class PastRegister(LayerSource):
    """A register as it was on a day."""

    def __init__(self, layer, day):
        super().__init__(layer)
        self.day, self.source = day, source_of(layer)
        self.attributes, self.id_field = self.source.attributes, self.source.id_field
        self.geometry, self.geometry_3857 = self.source.geometry, self.source.geometry_3857

    def rows(self, user):
        begins, ends = self.source.period
        still = Q(**{ends: None}) | Q(**{f"{ends}__gt": self.day})
        return self.source.queryset.filter(still, **{f"{begins}__lte": self.day}).visible_to(user)

    def value(self, name):
        return self.source.value(name)

    def json_value(self, name):
        return self.source.json_value(name)

    @property
    def _identity(self):
        return *super()._identity, self.day


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
    """Whether its past can be shown: always of planner-made layers, of registers whose rows are dated."""
    return not layer.is_registered or is_dated(layer)


def is_dated(layer):
    """Whether it is a register whose rows are dated."""
    source = source_of(layer)
    return layer.is_registered and bool(source.period and source.thing)


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


def compare_days(layer, before, after, user):
    """The Comparison of two days, before < after; a thing that has another row is changed."""
    source = source_of(layer)
    was, now = (
        dict(PastRegister(layer, day).rows(user).order_by().values_list(source.thing, source.id_field))
        for day in (before, after)
    )
    old = {thing for thing, number in was.items() if now.get(thing) != number}
    new = {thing for thing, number in now.items() if was.get(thing) != number}
    shown = sorted(old | new)[:MOST_COMPARED]
    numbers = [found[thing] for found in (was, now) for thing in shown if thing in found]
    states = {number: each.state for number, each in snapshots_of(source, source.queryset, numbers).items()}
    differences = [
        Difference(now.get(thing, was.get(thing)), states.get(was.get(thing)), states.get(now.get(thing)))
        for thing in shown
    ]
    return Comparison(counted(old, new), differences)


def take_back(changeset, published, by):
    """Fills a fresh changeset with the inverse of a published one: each thing that it changed is to be again as the
    published one found it, starting from the row that it left. What came after that row is then a conflict."""
    layer = changeset.layer
    source = source_of(layer)
    edits = []
    for edit in published.edits.effective():
        follow = [each.number for each in dated_versions(layer, edit.feature_no)][::-1]
        place = follow.index(edit.feature_no) + 1
        if place == len(follow):
            continue  # nothing came of it
        left = snapshots_of(source, source.queryset, [follow[place]])[follow[place]]
        new = Edit(changeset=changeset, feature_no=follow[-1], by=by, version=next_versions(1)[0])
        new.base_version, new.base_attributes = left.token, left.state.attributes
        new.base_geom = geos(left.state.geometry)
        was = {name: edit.base_attributes.get(name) for name in source.editor.fields}
        fill(new, State(left.state.attributes | was, bytes(edit.base_geom.wkb)))
        edits.append(new)
    Edit.objects.bulk_create(edits)
    return len(edits)
