"""The moves that a case may make, and from where."""

from django.utils.translation import gettext_lazy as _

from muni.core.workflow import Transition
from property.models import Case

_State = Case.State
PREPARE, SIGN = "property.prepare_case", "property.sign_case"

TRANSITIONS = {
    "submit": Transition({_State.DRAFT}, _State.SUBMITTED, PREPARE),
    "ask": Transition({_State.DRAFT}, _State.ASKED, PREPARE),
    "resume": Transition({_State.ASKED}, _State.DRAFT, PREPARE),
    "withdraw": Transition({_State.DRAFT, _State.ASKED, _State.SUBMITTED}, _State.WITHDRAWN, PREPARE),
    "sign": Transition({_State.SUBMITTED}, _State.SIGNED, SIGN),
    "return": Transition({_State.SUBMITTED}, _State.DRAFT, SIGN),
    "refuse": Transition({_State.SUBMITTED}, _State.REFUSED, SIGN),
}

STANDS = {
    _State.DRAFT: _("The office is preparing it."),
    _State.ASKED: _("The office waits for something from the citizen."),
    _State.SUBMITTED: _("It is prepared; a second official has to sign it."),
    _State.SIGNED: _("It was signed and stands in the register."),
    _State.REFUSED: _("It was refused; nothing was changed."),
    _State.WITHDRAWN: _("The office took it back; nothing was changed."),
}
"""Where a case stands, in a holder's words."""

STOPPING, STARTING = {"return", "ask"}, {"submit", "resume"}
"""Moves that stop the working-day clock, and that set it going again."""

MOVES = {
    "submit": _("Submit for signature"),
    "change": _("Changed"),
    "shapes": _("New parcels drawn"),
    "ask": _("Ask the citizen for something"),
    "resume": _("The citizen has brought it"),
    "withdraw": _("Withdraw"),
    "sign": _("Sign"),
    "return": _("Return to the registrar"),
    "refuse": _("Refuse"),
}
