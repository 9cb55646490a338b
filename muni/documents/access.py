from muni.documents import kinds


def can_read(user, attachment):
    """Whoever sees the row that the file belongs to."""
    model = attachment.subject_type.model_class()
    return model is not None and model.objects.visible_to(user).filter(pk=attachment.subject_id).exists()


def can_revoke(user, issued):
    """Whoever holds its kind's `revokes` in the place whose office issued it."""
    return user.has_perm(kinds.get(issued.kind).revokes, issued.place)
