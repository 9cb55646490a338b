"""The first features of a file, for a map and a table, before anything is imported."""

import json

import numpy as np
import shapely

from gis_layers.importing import crs
from muni.core.errors import DomainError

TABLE_ROWS = 12


def preview(facts, crs_text):
    """{"fields", "rows", "features": GeoJSON in longitude and latitude or None, "problem"}."""
    told = {
        "fields": [field["name"] for field in facts["fields"]],
        "rows": [row[1:] for row in facts["head"][:TABLE_ROWS]],
        "features": None,
        "problem": "",
    }
    if not crs_text:
        return told
    try:
        chosen = crs.parse(crs_text.split(" ")[0])
    except DomainError as error:
        return told | {"problem": error.message}
    return told | {"features": _features(facts, chosen)}


def _features(facts, chosen):
    to_degrees = crs.lonlat(chosen)
    features = []
    for shape_hex, *values in facts["head"]:
        shape = shapely.from_wkb(bytes.fromhex(shape_hex), on_invalid="ignore") if shape_hex else None
        if shape is None or shape.is_empty:
            continue
        shape = shapely.transform(
            shapely.force_2d(shape),
            lambda points: np.column_stack(to_degrees.transform(points[:, 0], points[:, 1], errcheck=False)),
        )
        west, south, east, north = shape.bounds
        if -180 <= west <= east <= 180 and -90 <= south <= north <= 90:
            properties = {
                field["name"]: value for field, value in zip(facts["fields"], values, strict=True) if value is not None
            }
            features.append(
                {
                    "type": "Feature",
                    "properties": properties,
                    "geometry": json.loads(shapely.to_geojson(shapely.set_precision(shape, 1e-7, mode="pointwise"))),
                }
            )
    return {"type": "FeatureCollection", "features": features}
