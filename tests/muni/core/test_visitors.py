import pytest
from django.conf import settings

from muni.core import visitors
from tests.factories import AMARAH, LayerFactory, UserFactory, fill, square

pytestmark = pytest.mark.django_db
ITEMS = "/ogc/collections/wells/items"


@pytest.fixture
def layer():
    return fill(LayerFactory(slug="wells", public=True), (square(*AMARAH), {}))


def went_the_short_way(response):
    return not hasattr(response.wsgi_request, "session")


def test_a_visitors_program_is_answered_as_by_the_long_way(client, layer):
    short = client.get(ITEMS)
    client.cookies[settings.SESSION_COOKIE_NAME] = "forgotten"
    long = client.get(ITEMS)
    assert (went_the_short_way(short), went_the_short_way(long)) == (True, False)
    assert short.json()["features"] == long.json()["features"] != []
    for name in ("X-Content-Type-Options", "Access-Control-Allow-Origin", "Cache-Control", "Vary", "Content-Language"):
        assert short[name] == long[name], name


@pytest.mark.parametrize("headers", [{"Authorization": "Bearer nobody"}, {"X-Api-Key": "bld_nobody"}])
def test_wrong_credentials_are_refused_and_not_overlooked(client, layer, headers):
    assert client.get(ITEMS, headers=headers).status_code == 401


def test_who_is_signed_in_sees_more_than_a_visitor(client, layer):
    LayerFactory(slug="private")
    assert client.get("/ogc/collections/private").status_code == 404
    client.force_login(UserFactory(is_superuser=True))
    assert client.get("/ogc/collections/private").status_code == 200


@pytest.mark.parametrize(("query", "accept"), [("?f=html", "*/*"), ("", "text/html")])
def test_a_page_comes_with_all_that_pages_have(client, layer, query, accept):
    page = client.get(ITEMS + query, headers={"Accept": accept})
    assert not went_the_short_way(page)
    assert page["Content-Security-Policy"]


def test_a_write_goes_the_long_way(client, layer):
    assert not went_the_short_way(client.post(ITEMS, "{}", content_type="application/json"))


def test_what_asks_for_an_account_is_not_reached(client, monkeypatch):
    monkeypatch.setattr(visitors, "OPEN_PATHS", ("/editor/",))
    refused = client.get("/editor/", headers={"Accept": "application/json"})
    assert not went_the_short_way(refused)
    assert refused.status_code in {302, 401}


def test_an_unknown_address_is_told_in_json(client):
    missing = client.get("/ogc/nothing/here")
    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")


def test_a_failure_on_the_short_way_is_told_in_json(client, layer, monkeypatch):
    def fail(*args, **kwargs):
        raise RuntimeError("broken")

    monkeypatch.setattr("gis_layers.features.page", fail)
    client.raise_request_exception = False
    failed = client.get(ITEMS)
    assert (failed.status_code, failed.json()["code"]) == (500, "error")
