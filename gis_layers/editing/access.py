"""Who may do what with a changeset. Seeing is `Changeset.objects.visible_to(user)`; these are the acts."""

from gis_layers import access
from gis_layers.registry import is_editable
from muni.accounts.models import User
from muni.places.models import Place


def can_open(user, layer, place=None):
    """Whoever may change the layer, where its features can be edited at all. A register without owner is edited place
    by place, by those who hold change_layer there; the whole of it at once only by superusers."""
    if not is_editable(layer):
        return False
    if layer.department_id is None and place is not None:
        return user.has_perm("gis_layers.change_layer", place)
    return access.can_change_layer(user, layer)


def places_for(user):
    """Places of whose rows in registers without owner the user may open a changeset: those of their offices."""
    return Place.objects.filter(path__in=user.granted_paths("gis_layers.change_layer")).order_by("path")


def can_edit(user, changeset):
    """Whoever may change the layer there, while the changeset is open: a team works in one changeset."""
    return changeset.is_open and holds(user, "gis_layers.change_layer", changeset)


def can_approve(user, changeset):
    """Whoever may publish the layer there and neither opened the changeset nor edited in it."""
    return (
        holds(user, "gis_layers.publish_layer", changeset)
        and changeset.opened_by_id != user.pk
        and not changeset.gestures.filter(by=user).exists()
    )


def can_return(user, changeset):
    """The approvers, and whoever opened it, as long as they hold an office there: to go on working."""
    opened = changeset.opened_by_id == user.pk and holds(user, "gis_layers.change_layer", changeset)
    return opened or holds(user, "gis_layers.publish_layer", changeset)


def can_abandon(user, changeset):
    """Whoever opened it, and whoever may publish the layer: an absent colleague's draft does not stay for ever."""
    return can_return(user, changeset)


_ACTS = {
    "submit": lambda user, changeset: holds(user, "gis_layers.change_layer", changeset),
    "return": can_return,
    "approve": can_approve,
    "publish": lambda user, changeset: holds(user, "gis_layers.publish_layer", changeset),
    "abandon": can_abandon,
}


def holds(user, permission, changeset):
    """Whether the user holds the permission where the changeset is at home; superusers where that is nowhere."""
    home = changeset.home
    return user.has_perm(permission, home) if home else user.is_active and user.is_superuser


def can_act(user, act, changeset):
    return _ACTS[act](user, changeset)


def editors(changeset):
    """Whoever opened the changeset or edited in it."""
    return User.objects.filter(pk__in=[changeset.opened_by_id, *changeset.gestures.values_list("by", flat=True)])


def approvers(changeset):
    """Who may approve it, to be told that it waits for them."""
    home = changeset.home
    if home is None:
        found = User.objects.filter(is_superuser=True, is_active=True)
    else:
        found = User.objects.holding("gis_layers.publish_layer", home)
    return found.exclude(pk__in=editors(changeset))
