"""Background work on city plans."""

from django_tasks import task


@task()
def make_archives(plan_id):
    from gis_layers.plans import archives

    archives.make(plan_id)
