from django.db import migrations

from gis_layers.operations import TrackLayer


class Migration(migrations.Migration):
    dependencies = [("property", "0001_initial"), ("gis_layers", "0002_revisions")]
    operations = [TrackLayer("property_parcel", ["parcels"])]
