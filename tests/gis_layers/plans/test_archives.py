import gzip
import hashlib
from datetime import date

import pyogrio
import pytest
from django.db import InternalError, connection, transaction
from django_tasks_db.models import DBTaskResult
from pmtiles.reader import MmapSource, Reader, all_tiles

from gis_layers.plans import archives, services
from gis_layers.plans.models import Archive
from gis_layers.plans.tiles import covering
from tests.factories import LayerFactory, LayerFieldFactory, UserFactory, fill, square
from tests.gis_layers.plans.factories import AMARAH, PlanFactory
from tests.mvt import check

pytestmark = pytest.mark.django_db


@pytest.fixture
def plan(office):
    streets = fill(LayerFactory(department=office, slug="streets"), (square(*AMARAH), {}))
    return PlanFactory(place=office.place, department=office, state="published", number="7/2019", street_layer=streets)


def test_publishing_asks_for_the_archives(office):
    plan = PlanFactory(place=office.place, department=office, state="approved")
    services.publish(plan, by=UserFactory(is_superuser=True), in_force_from=date(2026, 1, 1))
    job = DBTaskResult.objects.get(task_path="gis_layers.plans.tasks.make_archives")
    assert job.args_kwargs["args"] == [plan.pk]


def test_the_geopackage_holds_zones_rules_and_streets(plan):
    archives.make(plan.pk)
    found = plan.archives.get(format="gpkg")
    assert found.sha256 == hashlib.sha256(found.file.read_bytes()).hexdigest()
    assert {name for name, _kind in pyogrio.list_layers(found.file)} == {"zones", "streets", "provisions"}
    zones = pyogrio.read_dataframe(found.file, layer="zones")
    assert sorted(zones["code"]) == ["C1", "R1"]
    assert zones.crs.to_epsg() == 32638
    assert zones.area.sum() == pytest.approx(sum(zone.geom.area for zone in plan.zones.law()), rel=1e-9)
    rules = pyogrio.read_dataframe(found.file, layer="provisions", read_geometry=False)
    assert list(rules[["zone", "parameter", "value"]].itertuples(index=False, name=None)) == [
        ("R1", "setback_front", 3.0),
        ("R1", "coverage", 60.0),
        ("R1", "floors", 2.5),
    ]


