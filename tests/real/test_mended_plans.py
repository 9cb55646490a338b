"""Real zoning plans of ../shared/data/zoning with the defects they have: imported, checked, mended in a changeset,
approved by a second person and published; then made a city plan, laid open, objected to, and law."""

import json
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pyogrio
import pytest
import shapely
from django.contrib.gis.geos import GEOSGeometry
from django.utils import timezone

from gis_layers.editing.drafts import DraftLayer
from gis_layers.editing.models import Changeset, DraftFeature
from gis_layers.models import Layer
from gis_layers.plans import archives, consultation, drafting
from gis_layers.plans import services as plans
from gis_layers.plans.models import Plan, PlanZone
from gis_layers.quality import services as quality
from gis_layers.quality.models import Finding
from muni.accounts.models import Membership, Role
from muni.accounts.services import load_roles
from muni.core.srids import LONLAT, MUNI_SRID
from muni.journal.models import Entry
from tests.factories import DepartmentFactory, PlaceFactory, UserFactory
from tests.gis_layers.importing.files import imported

DATA = Path(__file__).resolve().parents[3] / "shared/data/zoning"
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.real,
    pytest.mark.skipif(not DATA.is_dir(), reason="../shared/data is not on this machine"),
]
RULES = {
    "no_overlaps": {"parameters": {"area": 0.1}},
    "no_gaps": {"parameters": {"area": 1000}, "tolerance": 0.01},
    "no_duplicates": {"tolerance": 0.01},
    "valid": {},
}
DAY = timedelta(days=1)
GRID = 0.001
"""Metres: as exact as the program of a surveyor works."""
NARROW = 0.005
"""Metres: what is nowhere wider than twice this is rounding."""


@pytest.fixture
def office():
    load_roles()
    return DepartmentFactory(place=PlaceFactory(municipality=True))


def holder(role, office):
    user = UserFactory(username=role)
    Membership.objects.create(user=user, role=Role.objects.get(code=role), department=office)
    return user


class Desk:
    """A planner or an approver at the REST interface of a changeset."""

    def __init__(self, client, draft):
        self.client, self.address = client, f"/api/v1/changesets/{draft}/"

    def post(self, end, **body):
        return self.client.post(self.address + end, json.dumps(body), content_type="application/json")

    def gesture(self, *edits):
        answer = self.post("gestures/", gesture=str(uuid4()), edits=edits)
        assert answer.status_code == 200, answer.content.decode()

    def act(self, act):
        return self.post("acts/", act=act)


class Mender:
    """Takes what the rules found in a draft out of it, one gesture for each finding."""

    def __init__(self, desk, changeset):
        self.desk, self.changeset = desk, changeset

    def faults(self):
        return quality.blocking(quality.check(DraftLayer(self.changeset)))

    def mend(self):
        found = self.faults()
        while found:
            for finding in found:
                getattr(self, finding.rule.kind)(finding)
            before, found = found, self.faults()
            assert len(found) < len(before), [finding.sentence for finding in found]

    def feature(self, number):
        return DraftFeature.objects.filter(changeset=self.changeset, feature_no=number).first()

    def no_duplicates(self, finding):
        if second := self.feature(finding.other_no):
            self.desk.gesture({"op": "delete", "id": second.feature_no, "version": second.version})

    def no_overlaps(self, finding):
        """The smaller zone keeps the ground."""
        pair = [self.feature(number) for number in (finding.feature_no, finding.other_no)]
        if all(pair):
            smaller, larger = sorted(pair, key=lambda feature: feature.geom.area)
            self.reshape(larger, shapely.difference(shape_of(larger), shape_of(smaller), grid_size=GRID))

    def no_gaps(self, finding):
        """The neighbour with the longest border takes the ground."""
        gap = shape_of(finding)
        near = DraftFeature.objects.filter(changeset=self.changeset, geom__intersects=finding.geom)
        longest = max(near, key=lambda feature: shape_of(feature).intersection(gap.boundary.buffer(NARROW)).area)
        self.reshape(longest, shapely.union(shape_of(longest), gap, grid_size=GRID))

    def reshape(self, feature, shape):
        parts = [part for part in shapely.get_parts(shape) if not part.buffer(-NARROW).is_empty]
        if not parts:
            self.desk.gesture({"op": "delete", "id": feature.feature_no, "version": feature.version})
            return
        shape = parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)
        geometry = GEOSGeometry(shape.wkb_hex, srid=MUNI_SRID).transform(LONLAT, clone=True)
        self.desk.gesture(
            {
                "op": "update",
                "id": feature.feature_no,
                "version": feature.version,
                "geometry": json.loads(geometry.json),
            }
        )


def shape_of(row):
    return shapely.from_wkb(bytes(row.geom.wkb))


def inside(shape):
    """(lon, lat) of a point well inside."""
    point = shape.point_on_surface.transform(LONLAT, clone=True)
    return point.x, point.y


def at(client, place):
    answer = client.get("/api/v1/plans/at", {"lon": place[0], "lat": place[1]})
    assert answer.status_code == 200
    return [(held["plan"]["number"], held["zone"]["code"], held["provisions"]) for held in answer.json()["results"]]


