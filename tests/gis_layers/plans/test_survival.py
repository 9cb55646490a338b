"""A worker is killed while it makes a plan's archives: nothing half made is handed out, and the next worker makes them
whole."""

import hashlib
import os
import signal
import subprocess
import sys
from datetime import date

import pyogrio
import pytest
from django.conf import settings
from django.db import connection
from django_tasks_db.models import DBTaskResult
from pmtiles.reader import MmapSource, Reader, all_tiles

from gis_layers.plans import services
from gis_layers.plans.models import Archive
from muni.core.jobs import living_workers
from tests.connections import until
from tests.factories import UserFactory
from tests.gis_layers.plans.factories import PlanFactory

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

WORKER = """
import sys, time
import django
django.setup()
from django.conf import settings
from django.core.management import call_command
from django.db import connection
connection.settings_dict["NAME"], settings.MEDIA_ROOT, moment = sys.argv[1:]
from gis_layers.plans import archives

def stop(*args, **facts):
    if facts.get("format") != "gpkg":
        print("here", flush=True)
        time.sleep(600)

if moment == "some of the GeoPackage":
    archives.pyogrio.write_dataframe = stop
elif moment == "some of the tiles":
    archives.Writer.finalize = stop
elif moment == "all but the record":
    archives.Archive.objects.create = stop
call_command("worker", batch=True, reload=False, startup_delay=False, verbosity=0)
"""


def worker(moment=""):
    return subprocess.Popen(
        [sys.executable, "-c", WORKER, connection.settings_dict["NAME"], str(settings.MEDIA_ROOT), moment],
        cwd=settings.BASE_DIR,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "muni.settings"},
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def plan(office):
    plan = PlanFactory(place=office.place, department=office, state="approved")
    return services.publish(plan, by=UserFactory(is_superuser=True), in_force_from=date(2026, 1, 1))


def job():
    return DBTaskResult.objects.get(task_path="gis_layers.plans.tasks.make_archives")


@pytest.mark.parametrize("moment", ["some of the GeoPackage", "some of the tiles", "all but the record"])
def test_a_killed_worker_s_archives_are_made_whole_by_the_next(plan, client, moment):
    addresses = [f"/plans/{plan.pk}/archive.{kind}" for kind in Archive.Format.values]
    with worker(moment) as first:
        assert first.stdout.readline() == "here\n"
        os.kill(first.pid, signal.SIGKILL)
    until(lambda: not living_workers())
    plan.refresh_from_db()
    assert (plan.state, job().status) == ("published", "RUNNING")
    assert not Archive.objects.exists()
    assert [client.get(address).status_code for address in addresses] == [404, 404]

    with worker() as second:
        assert second.wait(300) == 0
    assert (job().status, len(job().worker_ids)) == ("SUCCESSFUL", 2)
    found = {archive.format: archive for archive in plan.archives.all()}
    assert {path.name for path in found["gpkg"].file.parent.iterdir()} == {a.file.name for a in found.values()}
    for kind, address in zip(Archive.Format.values, addresses, strict=True):
        content = b"".join(client.get(address).streaming_content)
        assert (len(content), hashlib.sha256(content).hexdigest()) == (found[kind].size, found[kind].sha256)
    assert {name for name, _kind in pyogrio.list_layers(found["gpkg"].file)} == {"zones", "provisions"}
    with found["pmtiles"].file.open("rb") as file:
        source = MmapSource(file)
        assert len(list(all_tiles(source))) == Reader(source).header()["tile_entries_count"]
