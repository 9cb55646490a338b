"""Bulk first registration: a survey file is read, every row judged, and the good ones come into force by a case."""

from collections import Counter
from contextlib import contextmanager

import pyarrow as pa
import pytest
import shapely
from django.contrib.gis.geos import MultiPolygon

from gis_layers.importing.services import ImportRefused
from muni.core.errors import BadRequest, Forbidden
from muni.core.srids import LONLAT, MUNI_SRID
from muni.journal.models import Entry
from property.models import Block, Case, Parcel, PropertyUnit, Survey
from property.services import cases, cleaning, first, surveys
from property.services.holding import RegisterRefusal, to_geos
from tests.factories import BoundaryFactory, ParcelFactory
from tests.gis_layers.importing.files import geojson
from tests.property.factories import Office, box
from tests.property.test_invariants import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def office(db):
    """Its place reaches 2 km around."""
    office = Office()
    ground = MultiPolygon(to_geos(box(-1000, -1000, 2000, 2000)), srid=MUNI_SRID)
    BoundaryFactory(place=office.place, geom=ground)
    return office


def row(x, number, *, width=20, height=20, y=0, area=None, **told):
    """A parcel x metres east of the corner, as a survey file tells it: (shape in metres, {column: value})."""
    return box(x, y, width, height), {
        "رقم القطعة": number, "المقاطعة": "12", "نوع الارض": "ملك صرف", "المساحة": area, **told
    }  # fmt: skip


class Reader:
    """Stands for importing.source.SourceFile, which starts a process of its own: gives the rows as it would."""

    warnings = ()

    def __init__(self, rows):
        self.rows = rows

    @contextmanager
    def reading(self, sublayer, *, encoding=None):
        yield self

    def batches(self):
        told = [told for _shape, told in self.rows]
        shapes = [shape and shapely.to_wkb(shape) for shape, _told in self.rows]
        columns = [[None if values[name] is None else str(values[name]) for values in told] for name in told[0]]
        arrays = [pa.array(shapes, pa.binary()), pa.array([None] * len(shapes), pa.string()), *map(pa.array, columns)]
        yield pa.RecordBatch.from_arrays(arrays, names=[str(i) for i in range(len(arrays))])


@pytest.fixture
def surveyed(office, monkeypatch):
    """surveyed(row, ...): the ended survey of a file with these rows, its columns as guessed."""

    def check(*rows, **choices):
        monkeypatch.setattr(cleaning, "SourceFile", lambda *file: Reader(rows))
        columns = [{"name": name, "type": "text"} for name in rows[0][1]]
        facts = {"name": "s", "count": len(rows), "fields": columns, "extent": None, "crs": None, "format": "GeoJSON"}
        survey = Survey.objects.create(
            place=office.place, made_by=office.registrar, language="en", file_name="s.geojson", facts=[facts]
        )
        choices = {"crs_text": f"EPSG:{MUNI_SRID}", "columns": surveys.guessed(columns), **choices}
        surveys.choose(survey, defaults={}, survey_source="field", **choices)
        return checked(survey)

    return check


def checked(survey):
    Survey.objects.filter(pk=survey.pk).update(state="queued")
    surveys.run(survey.pk)
    survey.refresh_from_db()
    return survey


def judged(survey):
    """{row number: sorted codes}"""
    return {row.number: sorted(code for code, _said in row.findings) for row in survey.rows.all()}


def test_good_rows_come_into_force_with_units_when_a_second_person_signs(office, surveyed):
    use = "استعمال الارض"
    survey = surveyed(
        row(0, "١/١", area=400, **{use: None}),
        row(20, "1/2", area=400, **{use: "green", "نوع الارض": "متروكة"}),
        row(40, "3", area=400, **{use: ""}),
    )
    assert (survey.state, survey.read, survey.accepted, survey.error) == ("done", 3, 3, "")
    case = surveys.open_survey(survey, by=office.registrar)
    assert not Parcel.objects.exists()
    assert not PropertyUnit.objects.exists()
    with pytest.raises(Forbidden):
        cases.sign(cases.submit(case, by=office.registrar), by=office.registrar)
    case = cases.sign(case, by=office.approver)
    at_once()
    found = Parcel.objects.current().order_by("parcel_no")
    facts = found.values_list("parcel_no", "block_no", "land_kind", "land_use", "area_m2", "survey_source", "opened_by")
    assert [tuple(map(str, parcel)) for parcel in facts] == [
        ("1/1", "12", "mulk", "", "400.00", "field", str(case.pk)),
        ("1/2", "12", "matruka", "green", "400.00", "field", str(case.pk)),
        ("3", "12", "mulk", "", "400.00", "field", str(case.pk)),
    ]
    assert Block.objects.get(number="12").place == office.place
    units = PropertyUnit.objects.filter(parcels__in=found)
    assert units.count() == 3
    assert {(unit.place, unit.opened_by, unit.rights.count()) for unit in units} == {(office.place, case, 0)}
    assert set(survey.rows.values_list("pk", flat=True)) == set(found.values_list("pk", flat=True))
    opened = Entry.objects.about(case).get(act="property.survey")
    assert opened.data["sha256"] == survey.sha256


