"""Vector tiles by SQL: one statement for each layer, set of attributes and set of visible rows."""

from hashlib import sha256

from django.contrib.gis.db.models import GeometryField
from django.db import connection
from django.db.models import F, FloatField, Func, TextField
from django.db.models.functions import Cast

from gis_layers.fields import FieldType
from gis_layers.symbology.maplibre import LABELLED_ELSEWHERE
from muni.core.prepared import plain
from muni.core.whole import one_value

EXTENT = 4096
BUFFER = 64
MAX_ZOOM = 17
"""Tiles of the highest zoom are 306 m wide at the equator: one unit is 7 cm; clients enlarge them beyond."""


_ZXY = "\x01"
"""Where the tile's numbers go; no text of PostgreSQL's own holds this letter."""


class TileEnvelope(Func):
    """The square in Web Mercator, with its buffer, of the tile that is asked for."""

    template = f"ST_TileEnvelope({_ZXY}, margin => {BUFFER / EXTENT})"
    output_field = GeometryField(srid=3857)


class BareGeometry(Func):
    """The geometry column as it is: Django would select it through a cast to bytea."""

    template = "%(expressions)s"
    output_field = TextField()


def _written(source, name):
    """An attribute's value; a numeric one as a float, since ST_AsMVT writes numeric as text."""
    value = source.value(name)
    return Cast(value, FloatField()) if source.attribute(name).type == FieldType.NUMBER else value


class Statement:
    """The SQL that renders a tile of `rows`: (z, x, y) -> bytes. Equal rows and attributes give equal digests.

    A shape inside the tile is moved onto the tile's grid by an affine map, several times quicker than ST_AsMVTGeom. An
    area must be a single ring and large enough that rounding its corners, each by half a unit at most, cannot turn the
    ring around. What collapses to nothing on the grid is left out.
    """

    def __init__(self, source, rows, attributes, layer_name):
        rows = rows.filter(**{f"{source.geometry_3857}__bboverlaps": TileEnvelope()})
        inner = plain(
            rows,
            F(source.id_field),
            BareGeometry(source.geometry_3857),
            *(_written(source, name) for name in attributes),
        )
        names = ", ".join(["id", "geom", *(connection.ops.quote_name(name) for name in attributes)])
        kept = "".join(f", {connection.ops.quote_name(name)}" for name in attributes)
        with connection.cursor() as cursor:
            quoted = cursor.mogrify("%s", [layer_name]).decode()
        self._text = f"""
            WITH tile AS MATERIALIZED (
              SELECT box, ST_XMin(box) AS west, ST_YMax(box) AS north,
                     {EXTENT} / (ST_XMax(box) - ST_XMin(box)) AS per_metre,
                     ST_Expand(box, (ST_XMax(box) - ST_XMin(box)) * {BUFFER / EXTENT}) AS buffered
              FROM ST_TileEnvelope({_ZXY}) AS box),
            feature AS (
              SELECT id{kept},
                CASE WHEN geom @ buffered OR ST_Dimension(geom) < 2 OR ST_PointOnSurface(geom) && box
                  THEN NULL ELSE true END AS {LABELLED_ELSEWHERE},
                CASE WHEN geom @ buffered AND (ST_Dimension(geom) < 2 OR ST_NRings(geom) = 1
                                               AND ST_Area(geom) * per_metre > 0.75 * ST_Perimeter(geom))
                  THEN ST_SnapToGrid(ST_Affine(geom, per_metre, 0, 0, -per_metre,
                                               -west * per_metre, north * per_metre), 1)
                  ELSE ST_AsMVTGeom(geom, box, {EXTENT}, {BUFFER}, true) END AS geom
              FROM ({inner}) AS seen ({names}), tile OFFSET 0), -- keeps PostgreSQL from drawing each shape twice
            drawn AS (SELECT * FROM feature WHERE NOT ST_IsEmpty(geom))
            SELECT ST_AsMVT(drawn, {quoted}, {EXTENT}, 'geom', 'id') FROM drawn
        """
        self.digest = sha256(self._text.encode()).hexdigest()[:32]

    def render(self, z, x, y):
        """The encoded tile, b"" when nothing is in it."""
        return one_value(self._text.replace(_ZXY, f"{z:d}, {x:d}, {y:d}"))
