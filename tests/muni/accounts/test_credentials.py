import base64
import logging
from datetime import timedelta

import httpx
import pytest
from axes.models import AccessAttempt
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from django_otp.plugins.otp_totp.models import TOTPDevice

from muni.accounts import services
from muni.accounts.models import ApiKey, Role
from tests.factories import UserFactory

PUBLIC = "/api/v1/places/"
PROTECTED = "/metrics"  # from afar it asks for a right
AFAR = {"REMOTE_ADDR": "10.1.1.1"}
RIGHT = "a long secret"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def few_figures(monkeypatch):
    """What the figures say is not asked here, and working them out takes long."""
    monkeypatch.setattr("muni.web.views.exposition", lambda: "figures")


def basic(name, password):
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}


@pytest.fixture
def monitor(db):
    return UserFactory(username="monitor", phone="+9647701234567", permissions=["accounts.view_metrics"])


@pytest.fixture
def key(monitor):
    """The text of a key of the monitor."""
    return services.make_key(monitor, name="Prometheus")[1]


def status(headers, path=PROTECTED, **extra):
    return Client(**AFAR).get(path, headers=headers, **extra).status_code


# Refusals first


@pytest.mark.parametrize("path", [PROTECTED, PUBLIC, "/", "/ogc/"])
@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Api-Key bld_00000000_wrong"},
        {"Authorization": "Bearer something"},
        {"Authorization": "Bearer"},
        {"Authorization": "Digest username=x"},
        {"Authorization": "Basic not-base64!"},
        {"Authorization": "Basic " + base64.b64encode(b"no colon").decode()},
        {"Authorization": "Basic " + base64.b64encode(b"\xff\xfe:x").decode()},
        basic("monitor", "wrong"),
        basic("nobody", RIGHT),
        basic("monitor\0", RIGHT),
        {"X-Api-Key": "bld_00000000_wrong"},
    ],
)
def test_wrong_credentials_are_401_in_our_shape_also_where_the_public_may_look(monitor, headers, path):
    answer = Client(**AFAR).get(path, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith('Basic realm="Baladiya"')
    assert set(answer.json()) == {"code", "message", "fields"}


@pytest.mark.parametrize("spoil", ["expired", "revoked", "dormant owner", "one letter"])
def test_a_key_that_opens_nothing(monitor, key, spoil):
    if spoil == "expired":
        ApiKey.objects.update(
            created_at=timezone.now() - timedelta(days=2), expires_at=timezone.now() - timedelta(seconds=1)
        )
    if spoil == "revoked":
        services.revoke_key(ApiKey.objects.get(), by=monitor)
    if spoil == "dormant owner":
        monitor.is_active = False
        monitor.save()
    if spoil == "one letter":
        key = key[:-1] + ("a" if key[-1] != "a" else "b")
    assert status({"Authorization": f"Api-Key {key}"}) == 401


def test_a_key_beside_somebody_elses_name_is_refused(key):
    UserFactory(username="other")
    assert status(basic("other", key)) == 401


@pytest.mark.parametrize("secured", ["code on the telephone", "office asks for one"])
def test_with_a_second_factor_the_password_is_not_enough_for_basic_and_a_key_is(monitor, key, secured):
    if secured == "code on the telephone":
        TOTPDevice.objects.create(user=monitor, confirmed=True)
    else:
        Role.objects.update(second_factor_required=True)
    answer = Client(**AFAR).get(PROTECTED, headers=basic("monitor", RIGHT))
    assert (answer.status_code, answer.json()["code"]) == (401, "api_key_needed")
    assert "مفتاح" in answer.json()["message"]
    assert status(basic("monitor", key)) == 200


def test_setting_up_a_second_factor_ends_what_was_remembered(monitor):
    assert status(basic("monitor", RIGHT)) == 200
    TOTPDevice.objects.create(user=monitor, confirmed=True)
    assert status(basic("monitor", RIGHT)) == 401


def test_no_key_or_basic_opens_the_account_pages_or_the_administration(key):
    admin = UserFactory(username="root", is_staff=True, is_superuser=True)
    admins_key = services.make_key(admin, name="x")[1]
    for path in ("/accounts/", "/accounts/keys/new/", "/admin/", "/admin/accounts/user/"):
        assert status({"Authorization": f"Api-Key {admins_key}"}, path) == 403
        assert status(basic("root", RIGHT), path) == 403
    made = Client().post("/accounts/keys/new/", {"name": "more"}, headers={"Authorization": f"Api-Key {admins_key}"})
    assert made.status_code == 403
    assert ApiKey.objects.filter(user=admin).count() == 1


# What opens


def test_every_way_a_key_may_be_sent(monitor, key):
    for headers in (
        {"Authorization": f"Api-Key {key}"},
        {"Authorization": f"api-key {key}"},
        {"Authorization": f"Bearer {key}"},
        {"X-Api-Key": key},
        basic("monitor", key),
        basic("+9647701234567", key),
        basic("", key),
    ):
        assert status(headers) == 200, headers


@pytest.mark.parametrize("name", ["monitor", "07701234567", "٠٧٧٠ ١٢٣ ٤٥٦٧"])
def test_basic_with_the_password(monitor, name):
    assert status(basic(name, RIGHT)) == 200


def test_the_header_decides_and_not_the_cookie(monitor, client_of):
    client = client_of(UserFactory(is_superuser=True))
    client.defaults.update(AFAR)
    assert client.get(PROTECTED).status_code == 200
    assert client.get(PROTECTED, headers=basic("monitor", "wrong")).status_code == 401
    weak = services.make_key(UserFactory(), name="x")[1]
    assert client.get(PROTECTED, headers={"X-Api-Key": weak}).status_code == 403


def test_no_session_begins(key):
    answer = Client(**AFAR).get(PROTECTED, headers={"X-Api-Key": key})
    assert "sessionid" not in answer.cookies


# Cost


@pytest.fixture
def hashings(monkeypatch, settings):
    """Counts argon2 computations, which are made easy."""
    for cost, least in (("time_cost", 1), ("memory_cost", 8), ("parallelism", 1)):
        monkeypatch.setattr(Argon2PasswordHasher, cost, least)
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    counted = []
    verify, encode = Argon2PasswordHasher.verify, Argon2PasswordHasher.encode
    monkeypatch.setattr(Argon2PasswordHasher, "verify", lambda *a, **k: counted.append("v") or verify(*a, **k))
    monkeypatch.setattr(Argon2PasswordHasher, "encode", lambda *a, **k: counted.append("e") or encode(*a, **k))
    return counted


def test_fifty_requests_by_basic_hash_once(hashings):
    UserFactory(username="monitor", permissions=["accounts.view_metrics"])
    hashings.clear()
    client = Client(**AFAR)
    for _ in range(50):
        assert client.get(PROTECTED, headers=basic("monitor", RIGHT)).status_code == 200
    assert hashings == ["v"]


def test_a_changed_password_is_asked_again_at_once(hashings):
    user = UserFactory(username="monitor", permissions=["accounts.view_metrics"])
    assert status(basic("monitor", RIGHT)) == 200
    user.set_password("another secret")
    user.save()
    assert status(basic("monitor", RIGHT)) == 401
    assert status(basic("monitor", "another secret")) == 200


def test_what_is_remembered_is_for_the_address_it_came_from(hashings):
    UserFactory(username="monitor", permissions=["accounts.view_metrics"])
    assert status(basic("monitor", RIGHT)) == 200
    hashings.clear()
    Client(REMOTE_ADDR="10.2.2.2").get(PROTECTED, headers=basic("monitor", RIGHT))
    assert hashings == ["v"]


def test_no_password_and_nothing_that_could_be_tried_against_one_lies_in_the_cache(monitor):
    status(basic("monitor", RIGHT))
    [name] = [name for name in cache._cache if "basic:" in name]
    assert RIGHT not in name
    assert len(name.rpartition(":")[2]) == 64


def test_queries_of_a_key_and_of_a_remembered_password(monitor, key, django_assert_num_queries):
    client = Client(**AFAR)
    client.get(PUBLIC, headers={"X-Api-Key": key})
    client.get(PUBLIC, headers=basic("monitor", RIGHT))
    client.get(PUBLIC)
    with django_assert_num_queries(2):  # the places and their number
        client.get(PUBLIC)
    with django_assert_num_queries(3):  # and the key with its owner
        client.get(PUBLIC, headers={"X-Api-Key": key})
    with django_assert_num_queries(4):  # and the account, and whether it is locked out
        client.get(PUBLIC, headers=basic("monitor", RIGHT))


def test_last_used_is_kept_to_the_hour(monitor, key):
    status({"X-Api-Key": key})
    first = ApiKey.objects.get().last_used_at
    assert first is not None
    status({"X-Api-Key": key})
    assert ApiKey.objects.get().last_used_at == first
    ApiKey.objects.update(last_used_at=first - timedelta(minutes=61))
    status({"X-Api-Key": key})
    assert ApiKey.objects.get().last_used_at > first - timedelta(minutes=1)


def test_keys_are_compared_in_constant_time(key, monkeypatch):
    compared = []
    from muni.accounts import credentials

    monkeypatch.setattr(credentials.hmac, "compare_digest", lambda a, b: compared.append((a, b)) or a == b)
    status({"X-Api-Key": key})
    status({"X-Api-Key": "bld_00000000_unknown"})
    assert len(compared) == 2
    assert compared[0][0] == ApiKey.objects.get().digest
    assert all(len(a) == len(b) == 64 for a, b in compared)


# Guessing


def test_wrong_passwords_by_basic_lock_the_name_and_a_right_one_that_is_remembered_does_not_help(monitor):
    assert status(basic("monitor", RIGHT)) == 200
    for _ in range(7):
        assert status(basic("monitor", "wrong")) == 401
    locked = Client(**AFAR).get(PROTECTED, headers=basic("07701234567", "wrong"))
    assert (locked.status_code, locked.json()["code"]) == (429, "locked")
    assert locked.headers["Retry-After"] == "900"
    assert status(basic("monitor", RIGHT)) == 429
    assert Client(**AFAR).post("/accounts/login/", {"username": "monitor", "password": RIGHT}).status_code == 429, (
        "the sign-in page counts with it"
    )
    assert Client(REMOTE_ADDR="10.2.2.2").get(PROTECTED, headers=basic("monitor", RIGHT)).status_code == 200


def test_a_wrong_key_locks_nobody(monitor):
    for _ in range(9):
        assert status(basic("monitor", "bld_00000000_wrong")) == 401
    assert not AccessAttempt.objects.exists()


# CSRF


@pytest.fixture
def echo(settings):
    """An address that takes writes: /echo/page as a page, /echo/rest in REST."""
    settings.ROOT_URLCONF = "tests.muni.accounts.echo_urls"


@pytest.mark.usefixtures("echo")
@pytest.mark.parametrize("path", ["/echo/page", "/echo/rest"])
class TestWriting:
    def write(self, path, *, user=None, **headers):
        client = Client(enforce_csrf_checks=True)
        if user:
            client.force_login(user)
        return client.post(path, headers=headers).status_code

    def test_a_session_needs_the_token(self, path, monitor):
        assert self.write(path, user=monitor) == 403

    def test_a_key_or_basic_does_not(self, path, monitor, key):
        assert self.write(path, **{"X-Api-Key": key}) == 200
        assert self.write(path, **basic("monitor", RIGHT)) == 200

    def test_a_cookie_beside_the_header_changes_nothing(self, path, monitor, key):
        assert self.write(path, user=UserFactory(), **{"X-Api-Key": key}) == 200

    def test_basic_that_a_browser_repeats_for_a_page_elsewhere_is_refused(self, path, monitor):
        header = basic("monitor", RIGHT)
        assert self.write(path, **header, **{"Sec-Fetch-Site": "cross-site"}) == 403
        assert self.write(path, **header, Origin="https://evil.example") == 403
        assert self.write(path, **header, Origin="null") == 403
        assert self.write(path, **header, **{"Sec-Fetch-Site": "same-origin"}, Origin="http://testserver") == 200

    def test_nobody_may_write(self, path, db):
        assert self.write(path) in {302, 401, 403}


# Over a real connection


@pytest.mark.django_db(transaction=True)
def test_over_http(live_server):
    user = UserFactory(username="gis")
    key = services.make_key(user, name="QGIS")[1]
    with httpx.Client(base_url=live_server.url, trust_env=False) as http:
        assert http.get(PUBLIC).status_code == 200
        assert http.get(PUBLIC, auth=("gis", RIGHT)).status_code == 200
        assert http.get(PUBLIC, auth=("gis", key)).status_code == 200
        assert http.get(PUBLIC, headers={"Authorization": f"Bearer {key}"}).status_code == 200
        refused = http.get(PUBLIC, auth=("gis", "wrong"))
        assert (refused.status_code, refused.json()["code"]) == (401, "wrong_credentials")
        assert refused.headers["WWW-Authenticate"].startswith("Basic")


def test_the_log_names_the_key_and_never_shows_it(monitor, caplog):
    with caplog.at_level(logging.INFO, "muni.security"):
        key, secret = services.make_key(monitor, name="QGIS")
        services.revoke_key(key, by=monitor)
    said = [record.getMessage() for record in caplog.records]
    assert said == [
        f"key made: apikey {key.pk} by user {monitor.pk}",
        f"key revoked: apikey {key.pk} by user {monitor.pk}",
    ]
    assert secret not in str(said)
