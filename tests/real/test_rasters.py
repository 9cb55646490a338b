"""Real pictures, good and bad, from ../shared/data/raster."""

import io
from pathlib import Path

import pytest
from django.utils import translation

from gis_layers.rasters import services, tiles
from gis_layers.rasters.models import RasterSheet

RASTERS = Path(__file__).resolve().parents[3] / "shared/data/raster"
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.real,
    pytest.mark.skipif(not RASTERS.is_dir(), reason="../shared/data is not on this machine"),
]


def converted(path, planner):
    content = path.read_bytes()
    department = planner.memberships.get().department
    sheet = services.announce(
        by=planner, department=department, title_ar="صورة", file_name=path.name, file_size=len(content)
    )
    services.receive(sheet, offset=0, stream=io.BytesIO(content), length=len(content))
    with translation.override("en"):
        RasterSheet.objects.update(language="en")
        services.run(sheet.pk)
    sheet.refresh_from_db()
    return sheet


@pytest.mark.parametrize(
    ("name", "crs", "size", "metres", "bounds"),
    [
        ("za_aerial_3320D_rgb.tif", "EPSG:4326", (1089, 1093), 2.77, (20.49896, -34.00068, 20.52618, -33.97336)),
        ("cog.tif", "EPSG:32621", (2658, 2667), 100.05, (-61.28762, 72.22980, -52.30160, 74.66298)),
    ],
)
def test_real_pictures_become_sheets(planner, name, crs, size, metres, bounds):
    sheet = converted(RASTERS / name, planner)
    assert (sheet.state, sheet.error) == ("done", "")
    assert (sheet.crs, (sheet.width, sheet.height)) == (crs, size)
    assert sheet.resolution == pytest.approx(metres, rel=0.01)
    assert sheet.bounds == pytest.approx(bounds, abs=1e-4)
    assert tiles.tile(sheet, 0, 0, 0).startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("cog_gcps.tif", "has control points but is not rectified"),
        ("no_geo2.jpg", "not a GeoTIFF"),
        ("rasterio_corrupt.tif", "The file is damaged"),
        ("rasterio_rotated.tif", "does not say its coordinate system"),
    ],
)
def test_what_is_no_sheet_is_said_in_a_sentence(planner, name, sentence):
    sheet = converted(RASTERS / name, planner)
    assert sheet.state == "failed"
    assert sentence in sheet.error
    assert not sheet.folder.exists()


@pytest.mark.parametrize("folder", ["shp", "gpkg", "json", "kml_gpx"])
def test_files_of_other_kinds_are_refused(planner, folder):
    """GDAL's own hard cases: the converter knows one format and opens nothing else."""
    for path in sorted((RASTERS.parent / "import" / folder).iterdir())[:6]:
        if path.is_file() and path.stat().st_size:
            assert "not a GeoTIFF" in converted(path, planner).error, path.name
