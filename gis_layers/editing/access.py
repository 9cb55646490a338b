"""Who may do what with a changeset. Seeing is `Changeset.objects.visible_to(user)`; these are the acts."""

from gis_layers import access
from gis_layers.registry import source_of
from muni.accounts.models import Membership, User
from muni.places.models import Place


def can_open(user, layer):
    """Whoever may change the layer, where its features can be edited at all."""
    return access.can_change_layer(user, layer) and is_editable(layer)


def is_editable(layer):
    """Planner-made layers, and registered ones whose app edits them by its own rules."""
    return not layer.is_registered or source_of(layer).editor is not None


def can_edit(user, changeset):
    """Whoever may change the layer, while the changeset is open: a team works in one changeset."""
    return changeset.is_open and access.can_change_layer(user, changeset.layer)


def can_approve(user, changeset):
    """Whoever may publish the layer and neither opened the changeset nor edited in it."""
    return (
        access.can_publish_layer(user, changeset.layer)
        and changeset.opened_by_id != user.pk
        and not changeset.gestures.filter(by=user).exists()
    )


def can_return(user, changeset):
    """The approvers, and whoever opened it: to go on working."""
    return changeset.opened_by_id == user.pk or access.can_publish_layer(user, changeset.layer)


def can_abandon(user, changeset):
    """Whoever opened it, and whoever may publish the layer: an absent colleague's draft does not stay for ever."""
    return can_return(user, changeset)


_ACTS = {
    "submit": lambda user, changeset: access.can_change_layer(user, changeset.layer),
    "return": can_return,
    "approve": can_approve,
    "publish": lambda user, changeset: access.can_publish_layer(user, changeset.layer),
    "abandon": can_abandon,
}


def can_act(user, act, changeset):
    return _ACTS[act](user, changeset)


def editors(changeset):
    """Whoever opened the changeset or edited in it."""
    return User.objects.filter(pk__in=[changeset.opened_by_id, *changeset.gestures.values_list("by", flat=True)])


def approvers(changeset):
    """Who may approve it, to be told that it waits for them."""
    department = changeset.layer.department
    if department is None:
        found = User.objects.filter(is_superuser=True)
    else:
        offices = Membership.objects.current().granting("gis_layers.publish_layer")
        offices = offices.filter(department__place__in=Place.objects.covering(department.place))
        found = User.objects.filter(pk__in=offices.values("user"))
    return found.filter(is_active=True).exclude(pk__in=editors(changeset))
