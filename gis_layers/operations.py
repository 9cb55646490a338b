"""Migration operations for apps that register layers."""

from django.db.migrations.operations import RunSQL


class TrackLayer(RunSQL):
    """Makes every write to `table` (by whatever means) bump the revision of the layers `slugs` at commit.

    A statement trigger notes the box that was touched; the note bumps the revision when the transaction commits, so
    writers wait for one another only in that moment. where: SQL condition of the rows that the layers show; writes to
    others bump nothing.
    """

    def __init__(self, table, slugs, geometry="geom_3857", where="true"):
        self.table, self.slugs, self.geometry, self.where = table, slugs, geometry, where
        array = "ARRAY[" + ",".join(f"'{slug}'" for slug in slugs) + "]"
        forward, backward = [], []
        for event, referencing, rows in (
            ("INSERT", "NEW TABLE AS touched", f"SELECT {geometry} FROM touched WHERE {where}"),
            ("DELETE", "OLD TABLE AS touched", f"SELECT {geometry} FROM touched WHERE {where}"),
            (
                "UPDATE",
                "OLD TABLE AS before NEW TABLE AS after",
                f"SELECT {geometry} FROM before WHERE {where} UNION ALL SELECT {geometry} FROM after WHERE {where}",
            ),
        ):
            name = f"{table}_{event.lower()}_tracks_layer"
            forward.append(
                f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                f" INSERT INTO gis_layers_layerchange (layer_slug, extent, made_at)"
                f" SELECT slug, box, now() FROM unnest({array}) AS slug,"
                f" (SELECT ST_Expand(ST_Extent(g.{geometry})::geometry, 0.01) AS box, count(*) AS n"
                f" FROM ({rows}) AS g) AS t"
                f" WHERE n > 0; RETURN NULL; END $$;"
                f"CREATE TRIGGER {name} AFTER {event} ON {table} REFERENCING {referencing}"
                f" FOR EACH STATEMENT EXECUTE FUNCTION {name}();"
            )
            backward.append(f"DROP TRIGGER {name} ON {table}; DROP FUNCTION {name}();")
        super().__init__("".join(forward), "".join(backward))

    def deconstruct(self):
        return self.__class__.__name__, [self.table, self.slugs], {"geometry": self.geometry, "where": self.where}
