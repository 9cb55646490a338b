"""States as a table of the allowed moves."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from muni.core.errors import DomainError


@dataclass(frozen=True)
class Transition:
    """A move from any of `sources` to `target`; `permission`: "app_label.codename" of whoever may make it."""

    sources: frozenset | set
    target: str
    permission: str = ""


class TransitionNotAllowed(DomainError):
    code = "transition_not_allowed"


def step(table, act, state):
    """The Transition of `act` in `table`, {act: Transition}. Raises TransitionNotAllowed in any other state."""
    found = table.get(act)
    if found is None or state not in found.sources:
        raise TransitionNotAllowed(
            _("This cannot be done at the present stage; somebody may have moved it on meanwhile. Reload the page.")
        )
    return found
