"""Coordinate reference systems of files, and the way from one to MUNI_SRID."""

import re
from dataclasses import dataclass

import numpy as np
import shapely
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pyproj import CRS, Transformer
from pyproj.aoi import AreaOfInterest
from pyproj.exceptions import CRSError, ProjError
from pyproj.transformer import TransformerGroup

from muni.core.errors import BadRequest
from muni.core.srids import LONLAT, MUNI_SRID

# What files of Iraqi offices are in; any other EPSG code may be typed.
COMMON = [
    (4326, gettext_lazy("WGS 84, longitude and latitude in degrees")),
    (32638, gettext_lazy("WGS 84 / UTM zone 38N (42° to 48° E)")),
    (32637, gettext_lazy("WGS 84 / UTM zone 37N (36° to 42° E)")),
    (32639, gettext_lazy("WGS 84 / UTM zone 39N (48° to 54° E)")),
    (3891, gettext_lazy("IGRS / UTM zone 38N")),
    (3890, gettext_lazy("IGRS / UTM zone 37N")),
    (3892, gettext_lazy("IGRS / UTM zone 39N")),
    (3889, gettext_lazy("IGRS, longitude and latitude in degrees")),
    (3392, gettext_lazy("Karbala 1979 / UTM zone 38N")),
    (3391, gettext_lazy("Karbala 1979 / UTM zone 37N")),
    (3393, gettext_lazy("Karbala 1979 / UTM zone 39N")),
    (6646, gettext_lazy("Karbala 1979 / Iraq National Grid")),
    (4743, gettext_lazy("Karbala 1979, longitude and latitude in degrees")),
    (7006, gettext_lazy("Nahrwan 1967 / UTM zone 38N")),
    (7005, gettext_lazy("Nahrwan 1967 / UTM zone 37N")),
    (7007, gettext_lazy("Nahrwan 1967 / UTM zone 39N")),
    (4744, gettext_lazy("Nahrwan 1967, longitude and latitude in degrees")),
    (3857, gettext_lazy("WGS 84 / Pseudo-Mercator (web maps)")),
]


class UnknownCrs(BadRequest):
    code = "unknown_crs"


def parse(text):
    """The CRS that a person named by its EPSG code. Raises UnknownCrs."""
    match = re.fullmatch(r"\s*(?:EPSG\s*:+\s*)?(\d{4,6})\s*", text or "", re.IGNORECASE)
    try:
        return CRS.from_epsg(int(match[1]))
    except (TypeError, CRSError) as error:
        raise UnknownCrs(
            _("“%(text)s” is not an EPSG code such as EPSG:32638.") % {"text": str(text)[:60]}, fields={"crs": text}
        ) from error


def of_file(text):
    """The CRS that a file states as authority code, WKT or PROJJSON; None when that names no place on Earth.

    A code is looked up for text without one, so that it is named as people know it.
    """
    if not text:
        return None
    if not re.match(r"\s*(?:EPSG:\d+$|ESRI:\d+$|OGC:CRS84$|IGNF:\w+$|[A-Z]+(?:CRS|CS|_CS)\s*\[|\{)", text):
        return None  # no addresses, file names or PROJ pipelines
    try:
        crs = CRS.from_user_input(text)
    except CRSError:
        return None
    if crs.is_bound:
        crs = crs.source_crs
    if crs.is_compound:
        crs = crs.sub_crs_list[0]
    if not (crs.is_geographic or crs.is_projected):
        return None
    if crs.to_authority() is None and (code := crs.to_epsg(min_confidence=70)):
        return CRS.from_epsg(code)
    return crs


def code_of(crs):
    authority = crs.to_authority()
    return ":".join(authority) if authority else ""


def title(crs):
    code = code_of(crs)
    return f"{crs.name} ({code})" if code else crs.name


@dataclass(frozen=True)
class Transformation:
    """From a file's CRS to MUNI_SRID, longitude or easting first. `accuracy` in metres, None when not known."""

    name: str
    accuracy: float | None
    transformer: Transformer | None

    def apply(self, shapes):
        if self.transformer is None:
            return shapes
        return shapely.transform(shapes, self._points)

    def _points(self, points):
        x, y = self.transformer.transform(points[:, 0], points[:, 1], errcheck=False)
        return np.column_stack([x, y])


def transformation(crs, extent=None):
    """The most accurate Transformation that is valid where the data lies; `extent`: its box in `crs`."""
    target = CRS.from_epsg(MUNI_SRID)
    if crs == target:
        return Transformation(_("none needed"), 0.0, None)
    group = TransformerGroup(crs, target, always_xy=True, area_of_interest=_area(crs, extent))
    if not group.transformers:
        raise UnknownCrs(_("There is no way known from %(crs)s to the house's own coordinates.") % {"crs": title(crs)})
    chosen = group.transformers[0]
    accuracy = chosen.accuracy if chosen.accuracy >= 0 else None
    return Transformation(chosen.description, accuracy, chosen)


def lonlat(crs):
    """Transformer from `crs` to longitude and latitude, for previews."""
    return Transformer.from_crs(crs, LONLAT, always_xy=True)


def outside_muni_area(extent):
    """True when a box in MUNI_SRID lies outside the area for which MUNI_SRID measures rightly."""
    area = CRS.from_epsg(MUNI_SRID).area_of_use
    if extent is None or area is None:
        return False
    to_degrees = Transformer.from_crs(MUNI_SRID, LONLAT, always_xy=True)
    west, south, east, north = to_degrees.transform_bounds(*extent, errcheck=False)
    slack = 6  # degrees: the neighbouring zone still measures within a few in a thousand
    return not (area.west - slack <= west and east <= area.east + slack and area.south <= south and north <= area.north)


def _area(crs, extent):
    if not extent:
        return None
    try:
        box = lonlat(crs).transform_bounds(*extent)
    except ProjError:
        return None
    return AreaOfInterest(*box) if np.isfinite(box).all() else None
