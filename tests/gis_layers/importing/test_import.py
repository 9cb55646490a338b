"""From a file to the layer's next revision, whole or not at all."""

import csv
import hashlib
import io
import json

import geopandas
import pytest
import shapely
from django.core.management import CommandError, call_command
from django.utils import translation

from gis_layers.importing import services
from gis_layers.importing.attributes import Column, columns_for, identifier
from gis_layers.importing.services import ImportRefused
from gis_layers.models import Feature, ImportJob, Layer, LayerField, StagedFeature
from tests.factories import LayerFactory, LayerFieldFactory, PlaceFactory, fill, square
from tests.gis_layers.importing.files import AMARAH, arabic_frame, bow_tie, box, geojson, imported, shapefile

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


def current(slug="trial"):
    return list(Feature.objects.filter(layer__slug=slug).current().order_by("feature_no"))


def test_a_new_layer_comes_with_schema_titles_style_and_record(tmp_path):
    path = shapefile(tmp_path, arabic_frame("EPSG:32638"), encoding="cp1256", without={".cpg"})
    job = imported(path, source="Survey 2024", licence="CC BY 4.0")
    layer = Layer.objects.get(slug="trial")
    assert job.state == "done", job.error
    assert (job.read, job.kept, job.repaired, job.rejected) == (5, 5, 0, 0)
    assert job.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (job.encoding, job.crs, job.accuracy, job.revision) == (
        "cp1256",
        "WGS 84 / UTM zone 38N (EPSG:32638)",
        0,
        1,
    )
    assert (layer.geometry_type, layer.visibility, layer.source, layer.licence) == (
        "Polygon",
        "private",
        "Survey 2024",
        "CC BY 4.0",
    )
    assert layer.style
    assert {f.name: f.type for f in layer.schema.all()} == {"NAME_AR": "text", "CODE": "integer"}
    assert current()[0].attributes == {"NAME_AR": "حي العسكري", "CODE": 1}
    assert current()[0].geom.transform(4326, clone=True).centroid.coords == pytest.approx(
        (AMARAH[0] + 0.0005, AMARAH[1] + 0.0005), abs=1e-6
    )
    assert not StagedFeature.objects.exists()


def test_no_row_vanishes_and_the_reject_file_says_why(tmp_path):
    path = geojson(
        tmp_path / "mixed.geojson",
        (box(), {"n": 1}),
        (bow_tie(), {"n": 2}),
        (None, {"n": 3, "t": "=HYPERLINK()"}),
        ({"type": "Point", "coordinates": [470, 31]}, {"n": 4}),
    )
    job = imported(path, crs_text="EPSG:4326")
    assert (job.read, job.kept, job.repaired, job.rejected) == (4, 2, 1, 2)
    rows = list(csv.reader(io.StringIO(job.reject_file.read_text(encoding="utf-8-sig"))))
    assert rows[0] == ["row", "reason", "n", "t", "wkt"]
    assert [row[0] for row in rows[1:]] == ["3", "4"]
    assert "no geometry" in rows[1][1]
    assert rows[1][3] == "'=HYPERLINK()"
    assert "out of range" in rows[2][1]
    repairs = job.repair_file.read_text(encoding="utf-8-sig")
    assert "crosses itself" in repairs


def test_the_reasons_are_in_the_language_of_whoever_imports(tmp_path):
    path = geojson(tmp_path / "a.geojson", (box(), {"n": 1}), (None, {"n": 2}))
    with translation.override("ar"):
        job = imported(path)
    assert "no geometry" not in job.reject_file.read_text()


def test_a_file_of_nothing_usable_changes_nothing(tmp_path):
    layer = fill(LayerFactory(slug="trial"), (square(*AMARAH), {"n": 1}))
    job = imported(geojson(tmp_path / "lines.geojson", (shapely.LineString([(47, 31), (47.1, 31)]), {"n": 2})))
    layer.refresh_from_db()
    assert (job.state, layer.revision, layer.feature_count) == ("failed", 1, 1)
    assert "lines in a layer of areas" in job.error
    assert job.reject_file.exists()
    assert not StagedFeature.objects.exists()


