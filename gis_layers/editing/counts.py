"""What a changeset amounts to, as lists and the editor show it."""

from gis_layers.editing.changes import conflicting


def counts(changeset, blocking=None):
    """{"created", "updated", "deleted", "conflicts", "blocking"}: features. blocking: findings that stop it, None where
    nobody looked."""
    return {**changeset.edits.counted(), "conflicts": len(conflicting(changeset)), "blocking": blocking}
