from django.db import migrations

DRAFT = """
CREATE VIEW editing_draftfeature AS
  SELECT e.feature_no, e.changeset_id, c.layer_id, e.attributes, e.geom, e.geom_3857, 'e' || e.version AS version,
         e.op::text AS edit
  FROM editing_edit e JOIN editing_changeset c ON c.id = e.changeset_id
  WHERE e.op <> 'delete'
  UNION ALL
  SELECT f.feature_no, c.id, f.layer_id, f.attributes, f.geom, f.geom_3857, 'p' || f.id, NULL
  FROM editing_changeset c JOIN gis_layers_feature f ON f.layer_id = c.layer_id AND f.revision_to IS NULL
  WHERE NOT EXISTS (SELECT 1 FROM editing_edit e WHERE e.changeset_id = c.id AND e.feature_no = f.feature_no)
"""


class Migration(migrations.Migration):
    dependencies = [("editing", "0001_initial"), ("gis_layers", "0007_layer_revisions")]
    operations = [
        migrations.RunSQL("CREATE SEQUENCE editing_version", "DROP SEQUENCE editing_version"),
        migrations.RunSQL(DRAFT, "DROP VIEW editing_draftfeature"),
    ]
