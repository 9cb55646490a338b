"""Three states of one feature become one: what the edit started from, what it made of it, what others made meanwhile.

Pure functions. A field is an attribute, or GEOMETRY; a missing attribute is an empty one.
"""

from dataclasses import dataclass
from typing import Any

GEOMETRY = "geometry"
FEATURE = "feature"
"""The field that stands for the whole feature where one side removed it and the other changed it."""


@dataclass(frozen=True)
class State:
    """A feature at one moment. geometry: anything that can be compared, such as WKB."""

    attributes: dict
    geometry: Any

    def __getitem__(self, field):
        return self.geometry if field == GEOMETRY else self.attributes.get(field)

    def fields(self):
        return {GEOMETRY, *self.attributes}

    def same_as(self, other):
        return other is not None and not differing(self, other)


@dataclass(frozen=True)
class Merged:
    """state: the result, None when the feature is gone; where fields conflict it holds mine."""

    state: State | None
    conflicts: tuple[str, ...] = ()


def differing(one, other):
    """Names of the fields in which two states differ, the geometry first; FEATURE when one of them is not there."""
    if one is None or other is None:
        return () if one is other else (FEATURE,)
    names = one.fields() | other.fields()
    return tuple(sorted((name for name in names if one[name] != other[name]), key=_geometry_first))


def merge(base, mine, theirs):
    """Each of them a State, or None where the feature is not there. A field that one side changed takes that side; both
    alike: no conflict; both differently: a conflict. Removing conflicts with changing, never with removing."""
    if _same(mine, theirs) or _same(mine, base):
        return Merged(theirs)
    if _same(theirs, base):
        return Merged(mine)
    if mine is None or theirs is None:
        return Merged(mine, (FEATURE,))
    names = mine.fields() | theirs.fields() | (base.fields() if base else set())
    values, conflicts = {}, []
    for name in names:
        before = base[name] if base else None
        if mine[name] == theirs[name] or theirs[name] == before:
            values[name] = mine[name]
        elif mine[name] == before:
            values[name] = theirs[name]
        else:
            values[name] = mine[name]
            conflicts.append(name)
    geometry = values.pop(GEOMETRY)
    return Merged(State(values, geometry), tuple(sorted(conflicts, key=_geometry_first)))


def settle(base, mine, theirs, choices):
    """The state after a person's choices: {field: "mine", "theirs" or ("value", value)}. Raises KeyError for a
    conflicting field without a choice."""
    merged = merge(base, mine, theirs)
    if merged.conflicts == (FEATURE,):
        return {"mine": mine, "theirs": theirs}[choices[FEATURE]]
    values = {name: _chosen(name, choices[name], mine, theirs) for name in merged.conflicts}
    if not values:
        return merged.state
    geometry = values.pop(GEOMETRY, merged.state.geometry)
    return State({**merged.state.attributes, **values}, geometry)


def _chosen(name, choice, mine, theirs):
    if isinstance(choice, tuple):
        return choice[1]
    return {"mine": mine, "theirs": theirs}[choice][name]


def _same(one, other):
    return not differing(one, other)


def _geometry_first(name):
    return (name != GEOMETRY, name)
