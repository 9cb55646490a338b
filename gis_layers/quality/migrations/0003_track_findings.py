from django.db import migrations

from gis_layers.operations import TrackLayer


class Migration(migrations.Migration):
    dependencies = [("quality", "0002_models")]
    operations = [TrackLayer("quality_finding", ["quality-findings"])]
