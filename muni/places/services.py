"""Writes to places: the reference list, and boundaries from a file."""

import json

import shapely
from django.conf import settings
from django.contrib.gis.geos import GEOSGeometry
from django.db import transaction
from django.utils.translation import gettext as _

from muni.core.errors import DomainError
from muni.core.srids import MUNI_SRID
from muni.places.models import Boundary, Place

REFERENCE = settings.BASE_DIR / "fixtures/places.json"


class BoundaryRefused(DomainError):
    code = "boundary_refused"


@transaction.atomic
def load_places(path=REFERENCE):
    """Makes the places of the file, or brings them to what it says; others stay. Safe to repeat; returns their number.

    The file lists {code, level, parent, name_ar, name_en, iso_code}, parents first.
    """
    entries = json.loads(path.read_text())["places"]
    for entry in entries:
        Place.objects.update_or_create(
            code=entry["code"],
            defaults={
                "level": Place.Level[entry["level"].upper()],
                "parent": Place.objects.get(code=entry["parent"]) if "parent" in entry else None,
                "name_ar": entry["name_ar"],
                "name_en": entry["name_en"],
                "iso_code": entry.get("iso_code", ""),
            },
        )
    return len(entries)


@transaction.atomic
def set_boundary(place, shape, *, valid_from, source, licence=""):
    """Gives the place a boundary from that day on; the one in force until then ends there and stays as history.

    shape: shapely polygon in MUNI_SRID; mended when invalid. Raises BoundaryRefused for a shape without area, or a day
    not after the start of the boundary in force.
    """
    shape = shapely.make_valid(shapely.force_2d(shape))
    areas = [part for part in shapely.get_parts(shapely.get_parts(shape)) if part.geom_type == "Polygon"]
    if not areas:
        raise BoundaryRefused(_("The boundary of %(place)s has no area.") % {"place": place})
    earlier = place.boundaries.select_for_update(of=("self",)).filter(valid_to=None).first()
    if earlier:
        if earlier.valid_from >= valid_from:
            raise BoundaryRefused(
                _("%(place)s already has a boundary from %(day)s on.") % {"place": place, "day": earlier.valid_from}
            )
        earlier.valid_to = valid_from
        earlier.save(update_fields=["valid_to"])
    geom = GEOSGeometry(memoryview(shapely.to_wkb(shapely.MultiPolygon(areas))), srid=MUNI_SRID)
    return Boundary.objects.create(place=place, geom=geom, valid_from=valid_from, source=source, licence=licence)
