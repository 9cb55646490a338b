"""What imports and exports share as background work."""

from contextlib import contextmanager
from zlib import crc32

from django.db import connection

_JOBS = 0x6A_6F_62  # class of the advisory locks that keep two workers off one job


class Stopped(Exception):
    """The job was cancelled while it ran."""


@contextmanager
def exclusively(model, job_id):
    """Gives the job, now running, to one worker at a time; None when it has ended or somebody is at it.

    The lock goes with the worker's connection, so a killed worker leaves none behind.
    """
    key = crc32(str(job_id).encode()) & 0x7FFF_FFFF
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [_JOBS, key])
        if not cursor.fetchone()[0]:
            yield None
            return
    try:
        started = model.objects.filter(pk=job_id, state__in=[model.State.QUEUED, model.State.RUNNING]).update(
            state=model.State.RUNNING, progress=0
        )
        yield model.objects.get(pk=job_id) if started else None
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [_JOBS, key])


def report_progress(job, done):
    """Tells whoever watches. Raises Stopped when the job was cancelled meanwhile."""
    running = type(job).objects.filter(pk=job.pk, state=job.State.RUNNING)
    if not running.update(progress=done):
        raise Stopped
    job.progress = done
