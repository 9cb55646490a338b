"""Several at work at once, each on a database connection of its own; tests that use it commit (transaction=True)."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from django.db import connection, connections, transaction

from muni.core.errors import DomainError

LONG_ENOUGH = 120
"""Seconds until a test gives up waiting for what must come."""


def on_own_connection(call):
    """The call's result, or the refusal that it met."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '60s'")
        return call()
    except DomainError as refusal:
        return refusal
    finally:
        connections.close_all()


def at_once(*calls):
    """The results of the calls in their order; refusals as results."""
    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(on_own_connection, calls))


@contextmanager
def meanwhile(call):
    """Inside it a transaction is open in which the test acts first; the call then meets its locks, and goes on when it
    has ended. Yields a list that holds the call's result, or the refusal, afterwards."""
    found, acted = [], threading.Event()
    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(lambda: acted.wait(LONG_ENOUGH) and on_own_connection(call))
        try:
            with transaction.atomic():
                yield found
                acted.set()
                until(lambda: other.done() or somebody_waits())
                assert not other.done(), "it did not wait"
        finally:
            acted.set()
        found.append(other.result(LONG_ENOUGH))


def somebody_waits():
    """Whether a connection to this database waits for a lock of ours."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))"
        )
        return cursor.fetchone()[0] > 0


def until(condition, seconds=LONG_ENOUGH):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)