def test_replace_append_and_upsert(tmp_path):
    one = geojson(tmp_path / "one.geojson", (box(47.1), {"code": "A", "v": 1}), (box(47.2), {"code": "B", "v": 1}))
    two = geojson(tmp_path / "two.geojson", (box(47.2), {"code": "B", "v": 2}), (box(47.3), {"code": "C", "v": 2}))
    imported(one)
    imported(two, mode="upsert", key="code")
    assert sorted((f.attributes["code"], f.attributes["v"]) for f in current()) == [("A", 1), ("B", 2), ("C", 2)]
    imported(two, mode="append")
    assert len(current()) == 5
    imported(one, mode="replace")
    assert sorted(f.attributes["code"] for f in current()) == ["A", "B"]


def test_attributes_that_a_file_adds_are_told_and_a_name_is_searched(tmp_path):
    imported(geojson(tmp_path / "a.geojson", (box(), {"code": "A", "NAME_AR": "حي", "name_en": "Q"})))
    searched = LayerField.objects.filter(searchable=True)
    assert [field.name for field in searched] == ["NAME_AR"]
    job = imported(geojson(tmp_path / "b.geojson", (box(), {"width": 4, "street_name": "x"})), mode="append")
    assert services.notes_of(job) == ["The layer has new attributes, which were not in it before: width, street_name."]
    assert searched.count() == 1


def test_a_repeated_key_changes_nothing(tmp_path):
    imported(geojson(tmp_path / "one.geojson", (box(), {"code": "A"})))
    job = imported(
        geojson(tmp_path / "two.geojson", (box(), {"code": "B"}), (box(47.2), {"code": "B"})), mode="upsert", key="code"
    )
    assert job.state == "failed"
    assert "B" in job.error
    assert [f.attributes["code"] for f in current()] == ["A"]
    assert not StagedFeature.objects.exists()


def test_a_key_that_is_no_column_is_refused(tmp_path):
    with pytest.raises(ImportRefused, match="code"):
        imported(geojson(tmp_path / "one.geojson", (box(), {"code": "A"})), mode="upsert", key="nothing")


def test_a_missing_crs_is_asked_for(tmp_path):
    path = shapefile(tmp_path, arabic_frame("EPSG:32638"), without={".prj"})
    with pytest.raises(ImportRefused, match="coordinate system"):
        imported(path)
    assert imported(path, crs_text="EPSG:32638").state == "done"


def test_metres_in_a_file_that_promises_degrees_are_asked_for(tmp_path):
    path = geojson(tmp_path / "metres.geojson", (shapely.box(703000, 3524000, 703010, 3524010), {}))
    with pytest.raises(ImportRefused, match="degrees"):
        imported(path)
    assert imported(path, crs_text="EPSG:32638").kept == 1


