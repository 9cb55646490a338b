from django.db import migrations

# Deferred to the commit: concurrent writers of one layer wait for one another only then, and a reader that sees the
# new revision sees the new rows.
BUMP = """
CREATE FUNCTION gis_layers_bump_revision() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE reached bigint;
BEGIN
  UPDATE gis_layers_layer SET revision = revision + 1, changed_at = now()
    WHERE slug = NEW.layer_slug RETURNING revision INTO reached;
  UPDATE gis_layers_layerchange SET revision = reached WHERE id = NEW.id;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER bump_revision AFTER INSERT ON gis_layers_layerchange
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION gis_layers_bump_revision();
"""


class Migration(migrations.Migration):
    dependencies = [("gis_layers", "0001_initial")]
    operations = [
        migrations.RunSQL(
            BUMP, "DROP TRIGGER bump_revision ON gis_layers_layerchange; DROP FUNCTION gis_layers_bump_revision()"
        ),
        migrations.RunSQL("ALTER TABLE gis_layers_stagedfeature SET UNLOGGED", migrations.RunSQL.noop),
        migrations.RunSQL("CREATE SEQUENCE gis_layers_feature_no", "DROP SEQUENCE gis_layers_feature_no"),
    ]
