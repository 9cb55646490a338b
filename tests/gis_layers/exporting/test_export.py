"""Layers out of the house: the same rule of who sees them, and nothing lost on the way out and in again."""

import csv
import io
import json
import zipfile

import geopandas
import pyogrio
import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from gis_layers.exporting import services
from gis_layers.exporting.formats import FORMATS
from gis_layers.exporting.writers import short_names
from gis_layers.fields import Attribute
from gis_layers.jobs import Stopped
from gis_layers.models import ExportJob, Feature, Layer
from gis_layers.services import withdraw
from tests.factories import LayerFactory, LayerFieldFactory, ParcelFactory, UserFactory, fill, square
from tests.gis_layers.importing.files import AMARAH, imported

pytestmark = pytest.mark.django_db


@pytest.fixture
def wells():
    layer = LayerFactory(slug="wells", public=True, licence="CC BY 4.0", source="Survey")
    for name, kind in (
        ("name", "text"),
        ("storeys", "integer"),
        ("area", "number"),
        ("open", "boolean"),
        ("built", "date"),
        ("seen_at", "datetime"),
    ):
        LayerFieldFactory(layer=layer, name=name, type=kind, title_ar=f"عنوان {name}")
    return fill(
        layer,
        *(
            (
                square(AMARAH[0] + i * 0.01, AMARAH[1]),
                {
                    "name": f'حي {i}, "النصر"',
                    "storeys": i,
                    "area": i + 0.25,
                    "open": bool(i % 2),
                    "built": f"2024-02-0{i + 1}",
                    "seen_at": f"2024-02-0{i + 1}T08:30:00Z",
                },
            )
            for i in range(4)
        ),
        (square(AMARAH[0], AMARAH[1] + 0.1), dict.fromkeys(["name", "storeys", "area", "open", "built", "seen_at"])),
    )


def written(layer, key, folder, user=None, **options):
    chosen = FORMATS[key]
    path = folder / f"{layer.slug}.{chosen.extension}"
    srid = options.pop("srid", chosen.fixed_srid or chosen.default_srid)
    services.write(layer, user or AnonymousUser(), chosen, path, srid=srid, **options)
    return path


def rows_of(slug):
    """(shape in degrees, attributes), from west to east and south to north: FlatGeobuf sorts its features."""
    features = Feature.objects.filter(layer__slug=slug).current()
    rows = [(f.geom.transform(4326, clone=True), f.attributes) for f in features]
    return sorted(rows, key=lambda row: [round(number, 5) for number in row[0].centroid.coords])


@pytest.mark.parametrize("key", list(FORMATS))
def test_out_and_in_again(wells, tmp_path, key):
    path = written(wells, key, tmp_path)
    asked = {"dxf": "EPSG:32638", "csv": "EPSG:4326"}.get(key)
    job = imported(path, slug="again", crs_text=asked)
    assert (job.state, job.read, job.rejected) == ("done", 5, 0), job.error
    for (shape, attributes), (back, attributes_back) in zip(rows_of("wells"), rows_of("again"), strict=True):
        assert back.sym_difference(shape).area < 1e-9
        assert back.extent == pytest.approx(shape.extent, abs=1e-6)
        if key == "dxf":
            continue
        told = {name.lower(): value for name, value in attributes_back.items()}  # KML calls its own field Name
        for name, value in attributes.items():
            assert loosely(told[name]) == loosely(value), name


def loosely(value):
    """DBF knows neither truth values nor times of day as JSON does; KML and CSV write them as text."""
    if value in (None, ""):
        return None
    text = str(value).lower().replace("/", "-").replace("+00:00", "z").replace(".000", "").replace(" ", "t")
    return {"true": "1", "false": "0"}.get(text, text)


