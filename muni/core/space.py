"""Points in, tiles out: the two crossings between coordinate systems that many apps share."""

from django.contrib.gis.db.models import GeometryField
from django.contrib.gis.db.models.functions import Transform
from django.contrib.gis.gdal import GDALException
from django.contrib.gis.geos import Point
from django.db.models import Func

from muni.core.srids import LONLAT, MUNI_SRID, WEB_MERCATOR


def metric_point(lon, lat):
    """The point in MUNI_SRID, or None where that system ends: PostGIS would fail there instead of finding nothing.

    lon, lat: degrees (EPSG:4326).
    """
    try:
        return Point(lon, lat, srid=LONLAT).transform(MUNI_SRID, clone=True)
    except GDALException:
        return None


class WebMercator(Func):
    """Web Mercator with rings clockwise as drawn, the order that vector tiles ask for."""

    template = "ST_ForcePolygonCW(%(expressions)s)"

    def __init__(self, name):
        super().__init__(Transform(name, WEB_MERCATOR), output_field=GeometryField(srid=WEB_MERCATOR))