@pytest.mark.parametrize(
    "crs",
    [
        {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::999999"}},
        {"type": "name", "properties": {"name": "/vsicurl/http://127.0.0.1/4326"}},
        {"type": "link", "properties": {"href": "http://127.0.0.1/crs.wkt"}},
        "EPSG:32638",
    ],
)
@pytest.mark.parametrize("at_the_end", [False, True])
def test_a_crs_that_cannot_be_read_is_asked_for(tmp_path, crs, at_the_end):
    path = geojson(tmp_path / "a.geojson", (box(), {"crs": "x"}))
    told = json.loads(path.read_text())
    path.write_text(json.dumps({**told, "crs": crs} if at_the_end else {"crs": crs, **told}))
    with pytest.raises(ImportRefused, match="not known"):
        imported(path)
    assert imported(path, crs_text="EPSG:4326").state == "done"


@pytest.mark.parametrize("name", ["urn:ogc:def:crs:OGC:1.3:CRS84", "EPSG:4326", None])
def test_a_crs_of_degrees_is_read(tmp_path, name):
    path = geojson(tmp_path / "a.geojson", (box(), {"crs": {"properties": {"name": "x"}}}))
    crs = name and {"type": "name", "properties": {"name": name}}
    path.write_text(json.dumps({"crs": crs, **json.loads(path.read_text())}))
    assert imported(path).crs.endswith("(EPSG:4326)")


def test_midnights_of_flatgeobuf_are_dates_unless_one_is_a_time(tmp_path):
    frame = arabic_frame()
    frame["built"] = geopandas.pd.to_datetime(["2024-02-29", None, "2024-03-01", "2024-03-02", "2024-03-03"])
    frame["seen"] = geopandas.pd.to_datetime(["2024-02-29T00:00"] * 4 + ["2024-02-29T08:00"])
    frame["never"] = geopandas.pd.to_datetime([None] * 5)
    path = tmp_path / "a.fgb"
    frame.to_file(path, engine="pyogrio", SPATIAL_INDEX="NO")
    imported(path)
    types = {field.name: field.type for field in Layer.objects.get(slug="trial").schema.all()}
    assert (types["built"], types["seen"], types["never"]) == ("date", "datetime", "datetime")
    assert current()[0].attributes["built"] == "2024-02-29"


def test_a_crs_whose_unit_cannot_be_right_is_refused(tmp_path):
    with pytest.raises(ImportRefused, match="metres"):
        imported(geojson(tmp_path / "a.geojson", (box(), {})), crs_text="EPSG:32638")


def test_one_of_several_layers_must_be_named(tmp_path):
    path = tmp_path / "two.gpkg"
    arabic_frame().to_file(path, layer="one", engine="pyogrio")
    arabic_frame().head(2).to_file(path, layer="two", engine="pyogrio")
    with pytest.raises(ImportRefused, match=r"one \(5\), two \(2\)"):
        imported(path)
    assert imported(path, sublayer="two").kept == 2


def test_values_get_the_type_of_the_layers_attribute(tmp_path):
    layer = LayerFactory(slug="trial")
    LayerFieldFactory(layer=layer, name="storeys", type="integer", title_ar="عدد الطوابق")
    LayerFieldFactory(layer=layer, name="built", type="date")
    LayerFieldFactory(layer=layer, name="use", choices=[{"value": "house", "label_ar": "سكني", "label_en": "House"}])
    job = imported(
        geojson(
            tmp_path / "a.geojson",
            (box(), {"عدد الطوابق": "٣", "built": "٥/٢/٢٠٢٤", "use": "سكني"}),
            (box(), {"عدد الطوابق": "three", "built": None, "use": None}),
            (box(), {"عدد الطوابق": "2", "built": "2024-13-40", "use": None}),
            (box(), {"عدد الطوابق": "2", "built": None, "use": "castle"}),
        )
    )
    assert (job.kept, job.rejected) == (1, 3)
    assert current()[0].attributes == {"storeys": 3, "built": "2024-02-05", "use": "house"}
    reasons = job.reject_file.read_text()
    for word in ("three", "2024-13-40", "castle"):
        assert word in reasons


def test_a_required_attribute_must_be_in_the_file(tmp_path):
    layer = LayerFactory(slug="trial")
    LayerFieldFactory(layer=layer, name="parcel_no", title_en="Parcel number", required=True)
    job = imported(geojson(tmp_path / "a.geojson", (box(), {"other": 1})))
    assert job.state == "failed"
    assert "Parcel number" in job.error


def test_names_cut_by_a_shapefile_find_their_attribute(tmp_path):
    layer = LayerFactory(slug="trial")
    LayerFieldFactory(layer=layer, name="registered_area")
    columns = columns_for([{"name": "registered", "type": "number"}, {"name": "registere", "type": "text"}], layer)
    assert [(c.name, c.new) for c in columns] == [("registered_area", False), ("registere", True)]


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("رقم القطعة", "rqm_alqtaa"),
        ("NAME_AR", "NAME_AR"),
        ("2nd floor", "f_2nd_floor"),
        ("国", "field_1"),
        ("Été", "ete"),
    ],
)
def test_any_title_becomes_an_identifier(title, name):
    assert identifier(title, set(), 1) == name
    assert identifier(title, {name}, 1) != name
    assert len(identifier(title * 40, set(), 1)) <= 63


def test_columns_can_be_left_out_and_renamed(tmp_path):
    path = geojson(tmp_path / "a.geojson", (box(), {"a": "1", "b": 2}))
    columns = [Column("a", "first", "integer", "أول"), Column("b", "b", "number", keep=False)]
    job = imported(path, columns=columns)
    assert current()[0].attributes == {"first": 1}
    assert services.notes_of(job) == ["Columns left out: b."]


def test_arabic_titles_are_kept(tmp_path):
    imported(geojson(tmp_path / "a.geojson", (box(), {"رقم القطعة": "١٢/٧"})))
    field = Layer.objects.get(slug="trial").schema.get()
    assert (field.title_ar, field.type) == ("رقم القطعة", "text")
    assert current()[0].attributes == {field.name: "١٢/٧"}


