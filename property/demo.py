"""Parcels of the demo provinces, each with its unit, parties and rights."""

from io import StringIO
from zlib import crc32

import numpy as np
import shapely
from django.db import connection

from gis_layers.demo.load import SINCE, copy, escaped
from muni.accounts.models import User
from muni.core.srids import MUNI_SRID
from muni.places.models import Place
from property.models import Block, Identification, Parcel, Party, PropertyUnit, Right

FIRST_NAMES = ("علي", "حسين", "محمد", "جاسم", "كاظم", "زينب", "فاطمة", "مريم", "حيدر", "عباس", "سعاد", "نور", "كريم")
FAMILY_NAMES = ("اللامي", "المالكي", "الساعدي", "البهادلي", "الكعبي", "الموسوي", "الجبوري", "الطائي", "الزبيدي")
STATE, WAQF, BANK, COURT = "وزارة المالية", "ديوان الوقف", "المصرف العقاري", "محكمة البداءة"

HEIRS, MORTGAGED, SEIZED = 0.18, 0.06, 0.01
"""Shares of private parcels held by several, mortgaged, and seized."""


def clear(governorate):
    """Removes the demo parcels and blocks of a province, with everything of the register that hangs on them."""
    with connection.cursor() as cursor:
        cursor.execute(_CLEAR, {"path": f"{governorate.path}%"})
    Block.objects.filter(is_demo=True, place__path__startswith=governorate.path).delete()


_CLEAR = """
    CREATE TEMP TABLE gone_unit ON COMMIT DROP AS
      SELECT u.id FROM property_propertyunit u JOIN places_place p ON p.id = u.place_id
      WHERE u.is_demo AND p.path LIKE %(path)s;
    CREATE TEMP TABLE gone_parcel ON COMMIT DROP AS
      SELECT l.id FROM property_parcel l JOIN property_block b ON b.id = l.block_id
      JOIN places_place p ON p.id = b.place_id WHERE l.is_demo AND p.path LIKE %(path)s;
    CREATE TEMP TABLE gone_case ON COMMIT DROP AS
      SELECT DISTINCT case_id AS id FROM property_hold
      WHERE unit_id IN (TABLE gone_unit) OR parcel_id IN (TABLE gone_parcel);
    DELETE FROM property_look WHERE unit_id IN (TABLE gone_unit);
    DELETE FROM property_citizenrequest WHERE unit_id IN (TABLE gone_unit);
    DELETE FROM property_identification USING property_party c JOIN places_place p ON p.id = c.place_id
      WHERE c.id = party_id AND c.is_demo AND p.path LIKE %(path)s;
    DELETE FROM property_source WHERE case_id IN (TABLE gone_case);
    DELETE FROM property_step WHERE case_id IN (TABLE gone_case);
    DELETE FROM property_hold WHERE case_id IN (TABLE gone_case);
    DELETE FROM property_share USING property_right r WHERE r.id = right_id AND r.unit_id IN (TABLE gone_unit);
    DELETE FROM property_right WHERE unit_id IN (TABLE gone_unit);
    DELETE FROM property_buildingunit USING property_building b
      WHERE b.id = building_id AND b.parcel_id IN (TABLE gone_parcel);
    DELETE FROM property_building WHERE parcel_id IN (TABLE gone_parcel);
    DELETE FROM property_descent WHERE parent_id IN (TABLE gone_parcel) OR child_id IN (TABLE gone_parcel);
    DELETE FROM property_parcel WHERE id IN (TABLE gone_parcel);
    DELETE FROM property_propertyunit WHERE id IN (TABLE gone_unit);
    DELETE FROM property_case WHERE id IN (TABLE gone_case);
    DELETE FROM property_party USING places_place p
      WHERE p.id = place_id AND property_party.is_demo AND p.path LIKE %(path)s;
    DROP TABLE gone_unit, gone_parcel, gone_case;
"""


def add(town, chunk, quarters):
    """The parcels of a chunk of a town; quarters: {number: Place}, 0 the municipality. Returns their number."""
    parcels = chunk.parcels
    blocks = {}
    for number in sorted(set(parcels["muqataa"])):
        blocks[number], _made = Block.objects.get_or_create(
            place=quarters[0], number=str(number), defaults={"name": quarters[number].name_ar, "is_demo": True}
        )
    units = _numbers(PropertyUnit, len(parcels))
    copy(
        "property_propertyunit (id, place_id, valid_from, is_demo)",
        _lines((unit, quarters[0].pk, SINCE, "t") for unit in units),
    )
    geometries = shapely.to_wkb(shapely.set_srid(parcels.geometry.values, MUNI_SRID), hex=True, include_srid=True)
    copy(
        "property_parcel (parcel_no, block_id, block_no, block_name, land_kind, land_use, area_m2, status, valid_from,"
        " survey_source, accuracy_m, is_demo, unit_id, geom)",
        _lines(
            (
                number, blocks[muqataa].pk, blocks[muqataa].number, escaped(blocks[muqataa].name), kind, use, area,
                Parcel.Status.CURRENT, SINCE, Parcel.Survey.SHEET, "0.20", "t", unit, geometry,
            )
            for number, muqataa, kind, use, area, unit, geometry in zip(
                parcels["parcel_no"], parcels["muqataa"], parcels["land_kind"], parcels["land_use"],
                parcels["area_m2"], units, geometries, strict=True,
            )
        ),
    )  # fmt: skip
    _rights(
        quarters[0], units, parcels["land_kind"].tolist(), seed=f"{quarters[0].code} {parcels['parcel_no'].iloc[0]}"
    )
    _introduce(quarters[0], units)
    return len(parcels)


