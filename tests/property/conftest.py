import pytest
from django.utils import translation


@pytest.fixture
def speaking_english(client_of):
    """A client of the user whose pages are English: a request leaves its language to the thread."""

    def client(user):
        found = client_of(user)
        found.get("/?lang=en")
        return found

    return client


@pytest.fixture(autouse=True)
def english():
    """Refusals are compared in English; pages speak the language of their request."""
    with translation.override("en"):
        yield
