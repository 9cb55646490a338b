"""The "crs" member that GeoJSON had before RFC 7946, and that GDAL and QGIS still write."""

import json
import re

LOOKED_AT = 64 * 1024  # bytes at either end of the file
_MEMBER = re.compile(r'"crs"\s*:\s*')
_LONLAT = re.compile(
    r"urn:(x-)?ogc:def:crs:(OGC:[\w.]*:CRS84h?|EPSG:[\w.]*:4326)"
    r"|https?://www\.opengis\.net/(def/crs/(OGC/[\w.]+/CRS84h?|EPSG/[\w.]+/4326)|gml/srs/epsg\.xml#4326)"
    r"|OGC:CRS84|EPSG:+4326|WGS ?84",
    re.IGNORECASE,
)


def other_crs(path):
    """What the collection's "crs" member names, unless that is longitude and latitude; None also without a member."""
    with open(path, "rb") as file:
        head = file.read(LOOKED_AT).decode("utf-8", "replace")
        file.seek(max(file.seek(0, 2) - LOOKED_AT, 0))
        tail = file.read().decode("utf-8", "replace")
    for part in (head.split('"features"', 1)[0], tail.rpartition("]")[2]):
        if found := _MEMBER.search(part):
            name = _name(part, found.end())
            return None if name == "null" or _LONLAT.fullmatch(name.strip()) else name
    return None


def _name(text, start):
    try:
        member, end = json.JSONDecoder().raw_decode(text, start)
    except ValueError:
        return text[start:]
    match member:
        case str(name) | {"properties": {"name": str(name)}}:
            return name
        case {"type": "EPSG", "properties": {"code": code}}:
            return f"EPSG:{code}"
    return text[start:end]
