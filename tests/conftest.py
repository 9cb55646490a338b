import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.utils import translation
from hypothesis import HealthCheck
from hypothesis import settings as property_settings

from tests.factories import UserFactory

# The same examples in every run, however slow the machine; --hypothesis-profile=default looks for new ones.
property_settings.register_profile(
    "steady", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
property_settings.load_profile("steady")


def pytest_collection_modifyitems(config, items):
    """What takes minutes, kills programs or reads real files runs by itself: script/test -m "slow or real"."""
    for mark in ("slow", "real"):
        if mark not in config.option.markexpr:
            for item in items:
                if item.get_closest_marker(mark):
                    item.add_marker(pytest.mark.skip(reason=f"asked for with -m {mark}"))


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """Tests that commit are cleaned up by TRUNCATE, which the journal and the looks at records refuse."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE journal_entry DISABLE TRIGGER journal_refuse_truncate")
        cursor.execute("ALTER TABLE property_look DISABLE TRIGGER look_refuse_truncate")


@pytest.fixture(autouse=True)
def data_dir(settings, tmp_path):
    """Uploads, cached tiles and the signing key of a test stay in its own folder."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.TILE_CACHE_DIR = tmp_path / "tiles"
    settings.STATIC_ROOT = tmp_path / "static"
    settings.DEVELOPMENT_KEY = tmp_path / "signing-key.pem"
    settings.STATIC_ROOT.mkdir()
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


@pytest.fixture(autouse=True)
def quick_passwords(settings):
    """A slow hash protects nobody in a test."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def empty_cache():
    """What one test left in memory may not answer another's question."""
    cache.clear()


@pytest.fixture(autouse=True)
def the_house_speaks_arabic(settings):
    """A page asked for in English leaves its thread speaking English; the next test starts afresh."""
    translation.activate(settings.LANGUAGE_CODE)


@pytest.fixture
def client_of():
    """A test client signed in as the given user."""

    def signed_in(user):
        client = Client()
        client.force_login(user)
        return client

    return signed_in


@pytest.fixture
def citizen(db):
    return UserFactory()


@pytest.fixture
def planner(db):
    return UserFactory(permissions=["gis_layers.change_layer", "gis_layers.add_layer", "gis_layers.publish_layer"])