def _introduce(place, units):
    """The demo's citizen of the province is known as the holder of a title, so that their own pages show something."""
    accounts = User.objects.filter(is_demo=True, memberships__department__place__in=Place.objects.covering(place))
    citizen = accounts.filter(memberships__role__code="citizen").first()
    registrar = accounts.filter(memberships__role__code="registrar").first()
    if not citizen or not registrar or Identification.objects.standing().filter(user=citizen).exists():
        return
    titles = Right.objects.filter(unit__in=units, kind__in=Right.TITLES)
    holder = Party.objects.filter(kind=Party.Kind.PERSON, shares__right__in=titles).order_by("pk").first()
    if holder:
        Identification.objects.create(party=holder, user=citizen, confirmed_by=registrar)


def _rights(place, units, land_kinds, *, seed):
    """Owners, heirs, mortgages and seizures, drawn by chance: the same whenever the same chunk is loaded."""
    rng = np.random.default_rng(crc32(seed.encode()))
    bodies = {
        name: Party.objects.get_or_create(
            place=place, name=name, is_demo=True, defaults={"kind": kind}
        )[0].pk
        for name, kind in (
            (STATE, Party.Kind.STATE), (WAQF, Party.Kind.STATE), (COURT, Party.Kind.STATE),
            (BANK, Party.Kind.ORGANISATION),
        )
    }  # fmt: skip
    people = _numbers(Party, max(4, len(units) * 3 // 4))
    names = rng.integers(0, [len(FIRST_NAMES), len(FIRST_NAMES), len(FIRST_NAMES), len(FAMILY_NAMES)], (len(people), 4))
    copy(
        "property_party (id, place_id, kind, name, identifier, is_demo)",
        _lines(
            (
                pk,
                place.pk,
                Party.Kind.PERSON,
                " ".join([*(FIRST_NAMES[i] for i in row[:3]), FAMILY_NAMES[row[3]]]),
                f"D{pk}",
                "t",
            )
            for pk, row in zip(people, names.tolist(), strict=True)
        ),
    )
    rights, shares = [], []
    chances, holders = rng.random(len(units)), rng.integers(0, len(people), len(units)).tolist()

    def enter(unit, kind, parts, amount=r"\N", reference=""):
        rights.append((unit, kind, SINCE, amount, reference))
        shares.append(parts)

    for unit, kind, chance, first in zip(units, land_kinds, chances.tolist(), holders, strict=True):
        heirs = [people[(first + i) % len(people)] for i in range(3)]
        private = [(heirs[0], 1, 2), (heirs[1], 1, 3), (heirs[2], 1, 6)] if chance < HEIRS else [(heirs[0], 1, 1)]
        if kind == Parcel.LandKind.MULK:
            enter(unit, Right.Kind.OWNERSHIP, private)
        elif kind == Parcel.LandKind.WAQF:
            enter(unit, Right.Kind.OWNERSHIP, [(bodies[WAQF], 1, 1)])
            enter(unit, Right.Kind.WAQF, [(bodies[WAQF], 1, 1)])
        else:
            enter(unit, Right.Kind.OWNERSHIP, [(bodies[STATE], 1, 1)])
            if kind == Parcel.LandKind.MIRI and chance > 1 / 2:
                enter(unit, Right.Kind.DISPOSAL, private)
        if kind == Parcel.LandKind.MULK and chance > 1 - MORTGAGED:
            enter(unit, Right.Kind.MORTGAGE, [(bodies[BANK], 1, 1)], 25_000_000, "عقد رهن تجريبي")
        elif kind == Parcel.LandKind.MULK and chance > 1 - MORTGAGED - SEIZED:
            enter(unit, Right.Kind.SEIZURE, [(bodies[COURT], 1, 1)], reference="قرار تجريبي")
    numbers = _numbers(Right, len(rights))
    copy(
        "property_right (id, unit_id, kind, valid_from, amount, reference)",
        _lines((pk, *right) for pk, right in zip(numbers, rights, strict=True)),
    )
    copy(
        "property_share (right_id, party_id, numerator, denominator)",
        _lines((pk, *part) for pk, parts in zip(numbers, shares, strict=True) for part in parts),
    )


def _numbers(model, count):
    """As many fresh keys of the model's table."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [model._meta.db_table, count],
        )
        return [pk for (pk,) in cursor.fetchall()]


def _lines(rows):
    """Rows as COPY reads them."""
    return StringIO("".join("\t".join(map(str, row)) + "\n" for row in rows))
