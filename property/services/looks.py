"""Who looked at whose record: written whenever a page shows an official persons of a property."""

from datetime import timedelta

from django.utils import timezone

from muni.places.models import Place
from property.models import Look
from property.querysets import SEES_PERSONS

AGAIN = timedelta(minutes=10)
"""A search that is typed letter by letter is one look."""


def note(user, units, purpose, *, case=None):
    """One row for each unit (PropertyUnit with `place`) whose persons the user is shown; nothing for no units."""
    units = list(units)
    if not units:
        return
    offices = {place: _office(user, place) for place in {unit.place_id for unit in units}}
    Look.objects.bulk_create(
        Look(unit=unit, purpose=purpose, case=case, by=user, **offices[unit.place_id]) for unit in units
    )


def note_search(user, units):
    """Properties (a QuerySet) found by who holds them, as far as they are shown."""
    lately = Look.objects.filter(by=user, purpose=Look.Purpose.SEARCH, at__gt=timezone.now() - AGAIN)
    note(user, units.exclude(pk__in=lately.values("unit")), Look.Purpose.SEARCH)


def _office(user, place):
    """In which office and role somebody may see the persons of a place; none for the system's administrators."""
    above = Place.objects.filter(pk=place).first()
    offices = (
        user.memberships.current().granting(SEES_PERSONS).filter(department__place__in=Place.objects.covering(above))
    )
    office = offices.order_by("-department__place__path", "pk").first()
    return {"department_id": office.department_id, "role_id": office.role_id} if office else {}
