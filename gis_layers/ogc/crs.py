"""Coordinate reference systems by their OGC names (OGC API Features Part 2)."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from gis_layers.features import DEGREE_DECIMALS
from muni.core.errors import BadRequest
from muni.core.srids import LONLAT, MUNI_SRID, WEB_MERCATOR

_METRE_DECIMALS = 3


@dataclass(frozen=True)
class Crs:
    """uri: its name; latitude_first: the axis order of its definition, which requests and answers follow."""

    uri: str
    srid: int
    latitude_first: bool = False

    @property
    def is_degrees(self):
        return self.srid == LONLAT

    @property
    def decimals(self):
        return DEGREE_DECIMALS if self.is_degrees else _METRE_DECIMALS


def _epsg(srid, **kwargs):
    return Crs(f"http://www.opengis.net/def/crs/EPSG/0/{srid}", srid, **kwargs)


CRS84 = Crs("http://www.opengis.net/def/crs/OGC/1.3/CRS84", LONLAT)
STORAGE = _epsg(MUNI_SRID)
IRAQI = (
    3891,  # IGRS / UTM zone 38N
    3392,  # Karbala 1979 / UTM zone 38N
    7006,  # Nahrwan 1934 / UTM zone 38N
    6646,  # Karbala 1979 / Iraq National Grid
    32637,
    32638,
)
SUPPORTED = {
    crs.uri: crs
    for crs in (CRS84, _epsg(LONLAT, latitude_first=True), _epsg(WEB_MERCATOR), STORAGE, *map(_epsg, IRAQI))
}


def crs_named(uri, parameter):
    """Raises BadRequest, naming the parameter, for a system that is not served."""
    try:
        return SUPPORTED[uri]
    except KeyError:
        raise BadRequest(
            _("“%(uri)s” is not a reference system of this service; the collection lists those that are.")
            % {"uri": uri[:100]},
            fields={parameter: [_("Unknown coordinate reference system.")]},
        ) from None
