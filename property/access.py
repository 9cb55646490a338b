"""Who may do what in the register. Seeing is `visible_to(user)` of each QuerySet; these are the acts."""

from property.querysets import SEES_PERSONS
from property.workflow import PREPARE, SIGN, TRANSITIONS

ISSUE = "property.issue_extract"
PROPOSING = ("change", "shapes")
"""Steps that say anew what a case proposes."""


def can_prepare(user, place):
    """Whoever holds prepare_case in the place whose register it is."""
    return user.has_perm(PREPARE, place)


def can_move(user, case, move):
    """Whoever holds the move's right in the case's place. Signing, returning and refusing are for a second person:
    neither who opened or submitted the case nor who changed or drew what it proposes."""
    permission = TRANSITIONS[move].permission
    if permission == SIGN and user.pk in {case.opened_by_id, case.submitted_by_id}:
        return False
    if not user.has_perm(permission, case.place):
        return False
    return permission != SIGN or not case.steps.filter(by=user, move__in=PROPOSING).exists()


def can_see_persons(user, place):
    """Whoever holds view_party in the place whose register it is."""
    return user.is_authenticated and user.has_perm(SEES_PERSONS, place)


def can_issue(user, place):
    """Whoever holds issue_extract in the place whose register it is, and sees the persons there: the extract names
    them."""
    return user.is_authenticated and user.has_perm(ISSUE, place) and can_see_persons(user, place)


def moves_open_to(user, case):
    """Names of the moves that this user may make now."""
    return [name for name, move in TRANSITIONS.items() if case.state in move.sources and can_move(user, case, name)]
