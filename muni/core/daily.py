"""Work that every night brings: queued for the coming midnight when a worker starts, and again by each run for the
next. A night that the machine slept through is made up for when it wakes."""

from datetime import datetime, time, timedelta
from functools import wraps
from zlib import crc32

from django.db import connection, transaction
from django.utils import timezone
from django_tasks import TaskResultStatus, task
from django_tasks_db.models import DBTaskResult

_nightly = []
_QUEUE = 0x64_61_79  # class of the advisory locks that keep two workers from queueing the same night twice


def nightly(function):
    """Makes a function of a module a task that runs soon after each midnight of settings.TIME_ZONE."""

    @wraps(function)
    def run():
        queue_night(made)
        function()

    made = task()(run)
    _nightly.append(made)
    return made


def queue_nights():
    """Queues what is not in the queue yet."""
    for each in _nightly:
        queue_night(each)


@transaction.atomic
def queue_night(made):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_QUEUE, crc32(made.module_path.encode()) & 0x7FFF_FFFF])
    if not DBTaskResult.objects.filter(task_path=made.module_path, status=TaskResultStatus.READY).exists():
        tomorrow = timezone.localdate() + timedelta(days=1)
        made.using(run_after=timezone.make_aware(datetime.combine(tomorrow, time(0, 1)))).enqueue()