def test_a_shapefile_carries_arabic_names_licence_and_encoding(tmp_path):
    layer = LayerFactory(slug="wells", licence="CC BY 4.0")
    LayerFieldFactory(layer=layer, name="registered_area", title_ar="المساحة المسجلة")
    LayerFieldFactory(layer=layer, name="registered_area_2")
    LayerFieldFactory(layer=layer, name="اسم_الحي")
    layer = fill(layer, (square(*AMARAH), {"registered_area": "1", "registered_area_2": "2", "اسم_الحي": "النصر"}))
    with zipfile.ZipFile(written(layer, "shp", tmp_path)) as archive:
        names = archive.namelist()
        about = json.loads(archive.read("metadata.json"))
        fields = list(csv.reader(io.StringIO(archive.read("fields.csv").decode("utf-8-sig"))))
        assert archive.read("wells.cpg") == b"UTF-8"
        archive.extractall(tmp_path / "out")
    assert "wells.shp" in names
    assert about["licence"] == "CC BY 4.0"
    assert [row[:3] for row in fields[1:3]] == [
        ["registered", "registered_area", "المساحة المسجلة"],
        ["register_2", "registered_area_2", ""],
    ]
    frame = geopandas.read_file(tmp_path / "out" / "wells.shp")
    assert "النصر" in frame.iloc[0].tolist()


def test_short_names_are_unlike_and_fit():
    names = short_names([Attribute(name=f"a_rather_long_name_{i}") for i in range(30)])
    assert len({n.lower() for n in names.values()}) == 30
    assert all(len(n.encode()) <= 10 for n in names.values())


def test_geometry_of_several_kinds_makes_several_shapefiles(tmp_path):
    layer = fill(
        LayerFactory(slug="mixed", geometry_type="Geometry"), (square(*AMARAH), {}), (square(*AMARAH).centroid, {})
    )
    with zipfile.ZipFile(written(layer, "shp", tmp_path)) as archive:
        assert {"mixed_points.shp", "mixed_areas.shp"} <= set(archive.namelist())


def test_a_geopackage_carries_its_metadata(wells, tmp_path):
    info = pyogrio.read_info(written(wells, "gpkg", tmp_path, srid=32638), layer="wells")
    assert info["crs"] == "EPSG:32638"
    assert info["layer_metadata"]["licence"] == "CC BY 4.0"


def test_only_a_box(wells, tmp_path):
    path = written(wells, "geojson", tmp_path, box=(47.1449, 31.83, 47.1561, 31.85))
    assert len(json.loads(path.read_text())["features"]) == 2


def test_registered_layers_go_out_too(tmp_path):
    ParcelFactory(parcel_no="12/7")
    path = written(Layer.objects.get(slug="parcels"), "csv", tmp_path)
    assert "12/7" in path.read_text(encoding="utf-8-sig")


def test_a_stopped_export_leaves_nothing(wells, tmp_path):
    def stop(done):
        raise Stopped

    with pytest.raises(Stopped):
        written(wells, "gpkg", tmp_path, on_progress=stop)
    assert not list(tmp_path.glob("wells*"))
    assert not list(tmp_path.glob("unfinished*"))


# Pages


def run(response):
    job = ExportJob.objects.get(pk=response.url.rstrip("/").rsplit("/", 1)[-1])
    services.run(job.pk)
    job.refresh_from_db()
    return job


def test_a_visitor_downloads_a_public_layer(wells):
    visitor = Client()
    assert visitor.get("/layers/wells/export/").status_code == 200
    job = run(visitor.get("/layers/wells/export/?format=geojson"))
    assert (job.state, job.percent) == ("done", 100)
    address = reverse("exporting:download", args=[job.pk])
    response = visitor.get(address)
    assert response["Content-Type"] == "application/geo+json"
    assert len(json.loads(b"".join(response.streaming_content))["features"]) == 5
    assert Client().get(address).status_code == 404


def test_somebody_else_s_export_is_not_there(wells, client_of, citizen):
    job = run(client_of(citizen).get("/layers/wells/export/?format=gpkg"))
    other = client_of(UserFactory())
    for name in ("job", "download"):
        address = reverse(f"exporting:{name}", args=[job.pk])
        response = client_of(citizen).get(address)
        assert response.status_code == 200
        assert b"".join(response)
        assert other.get(address).status_code == 404
        assert Client().get(address).status_code == 404
    assert other.post(reverse("exporting:cancel", args=[job.pk])).status_code == 404


