import pytest
from django.db import DataError

from muni.core.whole import one_value

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("length", [0, 1, 70_000])
def test_every_byte_arrives(length):
    sent = bytes(i % 256 for i in range(length))
    assert one_value(f"SELECT decode('{sent.hex()}', 'hex')") == sent


def test_null_is_empty():
    assert one_value("SELECT NULL::bytea") == b""


def test_what_postgresql_refuses_is_an_error_of_the_database():
    with pytest.raises(DataError):
        one_value("SELECT decode(repeat('0', 1 / 0), 'hex')")
