"""Three-way merge of one feature, and of whole changesets in any order."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis_layers.editing.merge import FEATURE, GEOMETRY, Merged, State, differing, merge, settle

HERE, THERE, ELSEWHERE = b"here", b"there", b"elsewhere"
BASE = State({"use": "homes", "storeys": 2}, HERE)


def changed(geometry=HERE, **values):
    return State({**BASE.attributes, **values}, geometry)


@pytest.mark.parametrize(
    ("base", "mine", "theirs", "expected"),
    [
        (BASE, changed(storeys=3), BASE, Merged(changed(storeys=3))),
        (BASE, BASE, changed(storeys=3), Merged(changed(storeys=3))),
        (BASE, changed(storeys=3), changed(storeys=3), Merged(changed(storeys=3))),
        (BASE, changed(storeys=3), changed(use="shops"), Merged(changed(storeys=3, use="shops"))),
        (BASE, changed(THERE), changed(storeys=3), Merged(changed(THERE, storeys=3))),
        (BASE, changed(storeys=3), changed(storeys=4), Merged(changed(storeys=3), ("storeys",))),
        (BASE, changed(THERE), changed(ELSEWHERE), Merged(changed(THERE), (GEOMETRY,))),
        (
            BASE,
            changed(THERE, storeys=3, use="shops"),
            changed(ELSEWHERE, storeys=4),
            Merged(changed(THERE, storeys=3, use="shops"), (GEOMETRY, "storeys")),
        ),
        (BASE, None, BASE, Merged(None)),
        (BASE, BASE, None, Merged(None)),
        (BASE, None, None, Merged(None)),
        (BASE, None, changed(storeys=3), Merged(None, (FEATURE,))),
        (BASE, changed(storeys=3), None, Merged(changed(storeys=3), (FEATURE,))),
        (None, BASE, None, Merged(BASE)),
        (None, None, None, Merged(None)),
        (None, BASE, changed(storeys=3), Merged(BASE, ("storeys",))),
        (BASE, changed(note="a"), BASE, Merged(changed(note="a"))),
        (BASE, changed(note=None), BASE, Merged(BASE)),
    ],
)
def test_merging(base, mine, theirs, expected):
    found = merge(base, mine, theirs)
    assert found.conflicts == expected.conflicts
    assert not differing(found.state, expected.state)


def test_settling_takes_a_side_or_a_value_for_each_conflict():
    mine, theirs = changed(THERE, storeys=3, use="shops"), changed(ELSEWHERE, storeys=4)
    found = settle(BASE, mine, theirs, {GEOMETRY: "theirs", "storeys": ("value", 9)})
    assert found == State({"use": "shops", "storeys": 9}, ELSEWHERE)
    with pytest.raises(KeyError):
        settle(BASE, mine, theirs, {GEOMETRY: "mine"})


def test_settling_removal_against_change_takes_a_side():
    assert settle(BASE, None, changed(storeys=3), {FEATURE: "mine"}) is None
    assert settle(BASE, None, changed(storeys=3), {FEATURE: "theirs"}) == changed(storeys=3)


states = st.none() | st.builds(
    State,
    st.fixed_dictionaries({"use": st.sampled_from("ab"), "storeys": st.sampled_from([None, 1, 2])}),
    st.sampled_from([HERE, THERE]),
)


@settings(deadline=None)
@given(states, states)
def test_merging_with_oneself_changes_nothing(base, other):
    assert merge(base, other, other) == Merged(other)
    assert merge(base, other, base) == Merged(other)
    assert merge(base, base, other) == Merged(other)


@settings(deadline=None)
@given(states, states, states)
def test_both_sides_meet_the_same_conflicts_and_the_same_result(base, mine, theirs):
    one, other = merge(base, mine, theirs), merge(base, theirs, mine)
    assert one.conflicts == other.conflicts
    if not one.conflicts:
        assert not differing(one.state, other.state)


@settings(deadline=None)
@given(states, states, states)
def test_no_change_of_either_side_is_lost(base, mine, theirs):
    found = merge(base, mine, theirs)
    if found.conflicts or None in (base, mine, theirs, found.state):
        return
    for side in (mine, theirs):
        for name in differing(base, side):
            assert found.state[name] == side[name]


NUMBERS = (1, 2, 3)
layers = st.fixed_dictionaries({number: states for number in NUMBERS})
fields = st.sampled_from([GEOMETRY, "use", "storeys"])
gestures = st.one_of(
    st.tuples(st.just("set"), st.sampled_from(NUMBERS), fields, st.sampled_from("xyz")),
    st.tuples(st.just("remove"), st.sampled_from(NUMBERS)),
)


def play(layer, made):
    """The layer after gestures of one changeset; what is not there cannot be changed."""
    layer = dict(layer)
    for act, number, *what in made:
        now = layer[number]
        if now is None:
            continue
        if act == "remove":
            layer[number] = None
        elif what[0] == GEOMETRY:
            layer[number] = State(now.attributes, what[1])
        else:
            layer[number] = State({**now.attributes, what[0]: what[1]}, now.geometry)
    return layer


@settings(max_examples=300, deadline=None)
@given(layers, st.lists(gestures, max_size=6), st.lists(gestures, max_size=6))
def test_two_changesets_from_one_base_equal_one_after_the_other_or_conflict(layer, first, second):
    """However their gestures were interleaved: each starts from the base, so only what they lead to matters."""
    one, other = play(layer, first), play(layer, second)
    merged = {number: merge(layer[number], other[number], one[number]) for number in NUMBERS}
    if any(found.conflicts for found in merged.values()):
        return
    result = {number: found.state for number, found in merged.items()}
    assert result in (play(play(layer, first), second), play(play(layer, second), first))
