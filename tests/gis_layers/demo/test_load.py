from datetime import date
from types import SimpleNamespace

import pytest
import shapely
from django.core.management import CommandError, call_command
from django.db.models import Exists, OuterRef
from django.utils import timezone

from gis_layers.demo.load import outlines
from gis_layers.models import Feature, Layer
from gis_layers.plans.models import Plan, PlanZone
from muni.accounts.models import User
from muni.places.models import Boundary, Place
from muni.places.services import load_places, set_boundary
from property.models import Parcel, Party, PropertyUnit, Right, Share
from tests.factories import UserFactory
from tests.property.test_invariants import at_once

pytestmark = pytest.mark.django_db


def counts():
    return {
        model.__name__: model.objects.count()
        for model in (Parcel, PropertyUnit, Party, Right, Share, Layer, Feature, Place, Boundary, User, Plan, PlanZone)
    }


def test_a_province_is_loaded_whole_and_again_without_doubling():
    call_command("load_demo", "maysan", scale=0.04)
    first = counts()
    assert first["Parcel"] > 500
    assert first["User"] == 12
    layers = Layer.objects.filter(is_demo=True)
    assert set(layers.exclude(group="plans").values_list("visibility", flat=True)) == {"public"}
    assert set(layers.filter(group="plans").values_list("visibility", flat=True)) == {"private"}
    lon, lat = 47.145, 31.84
    assert {p.level for p in Place.objects.at(lon, lat)} >= {
        Place.Level.GOVERNORATE,
        Place.Level.QADHA,
        Place.Level.NAHIYA,
        Place.Level.MUNICIPALITY,
    }
    assert sorted(Plan.objects.values_list("state", flat=True)) == ["consultation", "published", "superseded"]
    zone = PlanZone.objects.in_force_on(timezone.localdate()).filter(geom__intersects=OuterRef("geom"))
    assert not Parcel.objects.filter(~Exists(zone)).exists()
    assert not Parcel.objects.filter(unit=None).exists()
    assert not PropertyUnit.objects.filter(rights=None).exists()
    at_once()  # shares and periods
    call_command("load_demo", "maysan", scale=0.04)
    assert counts() == first


def test_rough_outlines_part_the_country_among_the_towns_and_give_way_to_a_real_boundary():
    load_places()
    governorate = Place.objects.get(code="IQG14")
    towns = [
        SimpleNamespace(
            name_ar=name,
            spec={"qadha": qadha, "centre": (x, 3.52e6)},
            municipality=shapely.Point(x, 3.52e6).buffer(2e3),
        )
        for name, qadha, x in (
            ("العمارة", "IQG14Q01", 7e5),
            ("المجر الكبير", "IQG14Q05", 7.2e5),
            ("كميت", "IQG14Q01", 6.8e5),
        )
    ]
    outlines(governorate, SimpleNamespace(towns=towns))
    qadhas = Boundary.objects.current().filter(place__level=Place.Level.QADHA)
    whole = Boundary.objects.current().get(place=governorate)
    nahiyas = Boundary.objects.current().filter(place__level=Place.Level.NAHIYA)
    assert qadhas.count() == 2
    assert sum(boundary.geom.area for boundary in qadhas) == pytest.approx(whole.geom.area)
    assert {boundary.place.code for boundary in nahiyas} == {"IQG14Q01M", "IQG14Q01N01", "IQG14Q05M"}
    assert sum(boundary.geom.area for boundary in nahiyas) == pytest.approx(whole.geom.area)
    assert "تقريبية" in whole.source

    real = set_boundary(
        governorate, shapely.box(7e5, 3.5e6, 7.1e5, 3.6e6), valid_from=date(2014, 1, 1), source="Survey"
    )
    outlines(governorate, SimpleNamespace(towns=towns))
    assert governorate.boundaries.get(valid_to=None) == real


def test_the_demo_accounts_have_their_roles_and_only_the_administrator_administers():
    call_command("load_demo", "maysan", scale=0.02)
    assert all(user.check_password("demo") for user in User.objects.filter(username__in=["planner", "council"]))
    assert list(User.objects.filter(is_staff=True).values_list("username", flat=True)) == ["admin"]
    assert not User.objects.get(username="citizen").is_official
    assert User.objects.get(username="planner").has_perm("gis_layers.add_layer", Place.objects.get(iso_code="IQ-MA"))


def test_a_real_office_is_left_alone(settings, monkeypatch):
    UserFactory()
    monkeypatch.setitem(settings.DATABASES["default"], "HOST", "db.example")
    with pytest.raises(CommandError, match="real office"):
        call_command("load_demo", "maysan", scale=0.02)
    assert not Parcel.objects.exists()
