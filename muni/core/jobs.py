"""Background jobs survive a killed worker: each worker holds an advisory lock for as long as it lives, and a job
whose worker holds none is put back. Jobs are therefore idempotent."""

from contextlib import contextmanager
from zlib import crc32

from django.db import connection
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

LONG = "long"
"""The queue of work that may take minutes: a worker that leaves it out keeps letters, previews and downloads moving."""

_WORKERS = 0x62_61_6C  # class of the workers' advisory locks
_ATTEMPTS = 3
_given_up = {}


def when_given_up(made):
    """Decorator: what to do with the arguments of a task's job on which three workers died, so that nothing waits for
    it for ever."""

    def keep(function):
        _given_up[made.module_path] = function
        return function

    return keep


def _key(worker_id):
    return crc32(worker_id.encode()) & 0x7FFF_FFFF


@contextmanager
def worker_presence(worker_id):
    """Holds the lock on a connection of its own: the worker's own one may be closed and reopened between jobs."""
    own = connection.copy()
    try:
        with own.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s, %s)", [_WORKERS, _key(worker_id)])
        yield
    finally:
        own.close()


def living_workers():
    """Keys of the workers that are alive, seen from any connection to this database."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT objid FROM pg_locks WHERE locktype = 'advisory' AND classid = %s AND granted"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
            [_WORKERS],
        )
        return {row[0] for row in cursor.fetchall()}


def requeue_lost_jobs():
    """Puts back jobs whose worker died; gives one up after three workers died on it."""
    alive = living_workers()
    for job in DBTaskResult.objects.running():
        if not job.worker_ids or _key(job.worker_ids[-1]) in alive:
            continue
        if len(job.worker_ids) >= _ATTEMPTS:
            job.set_failed(RuntimeError(f"{_ATTEMPTS} workers died on this job"))
            if follow_up := _given_up.get(job.task_path):
                follow_up(*job.args_kwargs["args"], **job.args_kwargs["kwargs"])
        else:
            DBTaskResult.objects.filter(pk=job.pk, status=TaskResultStatus.RUNNING, worker_ids=job.worker_ids).update(
                status=TaskResultStatus.READY, started_at=None
            )
