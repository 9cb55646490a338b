from datetime import date

import pytest
import shapely
from django.core.management import call_command

from muni.core.srids import MUNI_SRID
from muni.places.models import Place
from muni.places.services import BoundaryRefused, load_places, set_boundary
from tests.factories import PlaceFactory

pytestmark = pytest.mark.django_db
BOX = shapely.box(700_000, 3_520_000, 710_000, 3_530_000)


def test_all_governorates_and_the_two_provinces_units_are_loaded_and_again_without_change():
    call_command("load_reference")
    first = list(Place.objects.values_list("pk", "path").order_by("pk"))
    load_places()
    assert list(Place.objects.values_list("pk", "path").order_by("pk")) == first
    assert Place.objects.filter(level=Place.Level.GOVERNORATE).count() == 19
    maysan = Place.objects.get(iso_code="IQ-MA")
    assert Place.objects.within(maysan).filter(level=Place.Level.QADHA).count() == 6
    assert Place.objects.get(name_ar="كميت").path == "/IQG14/IQG14Q01/IQG14Q01N01/"


def test_a_new_boundary_ends_the_earlier_one_and_both_answer_for_their_days():
    place = PlaceFactory()
    set_boundary(place, BOX, valid_from=date(2000, 1, 1), source="survey")
    set_boundary(place, shapely.box(700_000, 3_520_000, 705_000, 3_530_000), valid_from=date(2020, 1, 1), source="law")
    lon, lat = 47.19, 31.85
    assert list(Place.objects.at(lon, lat, on=date(2019, 12, 31))) == [place]
    assert list(Place.objects.at(lon, lat, on=date(2020, 1, 1))) == []


def test_a_bow_tie_is_mended_and_a_shape_without_area_refused():
    place = PlaceFactory()
    bow_tie = shapely.Polygon([(700_000, 3_520_000), (710_000, 3_530_000), (710_000, 3_520_000), (700_000, 3_530_000)])
    boundary = set_boundary(place, bow_tie, valid_from=date(2000, 1, 1), source="survey")
    assert boundary.geom.valid
    assert boundary.geom.srid == MUNI_SRID
    with pytest.raises(BoundaryRefused):
        set_boundary(PlaceFactory(), shapely.LineString([(0, 0), (1, 1)]), valid_from=date(2000, 1, 1), source="survey")


def test_an_older_boundary_cannot_be_slipped_in():
    place = PlaceFactory()
    set_boundary(place, BOX, valid_from=date(2000, 1, 1), source="survey")
    with pytest.raises(BoundaryRefused):
        set_boundary(place, BOX, valid_from=date(2000, 1, 1), source="survey")
