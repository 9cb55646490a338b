from datetime import date

import pytest
from django.contrib.gis.geos import MultiPolygon
from django.db import IntegrityError, connection, transaction

from muni.places.models import Boundary, BoundaryPiece, Department, Place
from tests.factories import AMARAH, BoundaryFactory, DepartmentFactory, PlaceFactory, square

pytestmark = pytest.mark.django_db
LON, LAT = AMARAH
SIZE = 0.1


def shape(lon=LON, lat=LAT, size=SIZE):
    return MultiPolygon(square(lon, lat, size), srid=32638)


def refused(name, act):
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        act()


# Constraints


@pytest.mark.parametrize("facts", [{"level": Place.Level.QADHA}, {"level": Place.Level.GOVERNORATE, "parent": True}])
def test_only_a_governorate_has_no_parent(facts):
    if "parent" in facts:
        facts["parent"] = PlaceFactory()
    refused("only_a_governorate_has_no_parent", lambda: PlaceFactory(**facts))


def test_iso_code_is_unique():
    PlaceFactory(iso_code="IQ-MA")
    refused("iso_code_is_unique", lambda: PlaceFactory(iso_code="IQ-MA"))
    PlaceFactory(iso_code="")
    PlaceFactory(iso_code="")


def test_code_is_unique():
    PlaceFactory(code="IQ11")
    refused("code", lambda: PlaceFactory(code="IQ11"))


def test_department_code_is_unique_in_its_place():
    department = DepartmentFactory(code="gis")
    refused("department_code_is_unique_in_its_place", lambda: DepartmentFactory(code="gis", place=department.place))
    DepartmentFactory(code="gis")
    assert Department.objects.count() == 2


@pytest.mark.parametrize(
    ("first", "second", "fits"),
    [
        ((2000, 2010), (2009, None), False),
        ((2000, None), (2010, None), False),
        ((2000, None), (1990, 2001), False),
        ((2000, 2010), (2010, None), True),
        ((2000, 2010), (1990, 2000), True),
    ],
)
def test_a_place_has_one_boundary_at_a_time(first, second, fits):
    place = PlaceFactory()

    def bound(years):
        begin, end = years
        BoundaryFactory(place=place, valid_from=date(begin, 1, 1), valid_to=end and date(end, 1, 1))

    bound(first)
    if fits:
        bound(second)
    else:
        refused("a_place_has_one_boundary_at_a_time", lambda: bound(second))


@pytest.mark.parametrize("end", [date(2000, 1, 1), date(1999, 1, 1)])
def test_boundary_ends_after_it_begins(end):
    refused("boundary_ends_after_it_begins", lambda: BoundaryFactory(valid_from=date(2000, 1, 1), valid_to=end))


# Where a point lies


def test_inside_outside_and_on_the_border():
    place = BoundaryFactory(geom=shape()).place
    assert Place.objects.at(LON + SIZE / 2, LAT + SIZE / 2).get() == place
    assert Place.objects.at(LON, LAT).get() == place
    assert not Place.objects.at(LON - 0.001, LAT + SIZE / 2).exists()


def test_a_point_on_a_common_border_lies_in_both_and_once_in_each():
    west, east = BoundaryFactory(geom=shape()), BoundaryFactory(geom=shape(LON + SIZE))
    corner = (LON + SIZE, LAT)
    assert {place.pk for place in Place.objects.at(*corner)} == {west.place_id, east.place_id}
    assert len(Place.objects.at(*corner)) == 2


@pytest.mark.parametrize(
    ("day", "found"),
    [(date(1999, 12, 31), None), (date(2000, 1, 1), "old"), (date(2009, 12, 31), "old"), (date(2010, 1, 1), "new")],
)
def test_on_a_day_the_boundary_of_that_day_answers(day, found):
    places = {"old": PlaceFactory(), "new": PlaceFactory()}
    BoundaryFactory(place=places["old"], valid_from=date(2000, 1, 1), valid_to=date(2010, 1, 1))
    BoundaryFactory(place=places["new"], valid_from=date(2010, 1, 1))
    assert Place.objects.at(LON + 0.05, LAT + 0.05, on=day).first() == places.get(found)


@pytest.mark.parametrize(("lon", "lat"), [(-45, 0), (135, 0), (-179, 10), (0, 90), (180, -90)])
def test_far_from_the_metric_system_there_is_nothing_and_no_error(lon, lat):
    assert list(Place.objects.at(lon, lat)) == []


def test_a_boundary_is_kept_in_small_pieces_also_when_its_shape_changes():
    boundary = BoundaryFactory(geom=MultiPolygon(square(*AMARAH, 0.2).buffer(1000, quadsegs=200), srid=32638))
    assert BoundaryPiece.objects.count() > 4
    assert max(piece.geom.num_coords for piece in BoundaryPiece.objects.all()) <= 64
    boundary.geom = shape(48.0)
    boundary.save()
    assert Place.objects.at(48.05, LAT + 0.05).exists()
    assert not Place.objects.at(LON + 0.05, LAT + 0.05).exists()
    boundary.delete()
    assert not BoundaryPiece.objects.exists()


def test_looking_up_a_point_goes_through_the_index():
    for row in range(12):
        for column in range(12):
            BoundaryFactory(geom=shape(44 + row * SIZE, 30 + column * SIZE))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE places_boundarypiece; ANALYZE places_boundary; ANALYZE places_place")
    plan = Place.objects.at(44.25, 30.25).explain()
    assert "places_boundarypiece_geom" in plan, plan
    assert "Seq Scan on places_boundarypiece" not in plan


# Names


@pytest.mark.parametrize("typed", ["قلعة صالح", "قلعه صالح", "قَلْعَة", "qal", "SALEH"])
def test_names_are_found_in_any_spelling(typed):
    place = PlaceFactory(name_ar="قلعة صالح", name_en="Qal'at Saleh")
    PlaceFactory(name_ar="الكحلاء", name_en="Kahla")
    assert Place.objects.named_like(typed).get() == place


def test_within_and_covering():
    municipality = PlaceFactory(municipality=True)
    qadha, governorate = municipality.parent, municipality.parent.parent
    PlaceFactory(code=f"{governorate.code}9")
    assert set(Place.objects.within(governorate)) == {governorate, qadha, municipality}
    assert set(Place.objects.covering(municipality)) == {governorate, qadha, municipality}
    assert Boundary.objects.visible_to(None).count() == 0