def test_every_row_ends_as_accepted_or_rejected_with_its_reasons(office, surveyed):
    ParcelFactory(block=Block.objects.create(place=office.place, number="12"), parcel_no="90", block_no="12",
                  geom=to_geos(box(300, 0, 20, 20)))  # fmt: skip
    bow_tie = shapely.Polygon([(0, 60), (20, 80), (20, 60), (0, 80), (0, 60)])
    pinched = shapely.Polygon([(0, 0), (20, 0), (20, 20), (0, 20), (0, 10), (-5, 12), (0, 10), (0, 0)])
    two = shapely.union(box(60, 0, 10, 10), box(80, 0, 10, 10))
    origin = box(0, 0, 1, 1).bounds[:2]
    at_origin = lambda shape, x, y: shapely.affinity.translate(shape, origin[0] + x, origin[1] + y)  # noqa: E731
    rows = {
        1: (row(0, "1"), []),
        2: (row(0, "2", y=100, area=500), ["area_off"]),
        3: (row(0, "3", y=200, width=100, height=1), ["sliver"]),
        4: (row(0, "", y=300), ["no_number"]),
        5: (row(0, "5", y=400), ["repeated"]),
        6: (row(30, "5", y=400), ["repeated"]),
        7: (row(100, "7"), ["overlap"]),
        8: (row(115, "8"), ["overlap"]),
        9: (row(160, "9"), []),
        10: (row(160, "9"), ["duplicate"]),
        11: (row(200, "11"), ["duplicate"]),
        12: (row(200, "12"), ["duplicate"]),
        13: (row(310, "13"), ["standing"]),
        14: (row(400, "90"), ["taken"]),
        15: (row(990, "15"), ["outside"]),
        16: (row(500, "16", **{"نوع الارض": "x"}), ["value"]),
        17: ((None, row(0, "17")[1]), ["unusable"]),
        18: ((two, row(0, "18")[1]), ["pieces"]),
        19: ((at_origin(bow_tie, 0, 600), row(0, "19")[1]), ["pieces", "repaired"]),
        20: ((at_origin(pinched, 0, 800), row(0, "20")[1]), ["repaired"]),
        21: (row(600, "21", width=0.5, height=0.5), ["small"]),
        22: (row(700, "22", area="many"), ["value"]),
        23: (row(800, "23", area=-4), ["area_off"]),
    }
    survey = surveyed(*(given for given, _codes in rows.values()))
    assert survey.error == ""
    without_measured = {
        number: [code for code in codes if code != "measured"] for number, codes in judged(survey).items()
    }
    assert without_measured == {number: codes for number, (_given, codes) in rows.items()}
    accepted = set(survey.rows.accepted().values_list("number", flat=True))
    assert accepted == {1, 2, 3, 9, 20, 23}
    assert (survey.read, survey.accepted, survey.rejected) == (23, 6, 17)
    assert survey.counts == Counter(code for codes in judged(survey).values() for code in codes)
    assert all(said for row in survey.rows.all() for _code, said in row.findings)


def test_a_missing_registered_area_is_measured(office, surveyed):
    survey = surveyed(row(0, "1"), row(40, "2", area=0))
    assert judged(survey) == {1: ["measured"], 2: ["area_off", "measured"]}
    for surveyed_row in survey.rows.all():
        assert float(surveyed_row.area_m2) == pytest.approx(400, rel=0.01)


def test_neighbours_and_rounding_are_no_overlaps(office, surveyed):
    ParcelFactory(geom=to_geos(box(-20, 0, 20, 20)))
    survey = surveyed(row(-0.003, "1", width=20.003), row(19.996, "2"), row(40, "3"))
    assert survey.accepted == 3
    office.signed(surveys.open_survey(survey, by=office.registrar))
    assert Parcel.objects.current().count() == 4


def test_what_came_into_force_meanwhile_stands_in_the_way(office, surveyed):
    survey = surveyed(row(0, "1"), row(20, "2"))
    case = cases.submit(surveys.open_survey(survey, by=office.registrar), by=office.registrar)
    ParcelFactory(geom=to_geos(box(10, 0, 4, 4)), parcel_no="7/7")
    with pytest.raises(RegisterRefusal, match="7/7"):
        cases.sign(case, by=office.approver)
    assert "7/7" in cases.simulate(case).refusal
    assert Parcel.objects.count() == 1
    cases.withdraw(case, by=office.registrar)
    surveys.change_choices(survey, by=office.registrar)
    surveys.queue(survey)
    surveys.run(survey.pk)
    survey.refresh_from_db()
    assert judged(survey)[1] == ["measured", "standing"]
    office.signed(surveys.open_survey(survey, by=office.registrar))
    assert set(Parcel.objects.values_list("parcel_no", flat=True)) == {"7/7", "2"}


