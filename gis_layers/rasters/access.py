"""Who may do what with a raster sheet: the rights are those on layers in the owner's place."""


def can_add_sheet(user, department):
    """Whoever holds add_layer and change_layer in the place of the department that will own the sheet."""
    return all(user.has_perm(f"gis_layers.{act}_layer", department.place) for act in ("add", "change"))


def can_change_sheet(user, sheet):
    """Whoever holds change_layer in the owner's place: describe, go on uploading, stop, delete."""
    return user.has_perm("gis_layers.change_layer", sheet.department.place)


def can_publish_sheet(user, sheet):
    """Whoever holds publish_layer in the owner's place: say who sees it."""
    return user.has_perm("gis_layers.publish_layer", sheet.department.place)
