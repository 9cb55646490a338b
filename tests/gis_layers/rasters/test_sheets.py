"""From a GeoTIFF in pieces to tiles: breaks on the way, files that are none, workers that die."""

import io
import json
import os
import re
import signal
import subprocess
import sys
import time
import warnings
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
import rasterio
from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils import timezone, translation
from rasterio.errors import NotGeoreferencedWarning
from rasterio.io import MemoryFile

from gis_layers.models import Layer
from gis_layers.rasters import services
from gis_layers.rasters.models import RasterSheet
from muni.core.errors import BadRequest, DomainError, Forbidden
from muni.journal.models import Entry
from tests.factories import DepartmentFactory, UserFactory
from tests.gis_layers.plans.factories import PlanFactory
from tests.gis_layers.rasters.files import bomb, geotiff

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


@pytest.fixture
def department(planner):
    return planner.memberships.get().department


def announced(planner, department, size, **words):
    given = {"title_ar": "مخطط", "file_name": "plan.tif", "source": "1972", "licence": "CC BY 4.0", **words}
    return services.announce(by=planner, department=department, file_size=size, **given)


def received(planner, department, path, **words):
    """A sheet whose file has arrived, queued."""
    content = path.read_bytes()
    sheet = announced(planner, department, len(content), **words)
    services.receive(sheet, offset=0, stream=io.BytesIO(content), length=len(content))
    sheet.refresh_from_db()
    return sheet


def converted(planner, department, path, **words):
    sheet = received(planner, department, path, **words)
    services.run(sheet.pk)
    sheet.refresh_from_db()
    return sheet


