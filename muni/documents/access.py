def can_read(user, attachment):
    """Whoever sees the row that the file belongs to."""
    model = attachment.subject_type.model_class()
    return model is not None and model.objects.visible_to(user).filter(pk=attachment.subject_id).exists()
