"""Cards of persons and bodies in a register."""

from django.db import transaction
from django.utils.translation import gettext as _

from muni.core.errors import BadRequest, Forbidden
from muni.core.text import fold
from muni.journal.services import record
from property import access
from property.models import Party
from property.rules.identity import identity_number


@transaction.atomic
def card(place, *, name, identifier, kind, by):
    """The card with that identity number in this register, or a new one. Raises BadRequest where it names another."""
    if not access.can_prepare(by, place) or not access.can_see_persons(by, place):
        raise Forbidden(_("You may not prepare acts in this place's register."))
    name, identifier = " ".join(name.split()), identity_number(identifier)
    found = Party.objects.filter(place=place, identifier=identifier).first() if identifier else None
    if found is None:
        found = Party.objects.create(place=place, name=name, identifier=identifier, kind=kind)
        record(act="property.card", subject=place, by=by, party=found.pk)
    elif fold(found.name) != fold(name):
        raise BadRequest(
            _("In this register the identity number belongs to a card with another name."),
            fields={"identifier": [_("Check the number and the name.")]},
        )
    return found
