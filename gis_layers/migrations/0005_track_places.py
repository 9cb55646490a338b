from django.db import migrations

from gis_layers.operations import TrackLayer

SLUGS = ["governorates", "qadhas", "nahiyas", "municipalities", "neighbourhoods"]

# Names and codes travel in the tiles of the boundaries, so a renamed place changes them too.
RENAMED = f"""
CREATE FUNCTION places_place_update_tracks_layer() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO gis_layers_layerchange (layer_slug, extent, made_at)
  SELECT slug, box, now() FROM unnest(ARRAY{SLUGS}) AS slug,
    (SELECT ST_Envelope(ST_Extent(b.geom_3857))::geometry AS box, count(*) AS n
     FROM places_boundary AS b WHERE b.place_id IN (SELECT id FROM after)) AS t
  WHERE n > 0;
  RETURN NULL;
END $$;
CREATE TRIGGER places_place_update_tracks_layer AFTER UPDATE ON places_place
  REFERENCING NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION places_place_update_tracks_layer();
"""


class Migration(migrations.Migration):
    dependencies = [("places", "0003_boundary_tiles"), ("gis_layers", "0004_layer_events")]
    operations = [
        TrackLayer("places_boundary", SLUGS),
        migrations.RunSQL(
            RENAMED,
            "DROP TRIGGER places_place_update_tracks_layer ON places_place;"
            " DROP FUNCTION places_place_update_tracks_layer()",
        ),
    ]
