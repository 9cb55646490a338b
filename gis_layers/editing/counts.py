"""What a changeset amounts to, as lists and the editor show it."""

from gis_layers.editing.changes import conflicting


def counts(changeset):
    """{"created", "updated", "deleted", "conflicts", "blocking"}: features. blocking: findings that stop it."""
    return {**changeset.edits.counted(), "conflicts": len(conflicting(changeset)), "blocking": 0}
