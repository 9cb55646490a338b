"""Coordinates as people type them, in either digit set: decimal degrees in either order, degrees with minutes and
seconds, UTM."""

import math
import re

from django.contrib.gis.gdal import GDALException
from django.contrib.gis.geos import Point

from muni.core.srids import LONLAT, MUNI_SRID
from muni.core.text import western_digits

IRAQ_LON, IRAQ_LAT = (38.7, 48.9), (28.9, 37.5)

_HEMISPHERES = {
    "n": "N", "s": "S", "e": "E", "w": "W",
    "شمالا": "N", "شمال": "N", "ش": "N", "جنوبا": "S", "جنوب": "S", "ج": "S",
    "شرقا": "E", "شرق": "E", "ق": "E", "غربا": "W", "غرب": "W", "غ": "W",
}  # fmt: skip
_LETTER = "(" + "|".join(sorted(_HEMISPHERES, key=len, reverse=True)) + ")?"
_ANGLE = rf"{_LETTER}\s*(-?\d+(?:\.\d+)?)\s*°?\s*(?:(\d+(?:\.\d+)?)\s*'\s*)?(?:(\d+(?:\.\d+)?)\s*\"\s*)?{_LETTER}"
_ANGLES = re.compile(rf"\s*{_ANGLE}(?:\s*[,;]\s*|\s+){_ANGLE}\s*", re.IGNORECASE)
_UTM = re.compile(
    r"(?:utm\s*)?(?:(\d{1,2})\s*([a-z])\s*[,; ]\s*)?(\d{6}(?:\.\d+)?)\s*m?\s*e?\s*[,; ]\s*(\d{7}(?:\.\d+)?)\s*m?\s*n?",
    re.IGNORECASE,
)


def parse(text):
    """(longitude, latitude) in degrees, or None when the text is no position on earth."""
    text = _plain(text)
    return _utm(text) or _degrees(text)


def _plain(text):
    text = western_digits(text).replace("،", ",").replace("؛", ";").replace("\u064b", "").strip()
    text = re.sub("[\u200e\u200f\u202a-\u202e\u2066-\u2069]", "", text)
    text = re.sub("[′’‘ʹ]", "'", text)
    text = re.sub("''|[″”“]", '"', text)
    return text.replace("º", "°").replace("−", "-")


def _utm(text):
    match = _UTM.fullmatch(text)
    if not match:
        return None
    zone, band, easting, northing = match.groups()
    if zone is None:
        srid = MUNI_SRID
    elif 1 <= int(zone) <= 60 and band.upper() in "CDEFGHJKLMNPQRSTUVWX":
        srid = (32600 if band.upper() >= "N" else 32700) + int(zone)
    else:
        return None
    try:
        point = Point(float(easting), float(northing), srid=srid).transform(LONLAT, clone=True)
    except GDALException:
        return None
    return _on_earth(point.x, point.y)


def _degrees(text):
    match = _ANGLES.fullmatch(text)
    if not match:
        return None
    first, first_axis = _angle(*match.groups()[:5])
    second, second_axis = _angle(*match.groups()[5:])
    if first is None or second is None or first_axis == second_axis != "":
        return None
    if first_axis or second_axis:
        is_lat_first = first_axis == "lat" or second_axis == "lon"
    elif not re.search("[.°]", text):
        return None  # two whole numbers are rather a parcel and its block
    else:
        # A bare pair is read as the order that lies in Iraq; elsewhere as longitude, latitude.
        is_lat_first = _in(first, IRAQ_LAT) and _in(second, IRAQ_LON)
    return _on_earth(second, first) if is_lat_first else _on_earth(first, second)


def _angle(before, degrees, minutes, seconds, after):
    """(degrees, "lat", "lon" or ""); (None, "") when it is no angle."""
    minutes, seconds = float(minutes or 0), float(seconds or 0)
    if minutes >= 60 or seconds >= 60:
        return None, ""
    value = abs(float(degrees)) + minutes / 60 + seconds / 3600
    letter = _HEMISPHERES.get((before or after or "").lower(), "")
    if degrees.startswith("-") or letter in ("S", "W"):
        value = -value
    return value, {"N": "lat", "S": "lat", "E": "lon", "W": "lon"}.get(letter, "")


def _in(value, bounds):
    return bounds[0] <= value <= bounds[1]


def _on_earth(lon, lat):
    if not (math.isfinite(lon) and math.isfinite(lat) and abs(lon) <= 180 and abs(lat) <= 90):
        return None
    return lon, lat