def test_an_owner_is_entered_later_by_a_first_registration(office, surveyed):
    survey = surveyed(row(0, "1"))
    office.signed(surveys.open_survey(survey, by=office.registrar))
    parcel = Parcel.objects.get()
    case = first.open_first(parcel, "ownership", [(office.party(), 1)], by=office.registrar, place=office.place)
    office.signed(case)
    unit = PropertyUnit.objects.get()
    assert [right.kind for right in unit.rights.all()] == ["ownership"]
    with pytest.raises(RegisterRefusal):
        first.open_first(parcel, "ownership", [(office.party(), 1)], by=office.registrar, place=office.place)


def test_what_cannot_be_chosen_is_told(office):
    facts = {"name": "s", "count": 1, "fields": [{"name": "n"}], "extent": [47, 31, 48, 32], "format": "GeoJSON"}
    facts |= {"crs": {"text": "EPSG:4326"}}
    survey = Survey(place=office.place, made_by=office.registrar, language="en", file_name="s.geojson", facts=[facts])
    choose = {"survey_source": "field", "defaults": {"block_no": "1", "land_kind": "mulk"}}
    with pytest.raises(BadRequest, match="parcel number"):
        surveys.choose(survey, columns={}, **choose)
    with pytest.raises(BadRequest, match="no column"):
        surveys.choose(survey, columns={"parcel_no": "m"}, **choose)
    with pytest.raises(BadRequest, match="block"):
        surveys.choose(survey, columns={"parcel_no": "n"}, defaults={"land_kind": "mulk"}, survey_source="field")
    with pytest.raises(BadRequest, match="kind of land"):
        surveys.choose(survey, columns={"parcel_no": "n"}, defaults={"block_no": "1"}, survey_source="field")
    with pytest.raises(ImportRefused, match="look like degrees"):
        surveys.choose(survey, columns={"parcel_no": "n"}, crs_text="EPSG:32638", **choose)


def test_only_a_registrar_of_the_place_brings_files(office, tmp_path):
    (tmp_path / "s.geojson").write_text("{}")
    for person in (office.approver, Office().registrar):
        with pytest.raises(Forbidden):
            surveys.receive_file(tmp_path / "s.geojson", place=office.place, by=person)


def test_a_place_without_boundary_checks_nothing(office, surveyed):
    office.place.boundaries.all().delete()
    survey = surveyed(row(0, "1"))
    assert survey.state == "failed"
    assert "no boundary" in survey.error
    assert not survey.rows.exists()


def test_a_check_that_was_killed_runs_again_from_the_start(surveyed):
    survey = surveyed(row(0, "1"), row(20, "2"))
    Survey.objects.filter(pk=survey.pk).update(read=0, accepted=0)
    survey = checked(survey)
    assert (survey.state, survey.read, survey.accepted, survey.rows.count()) == ("done", 2, 2, 2)


def test_a_check_that_was_stopped_leaves_nothing(office, surveyed, monkeypatch):
    """Somebody throws the file away while the worker is at it."""
    compare = cleaning._compare

    def stopped(rows, boundary, survey):
        surveys.throw_away(survey, by=office.registrar)
        compare(rows, boundary, survey)

    monkeypatch.setattr(cleaning, "_compare", stopped)
    survey = surveyed(row(0, "1"))
    assert survey.state == "cancelled"
    assert not survey.rows.exists()


def test_guesses_know_what_offices_write():
    fields = [{"name": name} for name in ("رقم القطعة", "رقم المقاطعة", "Official_Area", "جنس الارض", "note")]
    assert surveys.guessed(fields) == {
        "parcel_no": "رقم القطعة",
        "block_no": "رقم المقاطعة",
        "area_m2": "Official_Area",
        "land_kind": "جنس الارض",
    }


def test_a_case_holds_its_survey(office, surveyed):
    survey = surveyed(row(0, "1"))
    surveys.open_survey(survey, by=office.registrar)
    for act in (surveys.throw_away, surveys.change_choices, surveys.open_survey):
        with pytest.raises(RegisterRefusal):
            act(survey, by=office.registrar)
    assert Case.objects.count() == 1


def test_a_file_from_degrees_to_parcels_in_force(office, tmp_path):
    """The whole way, with the reader's own process."""
    shape = shapely.from_wkb(bytes(to_geos(box(0, 0, 20, 20)).transform(LONLAT, clone=True).wkb))
    path = geojson(tmp_path / "s.geojson", (shape, row(0, "٧")[1] | {"المساحة": 400}))
    survey = surveys.receive_file(path, place=office.place, by=office.registrar)
    columns = surveys.guessed(survey.facts[0]["fields"])
    surveys.choose(survey, columns=columns, defaults={}, survey_source="field")
    office.signed(surveys.open_survey(checked(survey), by=office.registrar))
    parcel = Parcel.objects.current().get()
    assert (parcel.parcel_no, parcel.area_m2) == ("7", 400)
    assert parcel.geom.area == pytest.approx(400, abs=0.01)
    assert path.exists()
