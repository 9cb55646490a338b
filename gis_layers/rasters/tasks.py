from django_tasks import task

from gis_layers.rasters import services
from muni.core.jobs import LONG


@task(queue_name=LONG)
def convert_sheet(sheet_id):
    services.run(sheet_id)
