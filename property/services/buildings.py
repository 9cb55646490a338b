"""Buildings and their flats: what stands on a parcel is noted by the registrar; who holds a flat is a case."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from muni.core.errors import BadRequest, Forbidden
from muni.journal.services import record
from property import access
from property.models import Building, BuildingUnit, Case, Parcel, Right
from property.rules.shares import whole
from property.services.ground import reaches_beyond
from property.services.holding import RegisterRefusal, open_case, to_geos, to_shapely
from property.services.transfer import refuse_strangers

FLAT_RIGHTS = (Right.Kind.OWNERSHIP, Right.Kind.DISPOSAL, Right.Kind.CLAIM)


@transaction.atomic
def note_building(parcel, *, by, building=None, name="", storeys=None, footprint=None):
    """A building on a registered parcel in force, or other facts of one that is there.

    footprint: shapely polygon in MUNI_SRID on the parcel; None: nobody has drawn it. Raises Forbidden, RegisterRefusal.
    """
    parcel = _registered(parcel, by)
    building = building or Building(parcel=parcel)
    if footprint is not None and reaches_beyond(footprint, to_shapely(parcel.geom)):
        raise RegisterRefusal(_("The footprint reaches beyond the parcel."))
    building.name, building.storeys = name.strip(), storeys
    building.geom = footprint and to_geos(footprint)
    building.save()
    record(act="property.building", subject=parcel, by=by, building=building.pk, storeys=storeys)
    return building


@transaction.atomic
def note_flat(building, *, by, flat=None, **facts):
    """A flat or shop of a building, or other facts of one that is there: number, storey, use, area_m2."""
    parcel = _registered(building.parcel, by)
    if flat is not None and flat.unit_id is not None:
        raise RegisterRefusal(_("This flat is a property of its own: one person alone does not change its facts."))
    flat = flat or BuildingUnit(building=building)
    for name in ("number", "storey", "use", "area_m2"):
        setattr(flat, name, facts[name])
    try:
        with transaction.atomic():
            flat.save()
    except IntegrityError as error:
        if error.__cause__.diag.constraint_name != "unit_number_is_unique_in_its_building":
            raise
        raise BadRequest(
            _("The building has a part with this number already."), fields={"number": _("Choose another.")}
        ) from None
    record(act="property.flat", subject=parcel, by=by, building=building.pk, flat=flat.pk)
    return flat


@transaction.atomic
def open_flat(flat, kind, shares, *, by, note=""):
    """A case that makes a flat a property of its own. shares: [(Party, Fraction)]; they sum to one. The land's property
    is held meanwhile. Raises as open_first."""
    land = flat.building.parcel.unit
    if flat.unit_id is not None:
        raise RegisterRefusal(_("This flat is registered already."))
    if land is None:
        raise RegisterRefusal(_("The land is not registered yet."))
    if kind not in FLAT_RIGHTS:
        raise RegisterRefusal(_("A flat is entered with an ownership, a right of disposal or a claim."))
    refuse_strangers([party for party, _part in shares], land.place)
    whole({party.pk: part for party, part in shares})
    proposal = {"flat": flat.pk, "kind": kind, "shares": [[party.pk, str(part)] for party, part in shares]}
    return open_case(Case.Kind.FIRST, place=land.place, units=[land], by=by, proposal=proposal, note=note)


def _registered(parcel, by):
    parcel = Parcel.objects.select_for_update(of=("self",)).select_related("unit__place").get(pk=parcel.pk)
    if parcel.unit is None or parcel.status != Parcel.Status.CURRENT:
        raise RegisterRefusal(_("Buildings are noted on registered parcels in force."))
    if not access.can_prepare(by, parcel.unit.place):
        raise Forbidden(_("You may not prepare acts in this place's register."))
    return parcel
