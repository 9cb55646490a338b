from django_tasks import task

from gis_layers.quality import services
from muni.core.jobs import LONG


@task(queue_name=LONG)
def run_rules(run_id):
    services.run(run_id)
