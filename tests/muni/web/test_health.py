import pytest
from django.db import DatabaseError

from muni.core.jobs import worker_presence
from muni.web import views
from tests.factories import UserFactory


def test_healthz_needs_no_database(client):
    answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok")


@pytest.mark.django_db
def test_readyz_without_a_worker_names_it(client):
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"database": True, "migrations": True, "worker": False}


@pytest.mark.django_db(transaction=True)
def test_readyz_with_a_worker(client):
    with worker_presence("a worker of this test"):
        assert client.get("/readyz").status_code == 200


@pytest.mark.django_db
def test_readyz_names_a_missing_migration(client, monkeypatch):
    monkeypatch.setattr(views.MigrationExecutor, "migration_plan", lambda *args: ["one to go"])
    assert client.get("/readyz").json()["migrations"] is False


@pytest.mark.django_db
def test_readyz_without_a_database(client, monkeypatch):
    def fail(*args):
        raise DatabaseError

    monkeypatch.setattr(views, "MigrationExecutor", fail)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["database"] is False


# Figures


@pytest.mark.django_db
@pytest.mark.parametrize(
    "sent",
    [
        {"REMOTE_ADDR": "10.0.0.7"},
        {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "10.0.0.7"},
        {"REMOTE_ADDR": "127.0.0.1", "HTTP_FORWARDED": "for=10.0.0.7"},
        {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_REAL_IP": "10.0.0.7"},
        {"REMOTE_ADDR": "10.0.0.7", "HTTP_X_FORWARDED_FOR": "127.0.0.1"},
    ],
)
def test_figures_are_closed_to_strangers(client, sent):
    answer = client.get("/metrics", **sent)
    assert answer.status_code == 401
    assert answer.json()["code"] == "not_authenticated"


@pytest.mark.django_db
def test_behind_a_proxy_no_address_is_the_machine_itself(client, settings):
    settings.TRUSTED_PROXIES = 1
    assert client.get("/metrics").status_code == 401


@pytest.mark.django_db
def test_figures_for_the_machine_itself_and_for_who_has_the_right(client, client_of):
    assert client.get("/metrics").status_code == 200
    afar = {"REMOTE_ADDR": "10.0.0.7"}
    assert client_of(UserFactory()).get("/metrics", **afar).status_code == 403
    assert client_of(UserFactory(permissions=["accounts.view_metrics"])).get("/metrics", **afar).status_code == 200


@pytest.mark.django_db
def test_figures_name_nobody(client, client_of):
    user = UserFactory(username="zainab-of-amarah", phone="+9647701234567", email="zainab@amarah.example")
    client_of(user).get("/accounts/")
    client.post("/accounts/login/", {"username": "zainab-of-amarah", "password": "wrong"})
    client.get("/no/such/zainab-of-amarah/", REMOTE_ADDR="10.9.8.7")
    figures = client.get("/metrics").content.decode()
    assert 'http_requests_total{method="POST",status="200",view="accounts:login"}' in figures
    for fact in ("zainab", "9647701234567", "10.9.8.7"):
        assert fact not in figures
