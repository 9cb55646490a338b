"""Real cadastres of ../shared/data/cadastre go into the register by the bulk registration, with their known defects
reported."""

from pathlib import Path

import pyogrio
import pytest
from django.contrib.gis.geos import MultiPolygon, Polygon
from django.utils import translation
from pyproj import Geod

from muni.core.srids import MUNI_SRID
from property.models import Parcel, PropertyUnit, Survey
from property.services import surveys
from tests.factories import BoundaryFactory
from tests.property.factories import Office
from tests.property.test_invariants import at_once

DATA = Path(__file__).resolve().parents[3] / "shared/data/cadastre"
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.real,
    pytest.mark.skipif(not DATA.is_dir(), reason="../shared/data is not on this machine"),
]


@pytest.fixture(autouse=True)
def english(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    with translation.override("en"):
        yield


def surveyed(office, name, **choices):
    """The ended survey of a file whose parcels lie, in the house's coordinates, where the office's place is."""
    frame = pyogrio.read_dataframe(DATA / name, layer="parcels").to_crs(MUNI_SRID)
    west, south, east, north = frame.total_bounds
    ground = Polygon.from_bbox((west - 10, south - 10, east + 10, north + 10))
    BoundaryFactory(place=office.place, geom=MultiPolygon(ground, srid=MUNI_SRID))
    survey = surveys.receive_file(DATA / name, place=office.place, by=office.registrar)
    surveys.choose(survey, sublayer="parcels", survey_source="field", **choices)
    Survey.objects.filter(pk=survey.pk).update(state="queued")
    surveys.run(survey.pk)
    survey.refresh_from_db()
    assert survey.error == ""
    assert survey.read == len(frame) == survey.accepted + survey.rejected
    return survey


def signed(office, survey):
    case = office.signed(surveys.open_survey(survey, by=office.registrar))
    at_once()
    assert Parcel.objects.filter(opened_by=case, status="current").count() == survey.accepted
    assert PropertyUnit.objects.filter(opened_by=case).count() == survey.accepted


def test_a_whole_island_goes_in_with_25_slivers_and_299_areas_off():
    office = Office()
    survey = surveyed(
        office,
        "nz_waiheke_cadastre.gpkg",
        columns={"parcel_no": "id", "area_m2": "official_area", "land_use": "land_use_code"},
        defaults={"block_no": "1", "land_kind": "mulk"},
        tolerance=5,
    )
    assert survey.counts == {"sliver": 25, "area_off": 299, "measured": 73}
    assert (survey.read, survey.accepted) == (6919, 6919)
    signed(office, survey)


def test_nine_sheets_of_two_communes_go_in_under_their_sheets_as_blocks():
    office = Office()
    survey = surveyed(
        office,
        "fr_edigeo_parcels_buildings.gpkg",
        columns={"parcel_no": "TEX", "block_no": "sheet", "area_m2": "SUPF"},
        defaults={"land_kind": "mulk"},
        tolerance=5,
    )
    frame = pyogrio.read_dataframe(DATA / "fr_edigeo_parcels_buildings.gpkg", layer="parcels")
    areas = [abs(Geod(ellps="GRS80").geometry_area_perimeter(shape)[0]) for shape in frame.to_crs(4171).geometry]
    assert survey.counts["area_off"] == sum(abs(areas - frame["SUPF"]) > 0.05 * frame["SUPF"])
    assert survey.rejected == 0
    signed(office, survey)
    numbers = Parcel.objects.order_by().values_list("parcel_no", flat=True)
    assert (len(numbers), numbers.distinct().count()) == (900, 450)


def test_numbers_that_repeat_without_their_sheet_are_rejected():
    survey = surveyed(
        Office(),
        "fr_edigeo_parcels_buildings.gpkg",
        columns={"parcel_no": "TEX", "area_m2": "SUPF"},
        defaults={"land_kind": "mulk", "block_no": "1"},
    )
    numbers = pyogrio.read_dataframe(DATA / "fr_edigeo_parcels_buildings.gpkg", layer="parcels")["TEX"]
    assert survey.counts["repeated"] == survey.rejected == numbers.duplicated(keep=False).sum()
