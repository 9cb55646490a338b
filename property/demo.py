"""Parcels of the demo provinces."""

from io import StringIO

import shapely
from django.db import connection

from gis_layers.demo.load import copy, escaped
from muni.core.srids import MUNI_SRID
from property.models import Block, Parcel


def clear(governorate):
    """Removes the demo parcels and blocks of a province."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM property_parcel WHERE block_id IN (SELECT b.id FROM property_block b"
            " JOIN places_place p ON p.id = b.place_id WHERE b.is_demo AND p.path LIKE %s)",
            [f"{governorate.path}%"],
        )
    Block.objects.filter(is_demo=True, place__path__startswith=governorate.path).delete()


def add(town, chunk, quarters):
    """The parcels of a chunk of a town; quarters: {number: Place}, 0 the municipality. Returns their number."""
    parcels = chunk.parcels
    blocks = {}
    for number in sorted(set(parcels["muqataa"])):
        blocks[number], _made = Block.objects.get_or_create(
            place=quarters[0], number=str(number), defaults={"name": quarters[number].name_ar, "is_demo": True}
        )
    geometries = shapely.to_wkb(shapely.set_srid(parcels.geometry.values, MUNI_SRID), hex=True, include_srid=True)
    rows = StringIO()
    for number, muqataa, kind, use, area, geometry in zip(
        parcels["parcel_no"], parcels["muqataa"], parcels["land_kind"], parcels["land_use"], parcels["area_m2"],
        geometries,
        strict=True,
    ):  # fmt: skip
        block = blocks[muqataa]
        rows.write(
            f"{number}\t{block.pk}\t{block.number}\t{escaped(block.name)}\t{kind}\t{use}\t{area}"
            f"\t{Parcel.Status.CURRENT}\tt\t{geometry}\n"
        )
    copy(
        "property_parcel"
        " (parcel_no, block_id, block_no, block_name, land_kind, land_use, area_m2, status, is_demo, geom)",
        rows,
    )
    return len(parcels)
