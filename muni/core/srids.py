"""The three coordinate systems of the house, named once."""

from django.conf import settings

MUNI_SRID = settings.MUNI_SRID
"""Stored geometry: metric, easting/northing in metres (default EPSG:32638, WGS 84 / UTM 38N)."""

LONLAT = 4326
"""The wire: longitude, latitude in degrees (CRS84 axis order)."""

WEB_MERCATOR = 3857
"""Tiles only: never measure in it."""
