"""CQL2, the filter language of OGC (21-065r2): `read` parses text or JSON to the JSON form, `condition` makes a Django
expression of it."""

from gis_layers.ogc.cql2.reading import LANGUAGES, read
from gis_layers.ogc.cql2.translation import GEOMETRY, condition

__all__ = ["GEOMETRY", "LANGUAGES", "condition", "read"]
