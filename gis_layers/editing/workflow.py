"""The moves that a changeset may make, and from where."""

from gis_layers.editing.models import Changeset
from muni.core.workflow import Transition

_State = Changeset.State

TRANSITIONS = {
    "submit": Transition({_State.OPEN}, _State.SUBMITTED, "gis_layers.change_layer"),
    "return": Transition({_State.SUBMITTED, _State.APPROVED}, _State.OPEN, "gis_layers.change_layer"),
    "approve": Transition({_State.SUBMITTED}, _State.APPROVED, "gis_layers.publish_layer"),
    "publish": Transition({_State.APPROVED}, _State.PUBLISHED, "gis_layers.publish_layer"),
    "abandon": Transition({_State.OPEN}, _State.ABANDONED, "gis_layers.change_layer"),
}
