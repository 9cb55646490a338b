"""Background work on city plans."""

from django_tasks import task

from muni.core.jobs import LONG


@task(queue_name=LONG)
def make_archives(plan_id):
    from gis_layers.plans import archives

    archives.make(plan_id)