def test_a_withdrawn_layer_s_export_is_gone(wells, client_of, citizen):
    boss = UserFactory(is_superuser=True)
    job = run(client_of(citizen).get("/layers/wells/export/?format=gpkg"))
    withdraw(wells, by=boss)
    assert client_of(citizen).get(reverse("exporting:download", args=[job.pk])).status_code == 404
    assert client_of(citizen).get("/layers/wells/export/").status_code == 404


def test_a_layer_withdrawn_before_the_worker_came_is_not_written(wells, client_of, citizen):
    response = client_of(citizen).get("/layers/wells/export/?format=gpkg")
    withdraw(wells, by=UserFactory(is_superuser=True))
    job = run(response)
    assert job.state == "failed"
    assert not job.file.exists()


def test_private_layers_are_404(client_of, citizen):
    fill(LayerFactory(slug="secret"), (square(*AMARAH), {}))
    for client in (Client(), client_of(citizen)):
        assert client.get("/layers/secret/export/?format=gpkg").status_code == 404
    assert not ExportJob.objects.exists()


def test_an_equal_export_is_given_again_until_the_layer_changes(wells, client_of, citizen):
    client = client_of(citizen)
    first = client.get("/layers/wells/export/?format=gpkg").url
    assert client.get("/layers/wells/export/?format=gpkg").url == first
    fill(wells, (square(*AMARAH), {"name": "new"}))
    assert client.get("/layers/wells/export/?format=gpkg").url != first


@pytest.mark.parametrize(
    "query", ["format=doc", "format=gpkg&bbox=1,2,3", "format=gpkg&bbox=5,5,1,1", "format=gpkg&crs=x"]
)
def test_wrong_wishes_are_told(wells, query):
    response = Client().get(f"/layers/wells/export/?{query}")
    assert response.status_code == 400
    assert response.context["refusal"].message in response.content.decode()


def test_visitors_cannot_fill_the_queue(wells, monkeypatch):
    monkeypatch.setattr(services, "VISITORS_AT_ONCE", 1)
    Client().get("/layers/wells/export/?format=gpkg")
    assert Client().get("/layers/wells/export/?format=gpkg").status_code == 429


def test_one_visitor_cannot_take_every_place_in_the_queue(wells, monkeypatch):
    monkeypatch.setattr(services, "OF_ONE_ADDRESS", 2)
    asked = "/layers/wells/export/?format=gpkg"
    assert [Client().get(asked).status_code for _ in range(3)] == [302, 302, 429]
    assert Client(REMOTE_ADDR="192.0.2.7").get(asked).status_code == 302
    ExportJob.objects.update(state=ExportJob.State.DONE)
    assert Client().get(asked).status_code == 302


def test_what_the_label_says_is_the_name_in_google_earth(tmp_path):
    layer = LayerFactory(slug="plots", label_field="number", public=True)
    LayerFieldFactory(layer=layer, name="number")
    fill(layer, (square(*AMARAH), {"number": "٣٤٥"}))
    text = written(layer, "kml", tmp_path).read_text()
    assert "<name>٣٤٥</name>" in text
    assert '<SimpleData name="number">٣٤٥</SimpleData>' in text


def test_the_command_writes_what_the_name_says(wells, tmp_path):
    out = io.StringIO()
    call_command("export_layer", "wells", str(tmp_path / "wells.fgb"), stdout=out)
    assert "5 features" in out.getvalue()
    assert len(geopandas.read_file(tmp_path / "wells.fgb")) == 5
    with pytest.raises(CommandError, match="no layer"):
        call_command("export_layer", "nothing", str(tmp_path / "a.gpkg"))
    with pytest.raises(CommandError, match="must end in"):
        call_command("export_layer", "wells", str(tmp_path / "a.doc"))
