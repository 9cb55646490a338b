import os
import subprocess
import sys
from datetime import timedelta

import pytest
from django.conf import settings as project
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from gis_layers.calendar import turn_the_day
from muni.core.daily import queue_nights

pytestmark = pytest.mark.django_db


@pytest.fixture
def queue(settings):
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    return DBTaskResult.objects.filter(task_path=turn_the_day.module_path)


def test_a_night_is_queued_once_for_the_coming_midnight(queue):
    queue_nights()
    queue_nights()
    when = timezone.localtime(queue.get().run_after)
    assert when.date() == timezone.localdate() + timedelta(days=1)
    assert when.hour == 0


def test_a_run_queues_the_next_night_even_when_it_fails(queue, monkeypatch):
    monkeypatch.setattr("gis_layers.calendar.turn", lambda layer: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        turn_the_day.call()
    assert queue.count() == 1


def test_a_fresh_process_knows_what_the_night_brings_and_what_follows_lost_jobs():
    """A worker imports nothing of its own accord: apps bring their tasks when they are ready."""
    code = (
        "import django; django.setup(); from muni.core import daily, jobs;"
        " print(*sorted(task.module_path for task in daily._nightly), *jobs._given_up)"
    )
    settings = {**os.environ, "DJANGO_SETTINGS_MODULE": "muni.settings"}
    asked = [sys.executable, "-c", code]
    done = subprocess.run(asked, cwd=project.BASE_DIR, env=settings, capture_output=True, text=True, check=True)
    assert done.stdout.split() == [
        "gis_layers.calendar.turn_the_day",
        "muni.documents.tasks.forget_checks",
        "muni.journal.tasks.verify_nightly",
        "muni.notices.tasks.revive",
        "property.tasks.escalate_overdue",
        "muni.notices.tasks.deliver",
        "property.tasks.check_survey",
    ]
