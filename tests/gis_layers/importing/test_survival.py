"""A worker is killed in the middle of an import: nothing half-loaded, and the next worker finishes the job."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import geopandas
import pytest
from django.conf import settings
from django.db import connection

from gis_layers.importing import services
from gis_layers.models import Feature, ImportJob, Layer, StagedFeature
from tests.factories import DepartmentFactory
from tests.gis_layers.importing.files import box

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

RUN = """
import django, sys, time
django.setup()
from django.db import connection
connection.settings_dict["NAME"] = sys.argv[1]
from django.conf import settings
settings.MEDIA_ROOT = sys.argv[2]
from gis_layers.importing import services
services.run(sys.argv[3], on_progress=lambda job: time.sleep(float(sys.argv[4])))
"""


@pytest.fixture
def job(tmp_path):
    path = tmp_path / "many.gpkg"
    geopandas.GeoDataFrame({"n": range(20_000)}, geometry=[box()] * 20_000, crs="EPSG:4326").to_file(
        path, engine="pyogrio"
    )
    job = services.receive(path, name=path.name, department=DepartmentFactory())
    services.prepare(job, slug="trial")
    ImportJob.objects.update(state="queued")
    return job


def worker(job, pause):
    name, folder = connection.settings_dict["NAME"], str(settings.MEDIA_ROOT)
    return subprocess.Popen(
        [sys.executable, "-c", RUN, name, folder, str(job.pk), str(pause)],
        cwd=settings.BASE_DIR,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "muni.settings"},
    )


def until(condition, seconds=300):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def children(pid):
    return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_a_killed_worker_s_import_is_finished_by_the_next(job):
    first = worker(job, 0.5)
    until(lambda: StagedFeature.objects.count() > 2_000)
    (reader,) = children(first.pid)
    second = worker(job, 0)
    assert second.wait(300) == 0  # it sees that somebody is at it
    assert Layer.objects.filter(slug="trial").count() == 0
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    until(lambda: not Path(f"/proc/{reader}/cmdline").exists() or not Path(f"/proc/{reader}/cmdline").read_bytes())
    job.refresh_from_db()
    assert job.state == "running"
    assert not Feature.objects.exists()

    assert worker(job, 0).wait(300) == 0
    job.refresh_from_db()
    assert (job.state, job.read, job.kept) == ("done", 20_000, 20_000)
    assert Feature.objects.filter(layer__slug="trial").current().count() == 20_000
    assert Layer.objects.get(slug="trial").revision == 1
    assert not StagedFeature.objects.exists()
