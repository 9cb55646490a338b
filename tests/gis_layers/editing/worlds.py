"""A layer with a schema and a team: what tests of editing stand on."""

import json
from uuid import uuid4

from gis_layers.editing import services
from gis_layers.editing.gestures import apply_gesture
from gis_layers.models import Feature
from muni.core.srids import LONLAT
from tests.factories import AMARAH, DepartmentFactory, LayerFactory, LayerFieldFactory, UserFactory, fill, square

PLANNER = ["gis_layers.change_layer", "gis_layers.add_layer"]
APPROVER = ["gis_layers.change_layer", "gis_layers.publish_layer"]


def team(*permissions, department):
    return UserFactory(permissions=list(permissions), permissions__department=department)


class Town:
    """A private layer of areas with the attributes name (required), use (a choice) and storeys, and its people."""

    def __init__(self, count=3, **facts):
        self.department = DepartmentFactory()
        self.layer = LayerFactory(department=self.department, **facts)
        LayerFieldFactory(layer=self.layer, name="name", type="text", required=True)
        choices = [{"value": v, "label_ar": v, "label_en": v} for v in ("homes", "shops", "park")]
        LayerFieldFactory(layer=self.layer, name="use", type="text", choices=choices)
        LayerFieldFactory(layer=self.layer, name="storeys", type="integer")
        rows = [(square(*self.place(i)), {"name": f"n{i}", "use": "homes", "storeys": 2}) for i in range(count)]
        self.layer = fill(self.layer, *rows)
        self.planner = team(*PLANNER, department=self.department)
        self.colleague = team(*PLANNER, department=self.department)
        self.approver = team(*APPROVER, department=self.department)

    @staticmethod
    def place(i):
        return AMARAH[0] + i * 0.002, AMARAH[1]

    @property
    def numbers(self):
        return list(Feature.objects.filter(layer=self.layer).current().values_list("feature_no", flat=True))

    def token(self, number):
        return f"p{Feature.objects.current().get(layer=self.layer, feature_no=number).pk}"

    def now(self):
        """{number: (attributes, geometry)} as published."""
        rows = Feature.objects.filter(layer=self.layer).current()
        return {row.feature_no: (row.attributes, row.geom.wkb.tobytes()) for row in rows}

    def open(self, by=None, title="Corrections"):
        return services.open_changeset(self.layer, by=by or self.planner, title=title)

    def publish(self, changeset):
        for act in ("submit", "approve", "publish"):
            by = self.planner if act == "submit" else self.approver
            changeset = services.ACTS[act](changeset, by=by)
        self.layer.refresh_from_db()
        return changeset


def edit(changeset, *edits, by=None, gesture=None):
    return apply_gesture(changeset, gesture=gesture or uuid4(), edits=list(edits), by=by or changeset.opened_by)


def geojson(shape):
    """A geometry in MUNI_SRID as GeoJSON in degrees."""
    return json.loads(shape.transform(LONLAT, clone=True).json)


def area(i=9, size=0.001):
    return geojson(square(*Town.place(i), size))
