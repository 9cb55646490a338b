from datetime import date, timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from gis_layers.models import Layer
from gis_layers.registry import source_of
from muni.places.models import Place
from tests.factories import BoundaryFactory, PlaceFactory

pytestmark = pytest.mark.django_db
SLUGS = ["governorates", "qadhas", "nahiyas", "municipalities", "neighbourhoods"]


def rows(slug):
    source = source_of(Layer.objects.get(slug=slug))
    return source, source.rows(AnonymousUser())


def test_each_level_is_a_public_layer_of_its_own():
    parent = None
    for level in Place.Level:
        parent = PlaceFactory(level=level, parent=parent)
        BoundaryFactory(place=parent)
    for level, slug in zip(Place.Level, SLUGS, strict=True):
        _source, boundaries = rows(slug)
        assert [boundary.place.level for boundary in boundaries] == [level]
    assert Layer.objects.visible_to(AnonymousUser()).filter(slug__in=SLUGS).count() == len(SLUGS)


def test_attributes_of_the_place_have_plain_names():
    BoundaryFactory(place=PlaceFactory(name_ar="ميسان", code="IQ-MA"))
    source, boundaries = rows("governorates")
    assert [a.name for a in source.attributes] == ["name_ar", "name_en", "code", "valid_from", "source"]
    assert source.attribute("name_ar").searchable
    assert source.attribute("name_ar").title_ar == "الاسم بالعربية"
    found = boundaries.annotate(n=source.value("name_ar"), c=source.value("code")).values_list("n", "c")
    assert list(found) == [("ميسان", "IQ-MA")]
    assert source.geometry_type() == "Polygon"


def test_only_boundaries_in_force_on_the_day_of_the_question(monkeypatch):
    today = timezone.localdate()
    BoundaryFactory(valid_from=date(2000, 1, 1), valid_to=today)
    now = BoundaryFactory(valid_from=today)
    tomorrow = BoundaryFactory(valid_from=today + timedelta(days=1))
    assert set(rows("governorates")[1]) == {now}
    monkeypatch.setattr(timezone, "localdate", lambda: today + timedelta(days=1))
    assert set(rows("governorates")[1]) == {now, tomorrow}


def test_web_mercator_is_kept_by_the_database():
    boundary = BoundaryFactory()
    boundary.refresh_from_db()
    assert boundary.geom_3857.srid == 3857
    assert boundary.geom_3857.extent[0] == pytest.approx(47.145 * 111_319.49, abs=50)


@pytest.mark.django_db(transaction=True)
def test_a_boundary_or_a_name_that_changes_makes_a_new_revision():
    def revision():
        return Layer.objects.get(slug="governorates").revision

    seen = [revision()]
    boundary = BoundaryFactory()
    seen.append(revision())
    boundary.place.name_en = "Maysan"
    boundary.place.save()
    seen.append(revision())
    boundary.valid_to = date(2020, 1, 1)
    boundary.save()
    seen.append(revision())
    boundary.delete()
    seen.append(revision())
    assert seen == sorted(set(seen)), seen
    without_boundary = PlaceFactory()
    without_boundary.name_en = "x"
    without_boundary.save()
    assert revision() == seen[-1]
