from django_tasks import task

from gis_layers.rasters import services


@task()
def convert_sheet(sheet_id):
    services.run(sheet_id)
