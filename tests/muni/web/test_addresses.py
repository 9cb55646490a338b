"""What browsers, search engines and programs ask for by habit."""

import pytest

pytestmark = pytest.mark.django_db


def test_habitual_addresses(client):
    assert "/api/v1/layers/" in client.get("/api/v1/").json()["layers"]
    assert client.get("/favicon.ico").url.endswith("mark.svg")
    assert "Disallow: /tiles/" in client.get("/robots.txt").text


def test_each_resource_that_the_list_names_is_there(client):
    listed = client.get("/api/v1/").json()
    assert {name: client.get(address).status_code for name, address in listed.items()} == {
        **dict.fromkeys(listed, 200),
        "changesets": 401,
    }
