from django.db import migrations

# The rows that an UPDATE made current or moved; of an INSERT, those that are current.
CHANGED = {
    "insert": ("NEW TABLE AS fresh", "SELECT id, geom FROM fresh WHERE status = 'current'"),
    "update": (
        "OLD TABLE AS stale NEW TABLE AS fresh",
        "SELECT f.id, f.geom FROM fresh f JOIN stale s USING (id) WHERE f.status = 'current'"
        " AND (s.status <> 'current' OR NOT (s.geom = f.geom))",
    ),
}

# Locks 2 km squares, at most 32 x 32 of them by their numbers modulo 32, in one order; then looks for overlaps.
# Neighbours touch at every side: a core that is half a centimetre smaller leaves them out at little cost.
# READ COMMITTED gives the second statement a new snapshot: it sees what the locks' last holder committed.
OVERLAPS = "".join(
    f"""
CREATE FUNCTION property_refuse_overlaps_on_{event}() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE clash record;
BEGIN
  PERFORM pg_advisory_xact_lock(7365234, key) FROM (
    SELECT DISTINCT (x & 31) * 32 + (y & 31) AS key
    FROM ({rows}) AS p,
      generate_series(floor(ST_XMin(geom) / 2000)::int,
        least(floor(ST_XMax(geom) / 2000), floor(ST_XMin(geom) / 2000) + 31)::int) AS x,
      generate_series(floor(ST_YMin(geom) / 2000)::int,
        least(floor(ST_YMax(geom) / 2000), floor(ST_YMin(geom) / 2000) + 31)::int) AS y
    ORDER BY key) AS squares;
  SELECT p.id AS one, q.id AS other INTO clash
    FROM (SELECT *, ST_Buffer(geom, -0.005, 'join=mitre') AS core FROM ({rows}) AS moved OFFSET 0) AS p
    JOIN property_parcel q ON q.geom && p.core AND q.status = 'current' AND q.id <> p.id
    WHERE ST_Intersects(p.core, q.geom) AND ST_Area(ST_Intersection(p.geom, q.geom)) > 0.1
    LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'Parcels % and % overlap', clash.one, clash.other
      USING ERRCODE = 'exclusion_violation', CONSTRAINT = 'current_parcels_do_not_overlap', TABLE = 'property_parcel',
        DETAIL = clash.one || ' ' || clash.other;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER property_refuse_overlaps_on_{event} AFTER {event.upper()} ON property_parcel
  REFERENCING {tables} FOR EACH STATEMENT EXECUTE FUNCTION property_refuse_overlaps_on_{event}();
"""
    for event, (tables, rows) in CHANGED.items()
)

SHARES = """
CREATE FUNCTION property_check_shares(checked bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE share record; n numeric := 0; d numeric := 1; common numeric;
BEGIN
  PERFORM FROM property_right WHERE id = checked FOR NO KEY UPDATE;
  IF NOT FOUND THEN RETURN; END IF;
  FOR share IN SELECT numerator, denominator FROM property_share WHERE right_id = checked LOOP
    n := n * share.denominator + share.numerator * d;
    d := d * share.denominator;
    common := gcd(n, d);
    n := div(n, common);
    d := div(d, common);
  END LOOP;
  IF n <> d THEN
    RAISE EXCEPTION 'The shares of right % sum to %/%', checked, n, d
      USING ERRCODE = 'check_violation', CONSTRAINT = 'shares_sum_to_one', TABLE = 'property_share';
  END IF;
END $$;

CREATE FUNCTION property_right_has_shares() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM property_check_shares(NEW.id);
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER right_has_shares AFTER INSERT ON property_right
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION property_right_has_shares();

CREATE FUNCTION property_shares_sum_to_one() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN PERFORM property_check_shares(OLD.right_id); END IF;
  IF TG_OP <> 'DELETE' THEN PERFORM property_check_shares(NEW.right_id); END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER shares_sum_to_one AFTER INSERT OR UPDATE OR DELETE ON property_share
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION property_shares_sum_to_one();
"""

# The lock on the unit's row makes closing the unit and adding a right to it wait for one another.
PERIODS = """
CREATE FUNCTION property_right_within_unit() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE unit record; held property_right;
BEGIN
  SELECT * INTO held FROM property_right WHERE id = NEW.id;
  IF NOT FOUND THEN RETURN NULL; END IF;
  SELECT valid_from, valid_to INTO unit FROM property_propertyunit WHERE id = held.unit_id FOR SHARE;
  IF held.valid_from < unit.valid_from
     OR (unit.valid_to IS NOT NULL AND (held.valid_to IS NULL OR held.valid_to > unit.valid_to)) THEN
    RAISE EXCEPTION 'Right % is not within the period of its unit', held.id
      USING ERRCODE = 'check_violation', CONSTRAINT = 'right_lives_within_its_unit', TABLE = 'property_right';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER right_lives_within_its_unit AFTER INSERT OR UPDATE ON property_right
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION property_right_within_unit();

CREATE FUNCTION property_unit_holds_its_rights() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE late record;
BEGIN
  SELECT r.id INTO late FROM property_right r JOIN property_propertyunit u ON u.id = r.unit_id
    WHERE u.id = NEW.id AND (r.valid_from < u.valid_from
      OR (u.valid_to IS NOT NULL AND (r.valid_to IS NULL OR r.valid_to > u.valid_to))) LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'Right % outlives its unit %', late.id, NEW.id
      USING ERRCODE = 'check_violation', CONSTRAINT = 'right_lives_within_its_unit', TABLE = 'property_right';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER unit_holds_its_rights AFTER UPDATE ON property_propertyunit
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION property_unit_holds_its_rights();
"""

UNDO = """
DROP TRIGGER unit_holds_its_rights ON property_propertyunit;
DROP TRIGGER right_lives_within_its_unit ON property_right;
DROP TRIGGER shares_sum_to_one ON property_share;
DROP TRIGGER right_has_shares ON property_right;
DROP TRIGGER property_refuse_overlaps_on_update ON property_parcel;
DROP TRIGGER property_refuse_overlaps_on_insert ON property_parcel;
DROP FUNCTION property_unit_holds_its_rights(), property_right_within_unit(), property_shares_sum_to_one(),
  property_right_has_shares(), property_check_shares(bigint), property_refuse_overlaps_on_update(),
  property_refuse_overlaps_on_insert();
"""


class Migration(migrations.Migration):
    dependencies = [("property", "0005_register")]
    operations = [migrations.RunSQL([OVERLAPS, SHARES, PERIODS], UNDO)]
