from django.db import migrations

from gis_layers.operations import TrackLayer

# Each arm begins with the few rows under way: holds that stand, parcels that are pending, surveys with an open case.
VIEW = """
CREATE VIEW property_pendingparcel AS
  SELECT p.id, c.id AS case_id, c.kind AS act, 'touched' AS part, p.parcel_no, p.block_no, p.area_m2,
    c.opened_at::date AS opened_on, p.geom, p.geom_3857
  FROM property_hold h JOIN property_case c ON c.id = h.case_id
  JOIN property_parcel p ON p.unit_id = h.unit_id AND p.status = 'current'
  WHERE NOT h.is_released
UNION ALL
  SELECT p.id, c.id, c.kind, 'touched', p.parcel_no, p.block_no, p.area_m2, c.opened_at::date, p.geom, p.geom_3857
  FROM property_hold h JOIN property_case c ON c.id = h.case_id
  JOIN property_parcel p ON p.id = h.parcel_id AND p.status = 'current'
  WHERE NOT h.is_released
UNION ALL
  SELECT p.id, c.id, c.kind, 'proposed', p.parcel_no, p.block_no, p.area_m2, c.opened_at::date, p.geom, p.geom_3857
  FROM property_parcel p JOIN property_case c ON c.id = p.opened_by_id
  WHERE p.status = 'pending'
UNION ALL
  SELECT r.id, c.id, c.kind, 'proposed', r.parcel_no, r.block_no, r.area_m2, c.opened_at::date, r.geom, r.geom_3857
  FROM property_surveyrow r JOIN property_survey s ON s.id = r.survey_id JOIN property_case c ON c.id = s.case_id
  WHERE r.is_accepted AND c.state IN ('draft', 'submitted');
"""

# Holds, proposals and surveys all come and go with a write to their case.
TRACK_CASES = """
CREATE FUNCTION property_case_tracks_pending() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO gis_layers_layerchange (layer_slug, made_at) VALUES ('pending_parcels', now());
  RETURN NULL;
END $$;
CREATE TRIGGER property_case_tracks_pending AFTER INSERT OR UPDATE OR DELETE ON property_case
  FOR EACH STATEMENT EXECUTE FUNCTION property_case_tracks_pending();
"""
UNTRACK_CASES = """
DROP TRIGGER property_case_tracks_pending ON property_case;
DROP FUNCTION property_case_tracks_pending();
"""
_every_row = TrackLayer("property_parcel", ["parcels"])


class Migration(migrations.Migration):
    dependencies = [("property", "0008_bulk_registration")]
    operations = [
        migrations.RunSQL(VIEW, "DROP VIEW property_pendingparcel"),
        migrations.RunSQL(TRACK_CASES, UNTRACK_CASES),
        migrations.RunSQL(_every_row.reverse_sql, _every_row.sql),
        TrackLayer("property_parcel", ["parcels"], where="status = 'current'"),
    ]
