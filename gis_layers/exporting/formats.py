"""The formats that layers are given out in."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from muni.core.srids import LONLAT, MUNI_SRID


@dataclass(frozen=True)
class Format:
    """`driver`: GDAL's name, or None where we write the file ourselves. `fixed_srid`: the format knows no other."""

    key: str
    title: str
    use: str
    extension: str
    media_type: str
    driver: str | None = None
    fixed_srid: int | None = None
    default_srid: int = LONLAT


FORMATS = {
    f.key: f
    for f in (
        Format("gpkg", _("GeoPackage"), _("QGIS and most programs; keeps everything"), "gpkg",
               "application/geopackage+sqlite3", "GPKG"),
        Format("shp", _("Shapefile (zip)"), _("older programs; short column names"), "zip", "application/zip",
               "ESRI Shapefile"),
        Format("geojson", _("GeoJSON"), _("the web"), "geojson", "application/geo+json", "GeoJSON", fixed_srid=LONLAT),
        Format("fgb", _("FlatGeobuf"), _("large layers on the web"), "fgb", "application/octet-stream", "FlatGeobuf"),
        Format("parquet", _("GeoParquet"), _("analysis of large layers"), "parquet", "application/vnd.apache.parquet"),
        Format("kml", _("KML"), _("Google Earth"), "kml", "application/vnd.google-earth.kml+xml", "LIBKML",
               fixed_srid=LONLAT),
        Format("dxf", _("DXF"), _("CAD: the drawing without attributes"), "dxf", "image/vnd.dxf", "DXF",
               default_srid=MUNI_SRID),
        Format("csv", _("CSV"), _("spreadsheets"), "csv", "text/csv; charset=utf-8"),
    )
}  # fmt: skip
