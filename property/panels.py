"""What the page of a parcel shows: a registry of panels, as with layers. Later apps add theirs in their `panels.py`:

    @panel("permits/panels/parcel.html", title=_("Building permits"), order=50)
    def permits(user, parcel):
        return {"permits": Permit.objects.visible_to(user).filter(parcel=parcel)}

The function gives the template's context, or None where this user may see nothing of it: then no panel is shown.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from muni.documents.models import Issued
from property import access
from property.drawing import tree_of
from property.family import family_of
from property.models import Case, Right
from property.rules.division import area_tolerance_m2
from property.services.holding import to_shapely

_MOST = 20
"""Rows of a list; older ones are found elsewhere."""

_panels = []


@dataclass(frozen=True)
class Panel:
    template: str
    title: str
    context: Callable
    order: int


def panel(template, *, title, order=100):
    """Decorator of the function that gives a panel its context."""

    def add(function):
        _panels.append(Panel(template, title, function, order))
        _panels.sort(key=lambda each: each.order)
        return function

    return add


def panels_for(request, parcel, **shared):
    """[(title, HTML)] in order, of a parcel with `geodesic_m2`. shared: what every template may use."""
    shown = []
    for each in _panels:
        context = each.context(request.user, parcel)
        if context is not None:
            facts = {"parcel": parcel, **shared, **context}
            shown.append((each.title, render_to_string(each.template, facts, request)))
    return shown


@panel("property/panels/facts.html", title=_("The parcel"), order=10)
def facts(user, parcel):
    tolerance = area_tolerance_m2(to_shapely(parcel.geom), parcel.accuracy_m) if parcel.accuracy_m else None
    difference = parcel.geodesic_m2 - float(parcel.area_m2)
    is_odd = tolerance is not None and abs(difference) > tolerance
    return {"tolerance": tolerance, "difference": difference, "is_odd": is_odd}


@panel("property/panels/rights.html", title=_("Rights and burdens"), order=20)
def rights(user, parcel):
    if parcel.unit is None:
        return {"rights": (), "is_registered": False} if access.can_see_persons(user, parcel.block.place) else None
    if not access.can_see_persons(user, parcel.unit.place):
        return None
    held = Right.objects.visible_to(user).filter(unit=parcel.unit).with_shares()
    return {
        "rights": held.in_force().order_by("valid_from", "pk"),
        "earlier": held.exclude(valid_to=None).order_by("-valid_to", "-pk"),
        "may_prepare": access.can_prepare(user, parcel.unit.place),
        "is_registered": True,
    }


@panel("property/panels/cases.html", title=_("Cases"), order=30)
def cases(user, parcel):
    held = Case.objects.visible_to(user)
    of_unit = held.filter(holds__unit=parcel.unit_id) if parcel.unit_id else held.none()
    found = (held.filter(holds__parcel=parcel) | of_unit).distinct().order_by("-pk")
    if not found and not (parcel.unit and access.can_see_persons(user, parcel.unit.place)):
        return None
    return {"cases": found[:_MOST]}


@panel("property/panels/papers.html", title=_("Issued documents"), order=35)
def papers(user, parcel):
    place = parcel.unit.place if parcel.unit else parcel.block.place
    if not access.can_see_persons(user, place):
        return None
    subjects = [row for row in (parcel, parcel.unit) if row]
    may_issue = parcel.status == parcel.Status.CURRENT and access.can_issue(user, place)
    kinds = [("extract", _("Issue an extract of title"))] if parcel.unit else []
    return {
        "papers": Issued.objects.visible_to(user).about(*subjects)[:_MOST],
        "kinds": [*kinds, ("plan", _("Issue a parcel plan"))] if may_issue else (),
    }


@panel("property/panels/buildings.html", title=_("Buildings and flats"), order=25)
def buildings(user, parcel):
    is_noted_on = parcel.unit is not None and parcel.status == parcel.Status.CURRENT
    may_prepare = is_noted_on and access.can_prepare(user, parcel.unit.place)
    found = list(parcel.buildings.prefetch_related("units"))
    if not found and not may_prepare:
        return None
    sees = parcel.unit is not None and access.can_see_persons(user, parcel.unit.place)
    return {"buildings": found, "may_prepare": may_prepare, "sees_persons": sees}


@panel("property/panels/family.html", title=_("Family tree"), order=40)
def family(user, parcel):
    found = family_of(parcel)
    return {"tree": tree_of(found, parcel)} if len(found.parcels) > 1 else None
