import pytest

from muni.core.http import challenge, client_address, is_machine


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, None, "10.0.0.9"),
        (0, "1.2.3.4", "10.0.0.9"),
        (1, "1.2.3.4", "1.2.3.4"),
        (1, "6.6.6.6, 1.2.3.4", "1.2.3.4"),
        (2, "6.6.6.6, 1.2.3.4, 10.0.0.1", "1.2.3.4"),
        (2, "1.2.3.4", "10.0.0.9"),
        (1, None, "10.0.0.9"),
    ],
)
def test_only_our_own_proxies_are_believed(rf, settings, proxies, forwarded, address):
    settings.TRUSTED_PROXIES = proxies
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    assert client_address(rf.get("/", headers=headers, REMOTE_ADDR="10.0.0.9")) == address


@pytest.mark.parametrize(
    ("path", "accept", "machine"),
    [
        ("/api/v1/places/", "text/html", True),
        ("/ogc/", "", True),
        ("/tiles/a.json", "*/*", True),
        ("/map/", "application/json", True),
        ("/map/", "application/geo+json", True),
        ("/map/", "text/html,application/json", False),
        ("/map/", "*/*", False),
    ],
)
def test_who_wants_json(rf, path, accept, machine):
    assert is_machine(rf.get(path, headers={"Accept": accept})) is machine


def test_scripts_of_our_pages_are_not_told_of_basic(rf):
    assert challenge(rf.get("/")).startswith("Basic")
    assert challenge(rf.get("/", headers={"Sec-Fetch-Mode": "navigate"})).startswith("Basic")
    assert not challenge(rf.get("/", headers={"Sec-Fetch-Mode": "cors"})).startswith("Basic")
