from django_tasks import task

from gis_layers.quality import services


@task()
def run_rules(run_id):
    services.run(run_id)
