from django.db import migrations

from gis_layers.operations import TrackLayer

SLUGS = ["plan_zones", "plan_proposals"]

# The plan's state and dates decide which of its zones are in the layers.
MOVED = f"""
CREATE FUNCTION plans_plan_update_tracks_layer() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO gis_layers_layerchange (layer_slug, extent, made_at)
  SELECT slug, box, now() FROM unnest(ARRAY{SLUGS}) AS slug,
    (SELECT ST_Envelope(ST_Extent(z.geom_3857))::geometry AS box, count(*) AS n
     FROM plans_planzone AS z WHERE z.plan_id IN (SELECT id FROM after)) AS t
  WHERE n > 0;
  RETURN NULL;
END $$;
CREATE TRIGGER plans_plan_update_tracks_layer AFTER UPDATE ON plans_plan
  REFERENCING NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION plans_plan_update_tracks_layer();
"""

# What is law is changed by another law alone. Demo plans may be replaced.
KEPT = """
CREATE FUNCTION plans_is_law(plan bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT 1 FROM plans_plan WHERE id = plan AND state IN ('published', 'superseded') AND NOT is_demo)
$$;
CREATE FUNCTION plans_keep_law() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE plan bigint; kept boolean;
BEGIN
  IF TG_TABLE_NAME = 'plans_planzone' THEN
    kept := TG_OP = 'UPDATE' OR (OLD.stage = 'law' AND plans_is_law(OLD.plan_id));
  ELSIF TG_TABLE_NAME = 'plans_zonetype' THEN
    kept := plans_is_law(OLD.plan_id);
  ELSE
    SELECT plan_id INTO plan FROM plans_zonetype WHERE id = OLD.zone_type_id;
    kept := plans_is_law(plan);
  END IF;
  IF kept THEN
    RAISE EXCEPTION 'A published plan is law: publish a plan that supersedes it';
  END IF;
  RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER plans_keep_law BEFORE UPDATE OR DELETE ON plans_planzone
  FOR EACH ROW EXECUTE FUNCTION plans_keep_law();
CREATE TRIGGER plans_keep_law BEFORE UPDATE OR DELETE ON plans_zonetype
  FOR EACH ROW EXECUTE FUNCTION plans_keep_law();
CREATE TRIGGER plans_keep_law BEFORE UPDATE OR DELETE ON plans_provision
  FOR EACH ROW EXECUTE FUNCTION plans_keep_law();
"""


class Migration(migrations.Migration):
    dependencies = [("plans", "0001_initial"), ("gis_layers", "0002_revisions")]
    operations = [
        TrackLayer("plans_planzone", SLUGS),
        migrations.RunSQL(
            MOVED,
            "DROP TRIGGER plans_plan_update_tracks_layer ON plans_plan; DROP FUNCTION plans_plan_update_tracks_layer()",
        ),
        migrations.RunSQL(
            KEPT,
            "DROP TRIGGER plans_keep_law ON plans_planzone; DROP TRIGGER plans_keep_law ON plans_zonetype;"
            " DROP TRIGGER plans_keep_law ON plans_provision; DROP FUNCTION plans_keep_law(), plans_is_law(bigint)",
        ),
    ]
