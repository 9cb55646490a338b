"""Objections for spreadsheets and maps. Names and telephones go out only where they are asked for by somebody who may
see them; what citizens wrote goes to those who answer it, the others get what the public report holds."""

import csv
import json
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyogrio.raw
from django.utils.translation import gettext as _

from gis_layers.plans.consultation import lonlat
from muni.core.srids import LONLAT
from muni.core.text import harmless
from muni.journal.services import record


def take_out(plan, *, by, words, people):
    """The plan's submitted objections, in the order in which they came; the journal notes who took them out.

    words: with what citizens wrote; people: with their names and telephones. The caller has checked both (access).
    """
    rows = list(plan.objections.submitted().select_related("plan").order_by("submitted_at", "pk"))
    record(act="plans.export_objections", subject=plan, by=by, objections=len(rows), words=words, people=people)
    return rows


def as_csv(objections, file, *, words, people):
    """Writes a table, an objection a row, in the reader's language; places in degrees."""
    fields = _fields(words, people)
    writer = csv.writer(file)
    writer.writerow([*(title for _name, title, _value in fields), _("longitude"), _("latitude")])
    for each in objections:
        place = lonlat(each)
        values = (value(each) for _name, _title, value in fields)
        writer.writerow([*map(harmless, values), *([f"{degrees:.7f}" for degrees in place] if place else ["", ""])])


def as_geojson(objections, *, words, people):
    """A FeatureCollection as text; those about the whole plan have no geometry."""
    fields = _fields(words, people)
    features = [
        {
            "type": "Feature",
            "id": each.reference,
            "geometry": _point(each),
            "properties": {name: value(each) for name, _title, value in fields},
        }
        for each in objections
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)


def as_gpkg(objections, *, words, people):
    """The same as the bytes of a GeoPackage with one layer of points, in degrees."""
    fields = _fields(words, people)
    shapes = [each.point and each.point.transform(LONLAT, clone=True) for each in objections]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "objections.gpkg"
        pyogrio.raw.write(
            path,
            geometry=np.array([shape and bytes(shape.wkb) for shape in shapes], dtype=object),
            field_data=[np.array([value(each) for each in objections], dtype=object) for _n, _t, value in fields],
            fields=np.array([name for name, _title, _value in fields], dtype=object),
            layer="objections",
            driver="GPKG",
            geometry_type="Point",
            crs=f"EPSG:{LONLAT}",
            dataset_options={"VERSION": "1.2"},
        )
        return path.read_bytes()


def _fields(words, people):
    """[(name, title, value of an objection as text)]"""
    fields = [
        ("reference", _("reference"), lambda o: o.reference),
        ("received", _("received"), lambda o: o.submitted_at.date().isoformat()),
        ("stance", _("stance"), lambda o: str(o.get_stance_display())),
        ("state", _("state"), lambda o: str(o.get_state_display())),
        ("outcome", _("outcome"), lambda o: str(o.get_outcome_display())),
        ("summary", _("summary for the public report"), lambda o: o.summary),
        ("answer", _("answer"), lambda o: o.answer),
    ]
    if words:
        fields.append(("text", _("what was written"), lambda o: o.text))
    if people:
        fields += [("name", _("name"), lambda o: o.name), ("phone", _("phone"), lambda o: o.phone)]
    return fields


def _point(objection):
    place = lonlat(objection)
    return place and {"type": "Point", "coordinates": [round(degrees, 7) for degrees in place]}
