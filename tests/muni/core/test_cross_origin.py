import pytest
from django.test import Client

from tests.factories import LayerFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("address", "methods"),
    [
        ("/ogc/", "GET, HEAD, OPTIONS"),
        ("/ogc/collections/wells/items", "GET, HEAD, OPTIONS"),
        ("/tiles/wells.json", "GET, HEAD, OPTIONS"),
        ("/tiles/wells/0/0/0.mvt", "GET, HEAD, OPTIONS"),
    ],
)
def test_a_page_of_another_site_may_ask_with_a_key(client, address, methods):
    LayerFactory(slug="wells", public=True)
    told = client.options(address, headers={"Origin": "https://map.example"})
    assert (told.status_code, told["Allow"], told["Access-Control-Allow-Methods"]) == (204, methods, methods)
    assert told["Access-Control-Allow-Origin"] == "*"
    assert {"Authorization", "X-Api-Key"} <= set(told["Access-Control-Allow-Headers"].split(", "))


def test_other_addresses_stay_closed_to_other_sites(client):
    assert not client.options("/accounts/login/").has_header("Access-Control-Allow-Origin")


@pytest.mark.parametrize(("address", "status"), [("/ogc/collections/wells/items", 401), ("/tiles/wells.json", 405)])
def test_a_program_that_writes_is_told_in_json(address, status):
    LayerFactory(slug="wells", public=True)
    refused = Client(enforce_csrf_checks=True).post(address, "{}", content_type="application/json")
    assert (refused.status_code, refused["Content-Type"]) == (status, "application/json")
    assert refused.json()["message"]


def test_a_session_still_needs_the_token_of_a_form():
    client = Client(enforce_csrf_checks=True)
    client.force_login(UserFactory(is_superuser=True))
    LayerFactory(slug="wells", public=True)
    assert client.post("/ogc/collections/wells/items", "{}", content_type="application/json").status_code == 403
