"""What the reader makes of honest, odd and hostile files."""

import hashlib
import os
import signal
import stat
import struct
import zipfile
from pathlib import Path

import geopandas
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from gis_layers.importing.reader import encodings
from gis_layers.importing.source import FileRefused, SourceFile
from tests.gis_layers.importing.files import arabic_frame, box, geojson, shapefile

NOISE = hashlib.shake_256(b"the same for every worker").digest(4096)


def probe(path, tmp_path, **options):
    return SourceFile(path, tmp_path / "job").probe(**options)


@pytest.fixture
def refusal(tmp_path, settings):
    """The English sentence with which a file is refused."""

    def told(path, **options):
        from django.utils import translation

        (tmp_path / "job").mkdir(exist_ok=True)
        with translation.override("en"), pytest.raises(FileRefused) as refused:
            probe(path, tmp_path, **options)
        return refused.value.message

    return told


def zipped(path, *members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize(
    ("encoding", "without", "found_by"),
    [
        ("UTF-8", {".cpg"}, "utf-8"),
        ("cp1256", (), "cpg"),
        ("cp1256", {".cpg"}, "letters"),
        ("ISO-8859-6", {".cpg"}, "letters"),
    ],
)
def test_arabic_text_of_a_shapefile_is_read_in_its_own_encoding(tmp_path, encoding, without, found_by):
    path = shapefile(tmp_path, arabic_frame(), encoding=encoding, without=without)
    (facts,) = probe(path, tmp_path)
    assert facts["encoding"]["found_by"] == found_by
    assert facts["head"][0][1] == "حي العسكري"
    assert facts["count"] == 5


def test_a_wrong_cpg_is_not_believed(tmp_path):
    path = shapefile(tmp_path, arabic_frame(), encoding="cp1256")
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members["data.cpg"] = b"UTF-8"
    (facts,) = probe(zipped(tmp_path / "wrong.zip", *members.items()), tmp_path)
    assert facts["encoding"]["not"] == "UTF-8"
    assert facts["head"][1][1] == "حي النصر"


def test_an_encoding_that_is_told_wins(tmp_path):
    path = shapefile(tmp_path, arabic_frame(), encoding="cp1256", without={".cpg"})
    (facts,) = probe(path, tmp_path, encoding="cp1252")
    assert facts["head"][1][1] == "حي النصر".encode("cp1256").decode("cp1252")


@pytest.mark.parametrize(
    ("text", "encoding"),
    [("Quartier des Hôpitaux, Façade à l'été", "cp1252"), ("Улица Ленина, дом 7", "cp1251")],
)
def test_other_scripts_are_not_taken_for_arabic(text, encoding):
    assert encodings.guess((text * 20).encode(encoding))["name"] not in {"cp1256", "iso8859-6", "cp720"}


def test_a_shapefile_without_prj_leaves_its_crs_open(tmp_path):
    path = shapefile(tmp_path, arabic_frame("EPSG:32638"), without={".prj"})
    assert probe(path, tmp_path)[0]["crs"] is None


def test_an_incomplete_shapefile_names_what_is_missing(tmp_path, refusal):
    assert ".dbf" in refusal(shapefile(tmp_path, arabic_frame(), without={".dbf"}))


def test_a_truncated_shapefile_is_no_crash(tmp_path, refusal):
    path = shapefile(tmp_path, arabic_frame())
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members["data.shp"] = members["data.shp"][:60]
    assert "damaged" in refusal(zipped(tmp_path / "cut.zip", *members.items()))


def test_csv_finds_coordinates_types_and_delimiter(tmp_path):
    path = tmp_path / "points.csv"
    path.write_text("الاسم;lat;lon;العدد;الرمز\nبئر;31.84;47.14;12;007\nخزان;31.85;47.15;7;012\n", encoding="cp1256")
    (facts,) = probe(path, tmp_path)
    assert facts["encoding"]["name"] == "cp1256"
    assert [f["type"] for f in facts["fields"]] == ["text", "number", "number", "integer", "text"]
    assert facts["extent"] == [47.14, 31.84, 47.15, 31.85]
    assert facts["crs_found_by"] == "columns"


def test_csv_with_easting_and_northing_leaves_its_crs_open(tmp_path):
    path = tmp_path / "points.csv"
    path.write_text("name,x,y\nA,703000,3524000\n")
    assert probe(path, tmp_path)[0]["crs"] is None


def test_csv_without_coordinates_says_which_columns_it_has(tmp_path, refusal):
    path = tmp_path / "table.csv"
    path.write_text("id,name\n1,A\n")
    assert "id, name" in refusal(path)


def test_geoparquet_is_read(tmp_path):
    arabic_frame().to_parquet(tmp_path / "data.parquet")
    (facts,) = probe(tmp_path / "data.parquet", tmp_path)
    assert (facts["format"], facts["count"], facts["head"][0][1]) == ("GeoParquet", 5, "حي العسكري")


def test_all_layers_of_a_geopackage_are_listed(tmp_path):
    path = tmp_path / "two.gpkg"
    arabic_frame().to_file(path, layer="one", engine="pyogrio")
    arabic_frame("EPSG:32638").to_file(path, layer="two", engine="pyogrio")
    assert {f["name"]: f["crs"] for f in probe(path, tmp_path)} == {"one": "EPSG:4326", "two": "EPSG:32638"}


def test_kmz_is_read(tmp_path):
    kml = (
        '<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark><name>بئر</name>'
        "<Point><coordinates>47.1,31.8</coordinates></Point></Placemark></Document></kml>"
    )
    (facts,) = probe(zipped(tmp_path / "a.kmz", ("doc.kml", kml)), tmp_path)
    assert facts["count"] == 1
    assert "بئر" in facts["head"][0]


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path, refusal):
    path = zipped(tmp_path / "bomb.zip", ("data.csv", b"0" * 300 * 1024**2))
    assert "out of almost nothing" in refusal(path)
    assert not list((tmp_path / "job").rglob("*.csv"))


