"""What a changeset does, feature by feature: base, mine, theirs."""

from dataclasses import dataclass

from gis_layers.editing.merge import State, differing, merge
from gis_layers.editing.models import Edit
from gis_layers.editing.published import Snapshot, snapshots, wkb


@dataclass(frozen=True)
class Change:
    """base, mine, theirs: State, or None where the feature is not there. published: the Snapshot behind theirs."""

    edit: Edit
    base: State | None
    mine: State | None
    published: Snapshot | None

    @property
    def number(self):
        return self.edit.feature_no

    @property
    def op(self):
        return self.edit.op

    @property
    def theirs(self):
        return self.published and self.published.state

    @property
    def changed(self):
        """Names of the fields that differ from the start."""
        return differing(self.base, self.mine)

    @property
    def merged(self):
        return merge(self.base, self.mine, self.theirs)

    @property
    def conflicts(self):
        return self.merged.conflicts


def changes_of(changeset, edits=None):
    """Every Change of a changeset, or of some of its edits, in order of the features' numbers."""
    edits = list(changeset.edits.effective() if edits is None else edits)
    if changeset.has_ended:
        return [Change(edit, base_of(edit), mine_of(edit), None) for edit in edits]
    published = snapshots(changeset.layer, [edit.feature_no for edit in edits])
    return [Change(edit, base_of(edit), mine_of(edit), published.get(edit.feature_no)) for edit in edits]


def stale_changes(changeset):
    """The Changes whose feature others published a change of since."""
    if changeset.has_ended:
        return []
    if changeset.layer.is_registered:
        found = changes_of(changeset, changeset.edits.all())
        return [c for c in found if (c.published and c.published.token) != c.edit.base_version]
    edits = list(changeset.edits.stale(changeset.layer))
    return changes_of(changeset, edits) if edits else []


def conflicting(changeset):
    return [change for change in stale_changes(changeset) if change.conflicts]


def base_of(edit):
    return None if edit.base_version is None else State(edit.base_attributes, wkb(edit.base_geom))


def mine_of(edit):
    return None if edit.op == Edit.Op.DELETE else State(edit.attributes, wkb(edit.geom))