def picture(content):
    """Bands of a PNG."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        with MemoryFile(content) as file, file.open() as png:
            return png.read()


class TestArriving:
    @pytest.fixture
    def sheet(self, planner, department):
        return announced(planner, department, 10)

    def test_pieces_are_put_one_after_the_other(self, sheet):
        assert services.receive(sheet, offset=0, stream=io.BytesIO(b"abcd"), length=4) == 4
        assert services.receive(sheet, offset=4, stream=io.BytesIO(b"efghij"), length=6) == 10
        assert sheet.incoming.read_bytes() == b"abcdefghij"
        sheet.refresh_from_db()
        assert sheet.state == "queued"

    def test_what_came_of_a_piece_that_broke_off_stays(self, sheet):
        assert services.receive(sheet, offset=0, stream=io.BytesIO(b"abc"), length=8) == 3
        assert services.receive(sheet, offset=3, stream=io.BytesIO(b"defghij"), length=7) == 10

    def test_a_piece_that_does_not_begin_where_the_file_ends_is_refused(self, sheet):
        services.receive(sheet, offset=0, stream=io.BytesIO(b"abcd"), length=4)
        for offset in (0, 3, 5):
            with pytest.raises(services.OffsetConflict):
                services.receive(sheet, offset=offset, stream=io.BytesIO(b"x"), length=1)
        assert sheet.received == 4

    def test_more_than_was_announced_is_refused(self, sheet):
        with pytest.raises(services.SheetTooLarge):
            services.receive(sheet, offset=0, stream=io.BytesIO(b"x" * 11), length=11)
        assert sheet.received == 0

    def test_two_requests_do_not_write_at_once(self, sheet):
        class Hanging(io.BytesIO):
            def read(self, size=-1):
                with pytest.raises(services.UploadBusy):
                    services.receive(sheet, offset=0, stream=io.BytesIO(b"x"), length=1)
                return super().read(size)

        services.receive(sheet, offset=0, stream=Hanging(b"abcd"), length=4)
        assert sheet.received == 4

    def test_an_ended_upload_takes_nothing(self, sheet, planner):
        services.cancel(sheet, by=planner)
        sheet.refresh_from_db()
        with pytest.raises(services.UploadEnded):
            services.receive(sheet, offset=0, stream=io.BytesIO(b"x"), length=1)
        assert not sheet.folder.exists()

    def test_the_same_file_goes_on_where_it_was(self, sheet, planner, department):
        services.receive(sheet, offset=0, stream=io.BytesIO(b"abcd"), length=4)
        assert announced(planner, department, 10) == sheet
        assert announced(planner, department, 11) != sheet
        assert announced(planner, department, 10, title_ar="غيره") != sheet

    def test_what_nobody_came_back_for_is_removed_after_a_week(self, sheet, planner, department):
        services.receive(sheet, offset=0, stream=io.BytesIO(b"abcd"), length=4)
        RasterSheet.objects.update(made_at=timezone.now() - timedelta(days=8))
        services.forget_abandoned()
        assert RasterSheet.objects.exists()  # a byte came today
        os.utime(sheet.incoming, (0, 0))
        services.forget_abandoned()
        assert not RasterSheet.objects.exists()
        assert not sheet.folder.exists()

    @pytest.mark.parametrize(("size", "words"), [(500 * 1024**2 + 1, {}), (0, {}), (5, {"title_ar": " "})])
    def test_what_cannot_become_a_sheet_is_refused_before_a_byte_is_sent(self, planner, department, size, words):
        with pytest.raises(BadRequest):
            announced(planner, department, size, **words)
        assert not RasterSheet.objects.exists()

    def test_only_those_who_may_make_layers_there_add_sheets(self, planner):
        with pytest.raises(Forbidden):
            announced(planner, DepartmentFactory(), 10)


class TestConversion:
    def test_facts_are_recorded(self, planner, department, tmp_path):
        path = geotiff(tmp_path / "plan.tif")
        sheet = converted(planner, department, path)
        assert (sheet.state, sheet.error) == ("done", "")
        assert (sheet.crs, sheet.width, sheet.height, sheet.bands) == ("EPSG:32638", 600, 500, 3)
        assert sheet.resolution == pytest.approx(0.5, abs=0.001)
        west, south, east, north = sheet.bounds
        assert 47.1 < west < east < 47.2
        assert 31.8 < south < north < 31.9
        assert sheet.max_zoom == 18
        assert len(sheet.sha256) == 64
        assert sheet.cog_size == sheet.cog.stat().st_size
        assert sorted(p.name for p in sheet.folder.iterdir()) == ["sheet.tif"]

    def test_the_result_is_a_cloud_optimised_geotiff_with_the_same_pixels(self, planner, department, tmp_path):
        path = geotiff(tmp_path / "plan.tif", width=1500, height=1200)
        sheet = converted(planner, department, path)
        with rasterio.open(path) as before, rasterio.open(sheet.cog) as after:
            assert after.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
            assert after.overviews(1) == [2, 4]
            assert np.array_equal(before.read(), after.read())

    @pytest.mark.parametrize(
        ("facts", "bands"),
        [
            ({"bands": 1}, 1),
            ({"bands": 1, "dtype": "uint16"}, 1),
            ({"bands": 1, "dtype": "float32", "nodata": -9999}, 1),
            ({"bands": 2, "photometric": "minisblack"}, 1),
            ({"bands": 4}, 4),
            ({"bands": 7, "photometric": "minisblack"}, 3),
            ({"compress": "jpeg", "photometric": "ycbcr", "tiled": True}, 3),
            ({"crs": "EPSG:4326", "origin": None, "transform": rasterio.Affine(1e-5, 0, 47.1, 0, -1e-5, 31.8)}, 3),
            ({"crs": "EPSG:3857", "origin": (5_247_000, 3_745_000)}, 3),
            ({"origin": None, "transform": rasterio.Affine(0.4, 0.3, 702_000, 0.3, -0.4, 3_526_000)}, 3),
        ],
        ids=["grey", "16 bit", "heights", "two", "alpha", "many", "jpeg", "degrees", "mercator", "turned"],
    )
    def test_pictures_of_all_kinds_give_tiles(self, planner, department, tmp_path, client_of, facts, bands):
        sheet = converted(planner, department, geotiff(tmp_path / "plan.tif", **facts))
        assert (sheet.state, sheet.bands) == ("done", bands), sheet.error
        z, x, y = middle_tile(sheet)
        drawn = picture(client_of(planner).get(f"/rasters/{sheet.pk}/{z}/{x}/{y}.png").content)
        assert drawn[-1].max() == 255  # opaque somewhere
        assert drawn[0][drawn[-1] > 0].std() > 1  # and not of one colour

    def test_transparency_stays(self, planner, department, tmp_path):
        mask = np.full((500, 600), 255, dtype="uint8")
        mask[:, :300] = 0
        path = geotiff(tmp_path / "plan.tif")
        with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True), rasterio.open(path, "r+") as file:
            file.write_mask(mask)
        with rasterio.open(converted(planner, department, path).cog) as after:
            assert not after.read_masks(1)[:, :300].any()
            assert after.read_masks(1)[:, 300:].all()

    @pytest.mark.parametrize(
        ("make", "sentence"),
        [
            (lambda path: geotiff(path, crs=None), "does not say its coordinate system"),
            (lambda path: geotiff(path, origin=None), "not where in it"),
            (lambda path: geotiff(path, origin=(5e8, 9e8)), "nowhere on the map"),
            (lambda path: geotiff(path, bands=1, dtype="complex64"), "no picture"),
            (bomb, "GB out of almost nothing"),
            (lambda path: path.write_bytes(b"II*\0" + b"\xff" * 4000) and path, "not a GeoTIFF|damaged"),
            (lambda path: path.write_text("a picture, honestly") and path, "not a GeoTIFF"),
            (lambda path: path.write_bytes(b"<VRTDataset/>") and path, "not a GeoTIFF"),
            (lambda path: cut(geotiff(path, width=2000, height=2000)), "damaged"),
        ],
        ids=["no crs", "no place", "nowhere", "complex", "bomb", "rubbish", "text", "vrt", "cut off"],
    )
    def test_what_is_no_sheet_leaves_a_sentence_and_nothing_else(self, planner, department, tmp_path, make, sentence):
        sheet = converted(planner, department, make(tmp_path / "plan.tif"))
        assert sheet.state == "failed"
        assert re.search(sentence, sheet.error), sheet.error
        assert str(settings.MEDIA_ROOT) not in sheet.error
        assert not sheet.folder.exists()

    def test_a_cancelled_conversion_leaves_nothing(self, planner, department, tmp_path, monkeypatch):
        sheet = received(planner, department, geotiff(tmp_path / "plan.tif"))

        def stop(job, percent):
            services.cancel(sheet, by=planner)
            report(job, percent)

        report = services.report_progress
        monkeypatch.setattr(services, "report_progress", stop)
        services.run(sheet.pk)
        sheet.refresh_from_db()
        assert sheet.state == "cancelled"
        assert not sheet.folder.exists()

    def test_a_converter_that_dies_is_a_sentence(self, planner, department, tmp_path, monkeypatch):
        monkeypatch.setattr("gis_layers.rasters.conversion.MEMORY", 60 * 1024**2)
        sheet = converted(planner, department, geotiff(tmp_path / "plan.tif"))
        assert sheet.state == "failed"
        assert sheet.error


def cut(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    return path


def middle_tile(sheet, z=15):
    west, south, east, north = sheet.bounds
    lon, lat = (west + east) / 2, (south + north) / 2
    x = int((lon + 180) / 360 * 2**z)
    y = int((1 - np.arcsinh(np.tan(np.radians(lat))) / np.pi) / 2 * 2**z)
    return z, x, y


class TestTiles:
    @pytest.fixture
    def sheet(self, planner, department, tmp_path):
        return converted(planner, department, geotiff(tmp_path / "plan.tif"))

    def test_a_tile_is_a_png_that_clients_keep(self, sheet, client_of, planner):
        client = client_of(planner)
        z, x, y = middle_tile(sheet)
        tile = client.get(f"/rasters/{sheet.pk}/{z}/{x}/{y}.png")
        assert (tile.status_code, tile.headers["Content-Type"]) == (200, "image/png")
        assert picture(tile.content).shape[1:] == (256, 256)
        again = client.get(f"/rasters/{sheet.pk}/{z}/{x}/{y}.png", headers={"If-None-Match": tile.headers["ETag"]})
        assert (again.status_code, again.content) == (304, b"")

    def test_elsewhere_it_is_transparent_and_beyond_the_scheme_an_error(self, sheet, client_of, planner):
        client = client_of(planner)
        away = client.get(f"/rasters/{sheet.pk}/3/0/0.png")
        assert not picture(away.content)[-1].any()
        assert client.get(f"/rasters/{sheet.pk}/3/8/0.png").status_code == 400
        assert client.get(f"/rasters/{sheet.pk}/60/0/0.png").status_code == 400

    def test_a_sheet_is_seen_by_those_whom_its_visibility_names(self, sheet, client_of, planner, citizen):
        official = UserFactory(permissions=["gis_layers.view_layer"])
        z, x, y = middle_tile(sheet)

        def seen_by(*clients):
            addresses = [f"/rasters/{sheet.pk}/", f"/rasters/{sheet.pk}/{z}/{x}/{y}.png"]
            return [{client.get(address).status_code for address in addresses} for client in clients]

        clients = Client(), client_of(citizen), client_of(official), client_of(planner)
        assert seen_by(*clients) == [{404}, {404}, {404}, {200}]
        services.show_to(sheet, by=planner, visibility=Layer.Visibility.STAFF)
        assert seen_by(*clients) == [{404}, {404}, {200}, {200}]
        services.show_to(sheet, by=planner, visibility=Layer.Visibility.PUBLIC)
        assert seen_by(*clients) == [{200}, {200}, {200}, {200}]
        services.show_to(sheet, by=planner, visibility=Layer.Visibility.PRIVATE)
        assert seen_by(*clients) == [{404}, {404}, {404}, {200}]
        assert Entry.objects.about(sheet).filter(act="rasters.show_to").count() == 3

    def test_everybody_sees_only_what_has_a_source_and_a_licence(self, sheet, planner):
        services.describe(sheet, by=planner, licence=" ")
        with pytest.raises(BadRequest):
            services.show_to(sheet, by=planner, visibility=Layer.Visibility.PUBLIC)

    def test_a_public_sheet_is_not_deleted_and_a_private_one_goes_with_its_files(
        self, sheet, planner, django_capture_on_commit_callbacks
    ):
        services.show_to(sheet, by=planner, visibility=Layer.Visibility.PUBLIC)
        with pytest.raises(DomainError):
            services.delete(RasterSheet.objects.get(), by=planner)
        services.show_to(sheet, by=planner, visibility=Layer.Visibility.PRIVATE)
        with django_capture_on_commit_callbacks(execute=True):
            services.delete(RasterSheet.objects.get(), by=planner)
        assert not RasterSheet.objects.exists()
        assert not sheet.folder.exists()

    def test_a_sheet_that_a_plan_shows_is_not_deleted(self, sheet, planner):
        plan = PlanFactory(state="published")
        plan.sheets.add(sheet)
        with pytest.raises(services.SheetInUse):
            services.delete(sheet, by=planner)
        assert sheet.cog.exists()
        plan.sheets.remove(sheet)
        services.delete(sheet, by=planner)

    def test_a_stranger_changes_nothing(self, sheet):
        stranger = UserFactory(permissions=["gis_layers.change_layer", "gis_layers.publish_layer"])
        for act in (
            lambda: services.describe(sheet, by=stranger, title_ar="x"),
            lambda: services.show_to(sheet, by=stranger, visibility="public"),
            lambda: services.delete(sheet, by=stranger),
            lambda: services.cancel(sheet, by=stranger),
        ):
            with pytest.raises(Forbidden):
                act()


class TestPages:
    @pytest.fixture
    def page(self, client_of, planner):
        client = client_of(planner)
        client.get("/layers/?lang=en")
        return client

    def announce(self, page, department, **changes):
        given = {"title_ar": "مخطط", "department": department.pk, "file_name": "plan.tif", "file_size": 9, **changes}
        return page.post("/rasters/new/", json.dumps(given), content_type="application/json")

    def test_a_killed_upload_resumes(self, page, department, tmp_path):
        """The protocol as the script speaks it: announce, append, ask after a break, append."""
        content = geotiff(tmp_path / "plan.tif").read_bytes()
        told = self.announce(page, department, file_size=len(content)).json()
        assert told["offset"] == 0
        half = len(content) // 2

        def append(offset, piece):
            return page.patch(
                told["upload"],
                piece,
                content_type="application/offset+octet-stream",
                headers={"Upload-Offset": str(offset)},
            )

        assert append(0, content[:half]).headers["Upload-Offset"] == str(half)
        repeated = append(0, content[:half])
        assert (repeated.status_code, repeated.headers["Upload-Offset"]) == (409, str(half))
        asked = page.head(told["upload"])
        assert (asked.headers["Upload-Offset"], asked.headers["Upload-Length"]) == (str(half), str(len(content)))
        assert self.announce(page, department, file_size=len(content)).json() == {**told, "offset": half}
        assert "still arriving" in page.get(told["page"]).content.decode()
        assert append(half, content[half:]).headers["Upload-Offset"] == str(len(content))

        sheet = RasterSheet.objects.get()
        assert sheet.state == "queued"
        assert page.head(told["upload"]).headers["Upload-Offset"] == str(len(content))
        services.run(sheet.pk)
        seen = page.get(told["page"])
        assert seen.context["map"]["bounds"] == RasterSheet.objects.get().bounds
        assert "0.50 m a pixel" in seen.content.decode()
        assert page.get(told["page"], headers={"HX-Request": "true"}).headers["HX-Refresh"] == "true"

    def test_refusals_are_sentences_with_the_fields_they_are_about(self, page, department):
        assert self.announce(page, department, file_size=600 * 1024**2).status_code == 413
        missing = self.announce(page, department, title_ar="")
        assert (missing.status_code, list(missing.json()["fields"])) == (400, ["title_ar"])
        elsewhere = self.announce(page, DepartmentFactory())
        assert (elsewhere.status_code, list(elsewhere.json()["fields"])) == (400, ["department"])
        assert page.post("/rasters/new/", "[]", content_type="application/json").status_code == 400
        assert page.post("/rasters/new/", "{", content_type="application/json").status_code == 400
        assert not RasterSheet.objects.exists()

    def test_a_piece_without_its_place_is_refused(self, page, department):
        told = self.announce(page, department).json()
        assert page.patch(told["upload"], b"abc", content_type="application/offset+octet-stream").status_code == 400
        assert RasterSheet.objects.get().received == 0

    def test_nobody_else_adds_to_an_upload(self, page, department, client_of):
        told = self.announce(page, department).json()
        stranger = client_of(UserFactory(permissions=["gis_layers.change_layer", "gis_layers.add_layer"]))
        assert stranger.patch(told["upload"], b"abc", headers={"Upload-Offset": "0"}).status_code == 404
        assert stranger.head(told["upload"]).status_code == 404

    def test_the_page_of_a_failed_sheet_says_why(self, page, planner, department, tmp_path):
        sheet = converted(planner, department, geotiff(tmp_path / "plan.tif", crs=None))
        assert sheet.error in page.get(f"/rasters/{sheet.pk}/").content.decode()

    def test_words_and_visibility_are_changed(self, page, planner, department, tmp_path):
        sheet = converted(planner, department, geotiff(tmp_path / "plan.tif"))
        words = {"title_ar": "مخطط 1972", "title_en": "Plan", "source": "Directorate", "licence": "CC BY"}
        assert page.post(f"/rasters/{sheet.pk}/about/", words).status_code == 302
        page.post(f"/rasters/{sheet.pk}/visibility/", {"visibility": "public"})
        sheet.refresh_from_db()
        assert (sheet.title_ar, sheet.visibility) == ("مخطط 1972", "public")
        listed = Client().get("/rasters/").context["page"].object_list
        assert list(listed) == [sheet]
        page.post(f"/rasters/{sheet.pk}/delete/")
        assert RasterSheet.objects.exists()

    def test_the_list_asks_the_same_however_many_there_are(self, page, planner, department, django_assert_num_queries):
        announced(planner, department, 10)
        with django_assert_num_queries(14, exact=False) as few:
            page.get("/rasters/")
        for n in range(11, 16):
            announced(planner, department, n)
        with django_assert_num_queries(len(few)):
            page.get("/rasters/")


RUN = """
import django, sys
django.setup()
from django.db import connection
connection.settings_dict["NAME"] = sys.argv[1]
from django.conf import settings
settings.MEDIA_ROOT = sys.argv[2]
from gis_layers.rasters import services
services.run(sys.argv[3])
"""


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_killed_conversion_is_run_again(planner, department, tmp_path):
    path = geotiff(tmp_path / "plan.tif", width=9000, height=9000)
    sheet = received(planner, department, path)
    arguments = [connection.settings_dict["NAME"], str(settings.MEDIA_ROOT), str(sheet.pk)]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "muni.settings"}
    worker = subprocess.Popen([sys.executable, "-c", RUN, *arguments], cwd=settings.BASE_DIR, env=environment)
    deadline = time.monotonic() + 300
    while not (RasterSheet.objects.get().progress and list(sheet.folder.glob("work/*"))):
        assert worker.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)
    (converter,) = Path(f"/proc/{worker.pid}/task/{worker.pid}/children").read_text().split()
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()
    while Path(f"/proc/{converter}/cmdline").exists() and Path(f"/proc/{converter}/cmdline").read_bytes():
        assert time.monotonic() < deadline  # it dies with its worker
        time.sleep(0.02)
    sheet.refresh_from_db()
    assert (sheet.state, sheet.cog.exists()) == ("running", False)

    services.run(sheet.pk)
    sheet.refresh_from_db()
    assert sheet.state == "done", sheet.error
    assert not (sheet.folder / "work").exists()
    with rasterio.open(sheet.cog) as after:
        assert (after.width, after.height) == (9000, 9000)
