import pytest
from django.core.management import CommandError, call_command

from gis_layers.models import Feature, Layer
from muni.accounts.models import User
from muni.places.models import Boundary, Place
from property.models import Parcel
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def counts():
    return {model.__name__: model.objects.count() for model in (Parcel, Layer, Feature, Place, Boundary, User)}


def test_a_province_is_loaded_whole_and_again_without_doubling():
    call_command("load_demo", "maysan", scale=0.04)
    first = counts()
    assert first["Parcel"] > 500
    assert first["User"] == 12
    assert set(Layer.objects.filter(is_demo=True).values_list("visibility", flat=True)) == {"public"}
    lon, lat = 47.145, 31.84
    assert {p.level for p in Place.objects.at(lon, lat)} >= {Place.Level.MUNICIPALITY}
    call_command("load_demo", "maysan", scale=0.04)
    assert counts() == first


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
