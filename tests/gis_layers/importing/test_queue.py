"""A look at a file goes to every worker, the import itself only to those that take long work."""

import pytest
from django_tasks_db.models import DBTaskResult

from gis_layers.importing import services
from gis_layers.models import ImportJob
from muni.core.jobs import LONG
from tests.factories import DepartmentFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("facts", "queue"), [([], "default"), ([{"name": "roads"}], LONG)])
def test_only_the_import_itself_is_long(facts, queue, settings, django_capture_on_commit_callbacks):
    job = ImportJob.objects.create(
        department=DepartmentFactory(), file_name="roads.zip", sha256="0" * 64, path="roads.zip", facts=facts
    )
    with django_capture_on_commit_callbacks(execute=True):
        services.queue(job)
    assert DBTaskResult.objects.get(task_path="gis_layers.tasks.run_import").queue_name == queue
