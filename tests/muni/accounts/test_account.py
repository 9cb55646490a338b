from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.utils import timezone

from muni.accounts import services
from muni.accounts.models import ApiKey
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def test_the_page_shows_who_one_is(client_of):
    user = UserFactory(username="zainab", first_name="زينب", permissions=["gis_layers.view_layer"])
    page = client_of(user).get("/accounts/").content.decode()
    assert "زينب" in page
    assert "شعبة نظم المعلومات الجغرافية" in page


def test_queries_of_the_page_do_not_grow_with_offices_and_keys(client_of, django_assert_max_num_queries):
    user = UserFactory(permissions=["gis_layers.view_layer"])
    for number in range(5):
        services.make_key(user, name=f"key {number}")
    client = client_of(user)
    client.get("/accounts/")
    with django_assert_max_num_queries(9):
        client.get("/accounts/")


def test_details_are_saved_and_nothing_else_can_be(client_of, citizen):
    answer = client_of(citizen).post(
        "/accounts/",
        {
            "first_name": "علي",
            "last_name": "حسن",
            "email": "ali@amarah.example",
            "phone": "07701234567",
            "is_staff": "1",
        },
    )
    assert answer.url == "/accounts/"
    citizen.refresh_from_db()
    assert (citizen.first_name, citizen.email, citizen.phone, citizen.is_staff) == (
        "علي",
        "ali@amarah.example",
        "",
        False,
    )


def test_a_wrong_address_is_told_beside_the_field(client_of, citizen):
    page = client_of(citizen).post("/accounts/", {"email": "nowhere"}).content.decode()
    assert 'href="#id_email"' in page
    assert 'aria-invalid="true"' in page


def test_a_key_is_shown_once_and_only_its_digest_kept(client_of, citizen):
    client = client_of(citizen)
    made = client.post("/accounts/keys/new/", {"name": "QGIS", "days": "30"})
    key = ApiKey.objects.get()
    shown = made.content.decode().split('<code class="secret">')[1].split("<")[0]
    assert shown.startswith(key.prefix + "_")
    assert len(shown) > 50
    assert "no-store" in made.headers["Cache-Control"]
    assert shown not in client.get("/accounts/").content.decode()
    assert shown not in str(ApiKey.objects.values().get())
    assert key.expires_at.date() >= (timezone.now() + timedelta(days=29)).date()
    assert [entry.change_message for entry in LogEntry.objects.all()] == ["key made"]


@pytest.mark.parametrize("fields", [{"name": "", "days": "30"}, {"name": "QGIS", "days": "9999"}])
def test_a_key_without_a_name_or_with_a_made_up_period_is_refused(client_of, citizen, fields):
    assert 'class="error-summary"' in client_of(citizen).post("/accounts/keys/new/", fields).content.decode()
    assert not ApiKey.objects.exists()


def test_twenty_keys_are_enough(client_of, citizen):
    for number in range(services.MAX_KEYS):
        services.make_key(citizen, name=str(number))
    page = client_of(citizen).post("/accounts/keys/new/", {"name": "one more", "days": "always"}).content.decode()
    assert "20" in page
    assert ApiKey.objects.count() == services.MAX_KEYS


def test_a_key_is_revoked_by_its_owner_alone(client_of, citizen):
    key, _secret = services.make_key(citizen, name="QGIS")
    assert client_of(UserFactory()).post(f"/accounts/keys/{key.pk}/revoke/").status_code == 404
    key.refresh_from_db()
    assert key.is_usable
    client = client_of(citizen)
    assert client.get(f"/accounts/keys/{key.pk}/revoke/").status_code == 405
    assert client.post(f"/accounts/keys/{key.pk}/revoke/").status_code == 302
    key.refresh_from_db()
    assert not key.is_usable
