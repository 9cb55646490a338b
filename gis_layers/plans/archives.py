"""A published plan as files that never change: a GeoPackage and a PMTiles archive, each with its checksum."""

import gzip
import hashlib
import os
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
import pyogrio
from django.conf import settings
from django.contrib.gis.db.models import Extent
from django.contrib.gis.db.models.functions import Transform
from django.db import connection, transaction
from django.urls import reverse
from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer

from gis_layers.exporting import writers
from gis_layers.exporting.formats import FORMATS
from gis_layers.plans.models import Archive, Plan, PlanFeature, Provision, Stage
from gis_layers.plans.tiles import ATTRIBUTES, NAME, FrozenPart, FrozenZones, covering, part_attributes, statements
from muni.core.srids import LONLAT, MUNI_SRID

MIN_ZOOM, MAX_ZOOM = 9, 15
"""A tile of zoom 15 is 1 km wide here; one of its 4,096 units is 25 cm, and programs enlarge it beyond."""

_ARCHIVES = 0x61_72_63  # class of the advisory locks that keep two workers off one plan


@transaction.atomic
def make(plan_id):
    """Writes the archives of a published plan that are not there yet; safe to call again at any time."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_ARCHIVES, plan_id])
    plan = Plan.objects.select_related("place", "zone_layer").get(pk=plan_id)
    if not plan.is_enacted:
        return
    folder = Archive.file_of(plan.pk, Archive.Format.GPKG).parent
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob("*/"):
        shutil.rmtree(left)  # by a worker that was killed
    present = set(plan.archives.values_list("format", flat=True))
    for kind, write in ((Archive.Format.GPKG, _write_gpkg), (Archive.Format.PMTILES, _write_pmtiles)):
        if kind not in present:
            _make(plan, kind, write)


def _make(plan, kind, write):
    path = Archive.file_of(plan.pk, kind)
    with TemporaryDirectory(dir=path.parent) as folder:
        unfinished = Path(folder) / path.name
        write(plan, unfinished)
        with unfinished.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            os.fsync(file.fileno())
        os.replace(unfinished, path)
    Archive.objects.create(plan=plan, format=kind, size=path.stat().st_size, sha256=digest)


def _about(plan):
    return {
        "id": NAME,
        "title": plan.title_ar,
        "description": plan.summary_ar,
        "title_en": plan.title_en,
        "kind": plan.kind,
        "number": plan.number,
        "place": plan.place.code,
        "place_name": plan.place.name_ar,
        "decree_number": plan.decree_number,
        "decree_date": plan.decree_date.isoformat(),
        "in_force_from": plan.in_force_from.isoformat(),
        "address": settings.PUBLIC_URL.rstrip("/") + reverse("plans:plan", args=[plan.pk]),
    }


def _write_gpkg(plan, path):
    """Zones, their by-laws as a table, street lines and public facilities: all as they were enacted."""
    zones = FrozenZones(plan, Stage.LAW)
    writers.write_gdal(writers.Rows(zones, None, MUNI_SRID), path, FORMATS["gpkg"], _about(plan))
    for part in plan.parts.filter(stage=Stage.LAW):
        rows = writers.Rows(FrozenPart(part), None, MUNI_SRID)
        if rows.count():
            writers.write_gdal(rows, path, FORMATS["gpkg"], part.description)
    columns = ["zone_type__code", "parameter", "value", "unit", "clause", "text_ar", "text_en"]
    rules = Provision.objects.filter(zone_type__plan=plan).order_by("zone_type__position", "position", "pk")
    table = pd.DataFrame(rules.values_list(*columns), columns=["zone", *columns[1:]]).astype({"value": float})
    if len(table):
        pyogrio.write_dataframe(table, path, layer="provisions", driver="GPKG", append=True)


def _write_pmtiles(plan, path):
    drawn = statements(plan, Stage.LAW)
    parts = list(plan.parts.filter(stage=Stage.LAW))
    shape = _box(plan.zones.law(), PlanFeature.objects.filter(part__in=parts))
    with path.open("wb") as file:
        archive = Writer(file)
        for zoom in range(MIN_ZOOM, MAX_ZOOM + 1):
            tiles = sorted((zxy_to_tileid(zoom, x, y), x, y) for x, y in covering(shape, zoom))
            for number, x, y in tiles:
                if content := b"".join(each.render(zoom, x, y) for each in drawn):
                    archive.write_tile(number, gzip.compress(content, mtime=0))
        west, south, east, north = (round(edge * 1e7) for edge in shape)
        header = {
            "tile_type": TileType.MVT,
            "tile_compression": Compression.GZIP,
            "min_lon_e7": west,
            "min_lat_e7": south,
            "max_lon_e7": east,
            "max_lat_e7": north,
            "center_zoom": 13,
            "center_lon_e7": (west + east) // 2,
            "center_lat_e7": (south + north) // 2,
        }
        layers = {NAME: ATTRIBUTES} | {part.kind: part_attributes(part) for part in parts}
        told = [{"id": name, "fields": dict.fromkeys(fields, "String")} for name, fields in layers.items()]
        archive.finalize(header, _about(plan) | {"vector_layers": told})


def _box(*kinds):
    """(west, south, east, north) in degrees around all the rows."""
    boxes = filter(None, (rows.aggregate(box=Extent(Transform("geom", LONLAT)))["box"] for rows in kinds))
    west, south, east, north = zip(*boxes, strict=True)
    return min(west), min(south), max(east), max(north)
