"""The register's papers, issued at the desk."""

from django.utils.translation import gettext as _

from muni.core.errors import Forbidden
from muni.documents import issuing
from property import access
from property.documents import Extract, ParcelPlan
from property.services.holding import RegisterRefusal


def issue_extract(parcel, *, by):
    """The extract of title of the property that a parcel is of. Raises Forbidden, RegisterRefusal, SubjectChanged."""
    if parcel.unit is None:
        raise RegisterRefusal(_("This parcel is on the map but not registered yet: nobody's right is entered."))
    _refuse_others(by, parcel)
    return issuing.issue(parcel.unit, Extract.id, by=by)


def issue_plan(parcel, *, by):
    """The plan of a current parcel. Raises Forbidden, RegisterRefusal, SubjectChanged."""
    _refuse_others(by, parcel)
    return issuing.issue(parcel, ParcelPlan.id, by=by)


ISSUE = {"extract": issue_extract, "plan": issue_plan}


def _refuse_others(by, parcel):
    place = parcel.unit.place if parcel.unit else parcel.block.place
    if not access.can_issue(by, place):
        raise Forbidden(_("You may not issue documents of this place's register."))