class TestParts:
    """Street lines and public facilities are frozen with the zones: page, tiles and archive agree for ever."""

    @pytest.fixture
    def approved(self, office):
        streets = LayerFactory(department=office, slug="streets", title_ar="خطوط الشوارع", label_field="name")
        LayerFieldFactory(layer=streets, name="name", title_ar="الاسم")
        LayerFieldFactory(layer=streets, name="width", type="number", title_ar="العرض")
        fill(streets, (square(*AMARAH), {"name": "شارع دجلة", "width": 20}))
        schools = LayerFactory(department=office, slug="schools", geometry_type="Point")
        fill(schools, (square(AMARAH[0] + 0.05, AMARAH[1]).centroid, {}))
        return PlanFactory(
            place=office.place, department=office, state="approved", street_layer=streets, facility_layer=schools
        )

    @pytest.fixture
    def law(self, approved):
        return services.publish(approved, by=UserFactory(is_superuser=True), in_force_from=date(2026, 1, 1))

    def test_what_changes_in_the_layers_later_is_not_law(self, law):
        street = law.street_layer
        street.features.all().delete()
        street.schema.all().delete()
        street.title_ar = "آخر"
        street.save()
        archives.make(law.pk)
        found = law.archives.get(format="gpkg")
        streets = pyogrio.read_dataframe(found.file, layer="streets")
        assert streets[["name", "width"]].values.tolist() == [["شارع دجلة", 20.0]]
        assert pyogrio.read_info(found.file, layer="streets")["layer_metadata"]["title_ar"] == "خطوط الشوارع"
        assert len(pyogrio.read_dataframe(found.file, layer="schools")) == 1

    def test_tiles_of_the_page_and_the_archive_show_the_same(self, law, client):
        z, x, y = next((14, *at) for at in covering((*AMARAH, *AMARAH), 14))
        shown = client.get(f"/plans/{law.pk}/tiles/{z}/{x}/{y}.mvt").content
        assert check(shown).keys() >= {"zones", "streets"}
        law.street_layer.features.all().delete()
        assert client.get(f"/plans/{law.pk}/tiles/{z}/{x}/{y}.mvt").content == shown
        archives.make(law.pk)
        with law.archives.get(format="pmtiles").file.open("rb") as file:
            source = MmapSource(file)
            assert gzip.decompress(Reader(source).get(z, x, y)) == shown
            told = Reader(source).metadata()["vector_layers"]
            lon, lat = AMARAH[0] + 0.0505, AMARAH[1] + 0.0005
            ((far_x, far_y),) = covering((lon, lat, lon, lat), 15)
            assert "facilities" in check(gzip.decompress(Reader(source).get(15, far_x, far_y)))
        assert [layer["id"] for layer in told] == ["zones", "streets", "facilities"]

    def test_the_page_lists_them(self, law, client):
        page = client.get(f"/plans/{law.pk}/")
        assert "خطوط الشوارع" in page.text
        (plan,) = page.context["map"]["plans"]
        assert plan["parts"] == [{"name": "streets", "label": "name"}, {"name": "facilities", "label": ""}]

    @pytest.mark.parametrize("table", ["plans_planpart", "plans_planfeature"])
    @pytest.mark.parametrize("change", ["DELETE FROM {}", "UPDATE {} SET id = id"])
    def test_the_database_refuses_to_change_them(self, law, table, change):
        with pytest.raises(InternalError, match="is law"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(change.format(table))


def test_the_tile_archive_holds_every_tile_of_the_plan(plan):
    archives.make(plan.pk)
    found = plan.archives.get(format="pmtiles")
    with found.file.open("rb") as file:
        source = MmapSource(file)
        reader = Reader(source)
        header = reader.header()
        tiles = dict(all_tiles(source))
        told = reader.metadata()
    assert (header["min_zoom"], header["max_zoom"]) == (archives.MIN_ZOOM, archives.MAX_ZOOM)
    assert (told["number"], told["vector_layers"][0]["id"]) == ("7/2019", "zones")
    west, south, east, north = (header[f"{edge}_e7"] / 1e7 for edge in ("min_lon", "min_lat", "max_lon", "max_lat"))
    assert (west, south) == pytest.approx(AMARAH, abs=1e-5)
    wanted = {(15, x, y) for x, y in covering((west, south, east, north), 15)}
    assert wanted == {tile for tile in tiles if tile[0] == 15}
    for content in tiles.values():
        assert check(gzip.decompress(content))["zones"] >= 1


def test_an_archive_is_made_once(plan):
    archives.make(plan.pk)
    before = {found.format: (found.sha256, found.file.stat().st_mtime_ns) for found in plan.archives.all()}
    archives.make(plan.pk)
    after = {found.format: (found.sha256, found.file.stat().st_mtime_ns) for found in Archive.objects.all()}
    assert before == after
    assert not [path for path in found_folder(plan).iterdir() if path.is_dir()]


def found_folder(plan):
    return plan.archives.first().file.parent


def test_what_was_interrupted_is_finished(plan):
    archives.make(plan.pk)
    plan.archives.get(format="pmtiles").delete()
    archives.make(plan.pk)
    assert plan.archives.count() == 2


def test_only_what_is_law_is_archived(office):
    plan = PlanFactory(place=office.place, department=office, state="consultation")
    archives.make(plan.pk)
    assert not Archive.objects.exists()


def test_the_page_says_when_the_files_are_ready(client, plan):
    waiting = "الملفات قيد الإعداد"
    assert waiting in client.get(f"/plans/{plan.pk}/").content.decode()
    archives.make(plan.pk)
    page = client.get(f"/plans/{plan.pk}/").content.decode()
    assert waiting not in page
    assert plan.archives.get(format="gpkg").sha256 in page


def test_files_are_at_their_address_whole_and_in_ranges(client, plan):
    archives.make(plan.pk)
    found = plan.archives.get(format="pmtiles")
    address, content = f"/plans/{plan.pk}/archive.pmtiles", found.file.read_bytes()
    whole = client.get(address)
    assert b"".join(whole.streaming_content) == content
    assert whole["ETag"] == f'"{found.sha256}"'
    part = client.get(address, headers={"Range": "bytes=0-126"})
    assert (part.status_code, b"".join(part), part["Content-Range"]) == (
        206,
        content[:127],
        f"bytes 0-126/{len(content)}",
    )
    tail = client.get(address, headers={"Range": f"bytes={len(content) - 5}-"})
    assert b"".join(tail) == content[-5:]
    assert client.get(address, headers={"Range": f"bytes={len(content)}-"}).status_code == 416
    end = client.get(address, headers={"Range": "bytes=-7"})
    assert (end.status_code, b"".join(end), end["Content-Length"]) == (206, content[-7:], "7")
    packed = client.get(address, headers={"Range": "bytes=0-1000", "Accept-Encoding": "gzip"})
    assert b"".join(packed) == content[:1001], "a range of the file, not of its compressed form"
    assert client.get(f"/plans/{plan.pk}/archive.shp").status_code == 404
