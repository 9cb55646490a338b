import pytest
from django.utils import translation


@pytest.fixture(autouse=True)
def english():
    """Refusals are compared in English; pages speak the language of their request."""
    with translation.override("en"):
        yield
