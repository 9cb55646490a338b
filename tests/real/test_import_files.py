"""Every file of ../shared/data that can be imported: counts as GDAL's own client tells them, nothing silently lost."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from django.utils import translation

from gis_layers.importing.services import ImportRefused, NothingUsable
from gis_layers.importing.source import FileRefused
from gis_layers.models import Feature, Layer
from tests.gis_layers.importing.files import imported

DATA = Path(__file__).resolve().parents[3] / "shared/data"
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.real,
    pytest.mark.skipif(not DATA.is_dir(), reason="../shared/data is not on this machine"),
]


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


def counted(path, sublayer=None):
    """Features that ogrinfo counts, or None where it is not installed."""
    if not shutil.which("ogrinfo"):
        return None
    address = f"/vsizip/{path}" if path.suffix == ".zip" else str(path)
    told = subprocess.run(
        ["ogrinfo", "-so", *([address, sublayer] if sublayer else ["-al", address])], capture_output=True, text=True
    )
    return int(re.search(r"^Feature Count: (\d+)", told.stdout, re.MULTILINE)[1])


@pytest.mark.parametrize(
    ("name", "choices", "rejected"),
    [
        ("iraq/irq_admbnda_adm3_cso_20190603.geojson", {}, 0),
        ("iraq/wof_localities_maysan.geojson", {}, 0),
        ("import/encodings_derived/iraq_adm2_cp1256.zip", {}, 0),
        ("zaatari/BlockBoundaries_2016_12.shp.zip", {}, 0),
        ("zaatari/BlockBoundaries_2016_12.kml", {}, 0),
        ("zaatari/GarbageBins_2016_10.csv", {"crs_text": "EPSG:4326"}, 0),
        ("cadastre/nz_waiheke_cadastre.gpkg", {"sublayer": "parcels"}, 0),
        ("cadastre/fr_edigeo_parcels_buildings.gpkg", {"sublayer": "buildings"}, 0),
        ("zoning/CDD_ZoningDistricts.geojson", {}, 0),
        ("zoning/fr_plu_200011781/ZONE_URBA.shp", {}, 1),
        ("municipal/VilleMTP_MTP_Batiments.zip", {}, 0),
        ("water/ky4_pipes.geojson", {}, 0),
        ("gps/gpxpy_korita-zbevnica.gpx", {"sublayer": "tracks"}, 1),
        ("dxf/hatches_2.dxf", {"crs_text": "EPSG:32638"}, 0),
        ("import/gpkg/curve.gpkg", {}, 0),
        ("import/gpkg/multisurface.gpkg", {}, 0),
        ("import/gpkg/line_zm.gpkg", {}, 0),
        ("import/gpkg/mapshaper_mixed_crs.gpkg", {"sublayer": "oregon_2269"}, 0),
        ("import/gpkg/geodiff_3d.gpkg", {"sublayer": "mpointIncludingZM"}, 0),
        ("import/kml_gpx/addresses.kml", {}, 13),
        ("import/kml_gpx/linear_ring.kml", {}, 0),
        ("import/kml_gpx/ogr2osm_shift-jis.geojson", {}, 0),
        ("import/shp/corrupt_too_long.shp", {"crs_text": "EPSG:4326"}, 0),
        ("import/fiona/coutwildrnp.zip", {}, 0),
        ("permits/calgary_blds_permits_1500.csv", {}, 0),
    ],
)
def test_counts_are_those_of_an_independent_reader(name, choices, rejected):
    path = DATA / name
    job = imported(path, **choices)
    assert job.state == "done", job.error
    assert job.read == (counted(path, choices.get("sublayer")) or job.read)
    assert (job.read, job.rejected) == (job.kept + job.rejected, rejected)
    assert Feature.objects.filter(layer__slug="trial").count() == job.kept


def test_cp1256_names_of_districts_are_right():
    imported(DATA / "import/encodings_derived/iraq_adm2_cp1256.zip")
    names = Feature.objects.filter(layer__slug="trial", attributes__ADM2_EN="Al-Kahla").values_list(
        "attributes__ADM2_AR", flat=True
    )
    assert list(names) == ["الكحلاء"]


def test_utf8_without_cpg_is_seen():
    job = imported(DATA / "zaatari/Roads_2016_12.shp.zip")
    assert job.encoding == "utf-8"
    assert Feature.objects.filter(layer__slug="trial", attributes__AR_NAME="شارع الخدمات").exists()


def test_times_keep_their_zone():
    imported(DATA / "gps/bus304_limerick_2019-02-18.gpx", sublayer="track_points")
    assert Feature.objects.order_by("feature_no").first().attributes["time"] == "2019-02-18T07:45:50Z"


@pytest.mark.parametrize("name", ["encoding_88596", "encoding_1251", "encodings_utf-8", "big5"])
def test_stated_encodings_are_read(name):
    job = imported(DATA / f"import/encodings/{name}.shp", crs_text="EPSG:32638" if name == "big5" else "EPSG:4326")
    assert job.kept in {1, 18}
    assert "\ufffd" not in str(list(Feature.objects.values_list("attributes", flat=True)))


@pytest.mark.parametrize(
    ("name", "refusal", "sentence"),
    [
        ("import/json/n_structure_100000_opening_arrays.json", FileRefused, "nested"),
        ("import/gpkg/ngageoint_test.gpkg", FileRefused, "damaged"),
        ("import/csv/utf8_bom.csv", FileRefused, "holds coordinates"),
        ("import/shp/brklinz.shp", ImportRefused, "coordinate system"),
        ("zaatari/GarbageBins_2016_10.csv", ImportRefused, "coordinate system"),
        ("cadastre/nz_waiheke_cadastre.gpkg", ImportRefused, "several layers"),
        ("dxf/edcr_footprint.dxf", NothingUsable, "no features"),
        ("dxf/3dface.dxf", ImportRefused, "coordinate system"),
    ],
)
def test_what_cannot_go_on_is_said_in_a_sentence(name, refusal, sentence):
    with pytest.raises(refusal, match=sentence):
        imported(DATA / name)
    assert not Layer.objects.filter(slug="trial").exists()


def test_a_district_lies_where_it_should():
    """The shapes arrive in MUNI_SRID within millimetres of PostGIS's own transformation."""
    imported(DATA / "iraq/irq_admbnda_adm1_cso_20190603.geojson")
    maysan = Feature.objects.get(layer__slug="trial", attributes__ADM1_EN="Maysan").geom.transform(4326, clone=True)
    west, south, east, north = maysan.extent
    assert 46.2 < west < 46.6
    assert 47.7 < east < 48.0
    assert 31.0 < south < 31.6
    assert 32.6 < north < 33.0
