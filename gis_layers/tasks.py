"""Background work on layers."""

from django_tasks import task

from gis_layers.exporting import services as exporting
from gis_layers.importing import services as importing


@task()
def run_import(job_id):
    importing.run(job_id)


@task()
def run_export(job_id):
    exporting.run(job_id)
