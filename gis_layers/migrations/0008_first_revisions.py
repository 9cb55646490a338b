from django.db import migrations

# Layers that were there before revisions were recorded: how they reached the one that they are at is not known.
FIRST = """
INSERT INTO gis_layers_layerrevision (layer_id, revision, kind, at, note, created, updated, deleted, job_id)
SELECT l.id, l.revision, 'import', l.changed_at, '', l.feature_count, 0, 0,
       (SELECT j.id FROM gis_layers_importjob j WHERE j.layer_id = l.id AND j.revision = l.revision LIMIT 1)
FROM gis_layers_layer l WHERE NOT l.is_registered AND l.revision > 0
"""


class Migration(migrations.Migration):
    dependencies = [("gis_layers", "0007_layer_revisions")]
    operations = [migrations.RunSQL(FIRST, migrations.RunSQL.noop)]
