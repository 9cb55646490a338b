from django.db import migrations

# Pieces of at most 64 vertices: their boxes fit the boundary closely, so a point meets few of them.
PIECES = """
CREATE FUNCTION places_boundary_pieces() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM places_boundarypiece WHERE boundary_id = NEW.id;
  INSERT INTO places_boundarypiece (boundary_id, geom) SELECT NEW.id, ST_Subdivide(NEW.geom, 64);
  RETURN NULL;
END $$;
CREATE TRIGGER boundary_pieces AFTER INSERT OR UPDATE OF geom ON places_boundary
  FOR EACH ROW EXECUTE FUNCTION places_boundary_pieces();
"""


class Migration(migrations.Migration):
    dependencies = [("places", "0001_initial")]
    operations = [
        migrations.RunSQL(
            PIECES, "DROP TRIGGER boundary_pieces ON places_boundary; DROP FUNCTION places_boundary_pieces()"
        ),
    ]