def test_a_listing_that_lies_about_sizes_is_refused(tmp_path, refusal):
    path = zipped(tmp_path / "liar.zip", ("data.csv", b"lat,lon\n" + b"31.1,47.1\n" * 100_000))
    raw = bytearray(path.read_bytes())
    directory = raw.rindex(b"PK\x01\x02")
    raw[directory + 24 : directory + 28] = struct.pack("<I", 100)
    path.write_bytes(raw)
    assert refusal(path)


@pytest.mark.parametrize("name", ["../../escape.csv", "/etc/escape.csv", "a/../../escape.csv", "..\\escape.csv"])
def test_path_traversal_is_refused(tmp_path, refusal, name):
    assert "outside its folder" in refusal(zipped(tmp_path / "evil.zip", (name, "lat,lon\n1,1\n")))
    assert not list(tmp_path.rglob("escape.csv"))


def test_a_link_in_an_archive_is_refused(tmp_path, refusal):
    link = zipfile.ZipInfo("data.csv")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    assert "link" in refusal(zipped(tmp_path / "link.zip", (link, "/etc/passwd")))


def test_an_archive_in_an_archive_is_refused(tmp_path, refusal):
    assert "another archive" in refusal(zipped(tmp_path / "nested.zip", ("inner.zip", b"PK")))


def test_too_many_members_are_refused(tmp_path, refusal):
    members = [(f"{i}.csv", "") for i in range(2_001)]
    assert "2000" in refusal(zipped(tmp_path / "many.zip", *members))


ENTITY = '<?xml version="1.0"?><!DOCTYPE kml [<!ENTITY secret SYSTEM "file:///etc/passwd">]>'
LAUGHS = '<?xml version="1.0"?><!DOCTYPE kml [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(("name", "head"), [("a.kml", ENTITY), ("a.kml", LAUGHS), ("a.gpx", ENTITY), ("a.gml", LAUGHS)])
def test_xml_entities_are_refused(tmp_path, refusal, head, name):
    path = tmp_path / name
    path.write_text(head + "<kml><Placemark><name>&secret;</name></Placemark></kml>")
    assert "entities" in refusal(path)


def test_a_json_bomb_is_refused(tmp_path, refusal):
    path = tmp_path / "bomb.geojson"
    path.write_text("[" * 100_000)
    assert "nested" in refusal(path)


@pytest.mark.parametrize(
    ("suffix", "content"),
    [
        (".gpkg", b""),
        (".gpkg", b"SQLite format 3\0 cut"),
        (".zip", b"PK\x03\x04 cut"),
        (".zip", b"no zip at all"),
        (".parquet", b"PAR1 cut"),
        (".fgb", b"fgb\x03cut"),
        (".shp", NOISE),
        (".geojson", b'{"type": "FeatureCollection", "features": [{"type": "Feat'),
        (".csv", NOISE),
    ],
)
def test_garbage_gets_a_sentence(tmp_path, refusal, suffix, content):
    path = tmp_path / f"garbage{suffix}"
    path.write_bytes(content)
    assert refusal(path)


def test_drivers_that_reach_elsewhere_do_not_exist(tmp_path, refusal):
    path = tmp_path / "trick.xml"
    geojson(tmp_path / "inner.geojson", (box(), {}))
    path.write_text(
        f'<OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource>{tmp_path}/inner.geojson</SrcDataSource>'
        "</OGRVRTLayer></OGRVRTDataSource>"
    )
    assert "damaged" in refusal(path)


@pytest.mark.parametrize("crs", ["http://127.0.0.1:9/crs.wkt", "/etc/passwd", "file:///etc/passwd", "+init=epsg:4326"])
def test_a_hostile_reference_names_no_crs(crs):
    from gis_layers.importing.crs import of_file

    assert of_file(crs) is None


def test_a_memory_bomb_is_a_sentence(tmp_path, refusal):
    path = tmp_path / "bomb.parquet"
    wide = pa.table(
        {"geometry": pa.array([shapely.to_wkb(shapely.Point(47, 31))] * 64), "text": pa.array(["x" * 12_000_000] * 64)}
    )
    geo = '{"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": {"encoding": "WKB"}}}'
    pq.write_table(wide.replace_schema_metadata({"geo": geo}), path, compression="zstd", use_dictionary=False)
    assert path.stat().st_size < 1024**2
    assert "memory" in refusal(path)


@pytest.fixture
def many(tmp_path):
    """A file so long that its reader waits for us in the middle."""
    path = tmp_path / "many.fgb"
    points = shapely.points([[47, 31]] * 200_000)
    geopandas.GeoDataFrame({"n": range(200_000)}, geometry=points, crs="EPSG:4326").to_file(path, engine="pyogrio")
    return path


def test_the_child_knows_nothing_of_us(tmp_path, monkeypatch, many):
    monkeypatch.setenv("SECRET_KEY", "tell nobody")
    with SourceFile(many, tmp_path)._reader("read", sublayer="many", encoding=None) as child:
        next(child.batches())  # it has started
        environment = Path(f"/proc/{child.process.pid}/environ").read_text()
    assert "PATH" in environment
    assert "tell nobody" not in environment
    assert "DATABASE_URL" not in environment


def test_a_child_that_dies_is_a_sentence(tmp_path, many):
    source_file = SourceFile(many, tmp_path)
    with source_file.reading("many") as reader:
        batches = reader.batches()
        next(batches)
        os.kill(reader.process.pid, signal.SIGSEGV)
        with pytest.raises(FileRefused):
            list(batches)
