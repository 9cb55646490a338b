"""The published state of features, for planner-made and registered layers alike, as edits start from it."""

import json
from dataclasses import dataclass
from hashlib import blake2b

from gis_layers.editing.merge import State
from gis_layers.models import Feature
from gis_layers.quality.checks.table import EVERYTHING
from gis_layers.registry import source_of


@dataclass(frozen=True)
class Snapshot:
    """token: names this state of the feature; state: attributes and WKB in MUNI_SRID."""

    token: str
    state: State


def wkb(geometry):
    """The bytes that merge compares, of a GEOSGeometry; None stays None."""
    return None if geometry is None else bytes(geometry.wkb)


def snapshots(layer, numbers):
    """{feature number: Snapshot} of those that are published now; two round trips at most."""
    if layer.is_registered:
        source = source_of(layer)
        return snapshots_of(source, source.rows(EVERYTHING), numbers)
    rows = Feature.objects.filter(layer=layer, feature_no__in=numbers).current()
    return {
        number: Snapshot(f"p{pk}", State(attributes, wkb(geom)))
        for pk, number, attributes, geom in rows.values_list("pk", "feature_no", "attributes", "geom")
    }


def snapshots_of(source, rows, numbers):
    """The same of some rows of a registered layer's table, of whatever time."""
    names = [attribute.name for attribute in source.attributes]
    rows = rows.filter(**{f"{source.id_field}__in": numbers}).order_by()
    rows = rows.values_list(source.id_field, source.geometry, *map(source.value, names))
    found = {}
    for number, geom, *values in rows:
        state = State(json.loads(json.dumps(dict(zip(names, values, strict=True)), default=str)), wkb(geom))
        found[number] = Snapshot(token_of(state), state)
    return found


def token_of(state):
    """The token of a registered feature's state: its rows carry no version."""
    text = json.dumps(state.attributes, sort_keys=True, ensure_ascii=False).encode()
    return "p" + blake2b(text + state.geometry, digest_size=12).hexdigest()