def test_a_cancelled_import_leaves_nothing(tmp_path, monkeypatch):
    path = tmp_path / "many.gpkg"
    geopandas.GeoDataFrame({"n": range(5000)}, geometry=[box()] * 5000, crs="EPSG:4326").to_file(path, engine="pyogrio")

    def cancel(job):
        services.cancel(ImportJob.objects.get(pk=job.pk))

    from tests.factories import DepartmentFactory

    job = services.receive(path, name="many.gpkg", department=DepartmentFactory())
    services.prepare(job, slug="trial")
    ImportJob.objects.update(state="queued")
    services.run(job.pk, on_progress=cancel)
    job.refresh_from_db()
    assert job.state == "cancelled"
    assert not StagedFeature.objects.exists()
    assert not Layer.objects.filter(slug="trial").exists()
    assert not job.folder.exists()


def test_a_job_that_has_ended_is_not_run_again(tmp_path):
    job = imported(geojson(tmp_path / "a.geojson", (box(), {})))
    services.run(job.pk)
    assert Layer.objects.get(slug="trial").revision == 1


def test_text_that_copy_could_trip_over(tmp_path):
    nasty = 'a\tb\nc\\n"d\\\\ \\N \u2028 \U0001f5fa end'
    imported(geojson(tmp_path / "a.geojson", (box(), {"t": nasty}), (box(), {"t": "\\."})))
    assert [f.attributes["t"] for f in current()] == [nasty, "\\."]


def test_curves_become_lines_and_heights_are_noted(tmp_path):
    path = tmp_path / "z.gpkg"
    geopandas.GeoDataFrame({"n": [1]}, geometry=[shapely.Point(47, 31, 5)], crs="EPSG:4326").to_file(
        path, engine="pyogrio"
    )
    job = imported(path)
    assert "heights" in services.notes_of(job)[0]


# The command


def run(path, **options):
    out = io.StringIO()
    call_command("import_layer", str(path), stdout=out, stderr=io.StringIO(), **options)
    return out.getvalue()


def test_the_command_works_in_a_house_with_places_only(tmp_path):
    PlaceFactory(code="IQG16", name_ar="ميسان", name_en="Maysan")
    told = run(geojson(tmp_path / "a.geojson", (box(), {"n": 1})), layer="wells")
    assert "Maysan" in told
    assert "read 1, kept 1, repaired 0, rejected 0" in told
    assert Layer.objects.get(slug="wells").visibility == "private"


def test_the_command_publishes_as_the_page_does(tmp_path):
    PlaceFactory()
    path = geojson(tmp_path / "a.geojson", (box(), {"n": 1}))
    run(path, layer="wells", public=True, source="Survey 2024", licence="CC BY 4.0")
    layer = Layer.objects.get(slug="wells")
    assert (layer.visibility, layer.source, layer.licence) == ("public", "Survey 2024", "CC BY 4.0")
    assert [event.act for event in layer.events.order_by("pk")] == ["create", "publish"]
    run(path, layer="wells", public=True)
    assert layer.events.filter(act="publish").count() == 1


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"layer": "Not valid!"}, "cannot be a layer's id"),
        ({"layer": "wells", "crs": "32638x"}, "is not an EPSG code"),
        ({"layer": "wells", "crs": "EPSG:999999"}, "is not an EPSG code"),
        ({"layer": "wells", "encoding": "klingon"}, ""),
        ({"layer": "wells", "department": "none"}, "no department"),
        ({"layer": "parcels"}, "register of its own"),
        ({"layer": "wells", "mode": "upsert"}, "needs a key"),
        ({"layer": "wells", "public": True, "source": "Survey"}, "--source and --licence"),
        ({"layer": "wells", "public": True, "licence": "CC BY 4.0"}, "--source and --licence"),
    ],
)
def test_the_command_refuses_in_one_sentence(tmp_path, options, sentence):
    PlaceFactory()
    path = shapefile(tmp_path, arabic_frame())
    with pytest.raises(CommandError) as refused:
        run(path, **options)
    assert sentence in str(refused.value)
    assert not Layer.objects.filter(slug="wells").exists()
    assert not ImportJob.objects.exists()


def test_the_command_names_a_missing_file(tmp_path):
    with pytest.raises(CommandError, match="no file"):
        run(tmp_path / "missing.zip", layer="wells")


def test_attributes_survive_json(tmp_path):
    path = geojson(tmp_path / "a.geojson", (box(), {"list": [1, 2], "deep": {"a": None}, "flag": True, "x": 1.5}))
    imported(path)
    attributes = current()[0].attributes
    assert json.loads(attributes["list"]) == [1, 2]
    assert (attributes["flag"], attributes["x"]) == (True, 1.5)
