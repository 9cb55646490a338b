"""Who may do what with a layer. Seeing is `Layer.objects.visible_to(user)`; these are the acts."""

from gis_layers.registry import is_editable
from muni.places.models import Department


def can_create_layer(user, department):
    """Whoever holds add_layer in the place of the department that will own the layer."""
    return user.has_perm("gis_layers.add_layer", department.place)


def can_change_layer(user, layer):
    """Whoever holds change_layer in the owner's place. A layer that an app registers shows the whole country's register
    and has no owner: superusers."""
    return _holds(user, "gis_layers.change_layer", layer)


def can_draft(user, layer):
    """Whether the user may open a changeset of the layer: whoever may change it; of a register without owner, that its
    app lets changesets edit, whoever holds change_layer anywhere, for the rows of that place (editing.access)."""
    if not is_editable(layer):
        return False
    if layer.department_id is None:
        return user.has_perm("gis_layers.change_layer")
    return can_change_layer(user, layer)


def can_see_past(user, layer):
    """Whoever may change or publish the layer: what was published once may have been taken back for a reason. Of a
    register without owner that changesets edit, whoever may do so anywhere."""
    if layer.is_registered and not is_editable(layer):
        return False
    if layer.department_id is None:
        return user.has_perm("gis_layers.change_layer") or user.has_perm("gis_layers.publish_layer")
    return can_change_layer(user, layer) or can_publish_layer(user, layer)


def can_publish_layer(user, layer):
    """Whoever holds publish_layer in the owner's place; for a layer without owner: superusers."""
    return _holds(user, "gis_layers.publish_layer", layer)


def can_delete_layer(user, layer):
    """Planner-made layers only: whoever holds delete_layer in the owner's place."""
    return not layer.is_registered and _holds(user, "gis_layers.delete_layer", layer)


def departments_for_new_layers(user):
    """Departments that may own a layer which this user makes."""
    paths = user.granted_paths("gis_layers.add_layer")
    below = Department.objects.none()
    for path in paths:
        below |= Department.objects.filter(place__path__startswith=path)
    return below.select_related("place").order_by("place__path", "name_ar", "pk")


def _holds(user, permission, layer):
    if layer.department_id is None:
        return user.is_active and user.is_superuser
    return user.has_perm(permission, layer.department.place)
