"""Real zoning plans of ../shared/data/zoning become city plans: imported, described, laid open and published; then the
law answers at points whose zone the file itself tells."""

from datetime import date, timedelta
from pathlib import Path

import pyogrio
import pytest
from django.utils import timezone

from gis_layers.models import Layer
from gis_layers.plans import archives, drafting, services
from gis_layers.plans.models import Plan, PlanZone
from gis_layers.plans.services import PlanIncomplete
from muni.core.srids import MUNI_SRID
from tests.factories import DepartmentFactory, PlaceFactory, UserFactory
from tests.gis_layers.importing.files import imported

DATA = Path(__file__).resolve().parents[3] / "shared/data/zoning"
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.real,
    pytest.mark.skipif(not DATA.is_dir(), reason="../shared/data is not on this machine"),
]


@pytest.mark.parametrize(
    ("name", "attribute", "crs"),
    [
        ("CDD_ZoningDistricts.geojson", "ZONE_TYPE", "EPSG:4326"),
        ("fr_plu_241800432/241800432_ZONE_URBA_20200128.shp", "LIBELLE", "EPSG:2154"),
    ],
)
def test_a_real_zoning_plan_becomes_law(name, attribute, crs):
    office = DepartmentFactory(place=PlaceFactory(municipality=True))
    planner, approver = UserFactory(is_superuser=True), UserFactory(is_superuser=True)
    path = DATA / name
    job = imported(path, department=office, **({"crs_text": crs} if path.suffix == ".shp" else {}))
    assert job.state == "done", job.error
    layer = Layer.objects.get(slug="trial")
    name = next(field.name for field in layer.schema.all() if field.name.lower() == attribute.lower())
    plan = drafting.create(
        by=planner,
        place=office.place,
        department=office,
        kind="master",
        number="1",
        title_ar="تصميم",
        zone_layer=layer,
        zone_attribute=name,
    )
    with pytest.raises(PlanIncomplete):
        services.submit(plan, by=planner)
    frame = pyogrio.read_dataframe(path)
    codes = set(frame[attribute])
    assert drafting.take_zone_types(plan, by=planner) == len(codes)
    plan = services.submit(plan, by=planner)
    today = timezone.localdate()
    plan = services.open_consultation(plan, by=approver, first_day=today, last_day=today)
    assert plan.zones.count() == job.kept
    Plan.objects.filter(pk=plan.pk).update(
        consultation_from=date(2026, 1, 1), consultation_to=today - timedelta(days=1)
    )
    plan = services.close_consultation(plan, by=planner)
    plan = services.approve(plan, by=approver, decree_number="1", decree_date=today)
    plan = services.publish(plan, by=approver, in_force_from=today)
    for code, shape in zip(frame[attribute], frame.to_crs(4326).geometry, strict=True):
        point = shape.representative_point()
        held = PlanZone.objects.at(point.x, point.y)
        assert code in {zone.zone_type.code for zone in held}
    archives.make(plan.pk)
    frozen = pyogrio.read_dataframe(plan.archives.get(format="gpkg").file, layer="zones")
    assert frozen["code"].value_counts().to_dict() == frame[attribute].value_counts().to_dict()
    assert frozen.crs.to_epsg() == MUNI_SRID
