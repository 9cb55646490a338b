"""Whether a kept connection holds is read off its socket, and agrees with what the server would say."""

import pytest
from django.db import DatabaseError, connection, connections


@pytest.fixture
def kept(transactional_db):
    """A second connection, as another thread would have it."""
    own = connections["default"].copy()
    own.ensure_connection()
    yield own
    own.close()


def test_an_idle_connection_holds(kept):
    assert kept.is_usable()


def test_one_that_the_server_ended_does_not(kept):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 60000)", [kept.connection.info.backend_pid])
        assert cursor.fetchone() == (True,)
    assert not kept.is_usable()


def test_one_in_a_failed_transaction_does_not(kept):
    kept.set_autocommit(False)
    with pytest.raises(DatabaseError), kept.cursor() as cursor:
        cursor.execute("SELECT nothing")
    assert not kept.is_usable()


def test_a_closed_one_does_not(kept):
    kept.connection.close()
    assert not kept.is_usable()