@pytest.mark.parametrize(
    ("name", "faults"),
    [
        ("fr_plu_200011781/ZONE_URBA.shp", {"no_overlaps": 43, "no_gaps": 3, "no_duplicates": 0, "valid": 0}),
        pytest.param(
            "fr_plu_241800432/241800432_ZONE_URBA_20200128.shp",
            {"no_overlaps": 41, "no_gaps": 65, "no_duplicates": 1, "valid": 0},
            marks=pytest.mark.slow,
        ),
    ],
)
def test_a_faulty_plan_is_mended_consulted_on_and_becomes_law(office, client, client_of, name, faults):
    planner, approver = holder("planner", office), holder("approver", office)
    job = imported(DATA / name, department=office)
    assert job.state == "done", job.error
    layer = Layer.objects.get(slug="trial")
    code = next(field.name for field in layer.schema.all() if field.name.lower() == "libelle")

    # Checked: its known faults are found.
    for kind, facts in RULES.items():
        quality.add_rule(layer, by=planner, kind=kind, severity="blocking", **facts)
    quality.run(quality.start(layer, by=planner).pk)
    found = Finding.objects.filter(rule__layer=layer)
    assert {kind: found.filter(rule__kind=kind).count() for kind in RULES} == faults
    widest = found.filter(rule__kind="no_overlaps").order_by("-value", "pk").first()
    disputed = inside(widest.geom)

    # Mended in a changeset: a faulty feature cannot be submitted, the mended layer can, and a second person publishes.
    opened = client_of(planner).post(
        "/api/v1/changesets/", json.dumps({"layer": "trial", "title": "Mend"}), content_type="application/json"
    )
    changeset = Changeset.objects.get(pk=opened.json()["id"])
    desk, other = Desk(client_of(planner), changeset.pk), Desk(client_of(approver), changeset.pk)
    mender = Mender(desk, changeset)
    first = mender.feature(widest.feature_no)
    text = next(f.name for f in layer.schema.all() if f.type == "text" and f.name != code)
    desk.gesture({"op": "update", "id": first.feature_no, "version": first.version, "properties": {text: "x"}})
    refused = desk.act("submit")
    assert (refused.status_code, refused.json()["code"]) == (409, "quality_breach")
    assert str(first.feature_no) in refused.json()["fields"]
    mender.mend()
    assert desk.act("submit").status_code == 200
    assert desk.act("approve").status_code == 403
    assert [other.act(act).status_code for act in ("approve", "publish")] == [200, 200]
    layer.refresh_from_db()
    assert layer.revision == 2
    quality.run(quality.start(layer, by=planner).pk)
    assert not found.exists()
    ground = shapely.union_all([shape_of(feature) for feature in layer.features.current()])
    assert ground.area == pytest.approx(sum(feature.geom.area for feature in layer.features.current()), abs=5)

    # Described, laid open, objected to, decided and law.
    plan = drafting.create(
        by=planner,
        place=office.place,
        department=office,
        kind="master",
        number="1/2026",
        title_ar="التصميم الأساسي",
        zone_layer=layer,
        zone_attribute=code,
    )
    assert drafting.take_zone_types(plan, by=planner) == len(set(pyogrio.read_dataframe(DATA / name)["LIBELLE"]))
    held = layer.features.current().get(geom__intersects=widest.geom.point_on_surface).attributes[code]
    kind = plan.zone_types.get(code=held)
    rule = {"parameter": "floors", "value": "2.5", "clause": "٤/١"}
    drafting.save_zone_type(plan, by=planner, zone_type=kind, provisions=[rule], name_ar="سكني")
    plan = plans.submit(plan, by=planner)
    assert at(client, disputed) == []
    today = timezone.localdate()
    plan = plans.open_consultation(plan, by=approver, first_day=today, last_day=today + 30 * DAY)
    assert at(client, disputed) == []
    objection = consultation.begin(plan, name="حسن", phone="+9647701234567")
    consultation.point_at(objection, lon=disputed[0], lat=disputed[1])
    consultation.write(objection, stance="objects", text="الحد غير صحيح")
    objection = consultation.submit(objection)
    consultation.answer(objection, by=planner, outcome="noted", summary="الحد", answer="صُحِّح")
    Plan.objects.filter(pk=plan.pk).update(consultation_from=today - 9 * DAY, consultation_to=today - DAY)
    plan = plans.close_consultation(plan, by=planner)
    plan = plans.approve(plan, by=approver, decree_number="٧", decree_date=today)
    plan = plans.publish(plan, by=approver, in_force_from=today)
    ((number, zone, provisions),) = at(client, disputed)
    assert (number, zone, [each["parameter"] for each in provisions]) == ("1/2026", held, ["floors"])
    assert PlanZone.objects.at(*disputed, on=today - DAY).count() == 0

    # Frozen as it was approved, and every act told.
    archives.make(plan.pk)
    frozen = pyogrio.read_dataframe(plan.archives.get(format="gpkg").file, layer="zones")
    assert len(frozen) == layer.feature_count
    assert frozen.area.sum() == pytest.approx(ground.area, abs=5)
    assert objection.reference in client.get(f"/plans/{plan.pk}/report/").content.decode()
    assert [entry.act for entry in Entry.objects.about(changeset)][::-1][-3:] == [
        "editing.submit",
        "editing.approve",
        "editing.publish",
    ]
