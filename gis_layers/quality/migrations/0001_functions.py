from django.db import migrations

# Each survives what PostGIS refuses to work with: one bad shape never aborts the question about the others.
# Their cost keeps the planner from asking them before the indexes have answered.
FUNCTIONS = """
CREATE FUNCTION quality_shape(g geometry) RETURNS geometry LANGUAGE plpgsql IMMUTABLE STRICT COST 500 AS $$
DECLARE flat geometry := ST_Force2D(g);
BEGIN
  IF NOT ST_IsValid(flat) THEN
    flat := ST_CollectionExtract(ST_MakeValid(flat, 'method=structure'), ST_Dimension(flat) + 1);
  END IF;
  RETURN CASE WHEN ST_IsEmpty(flat) THEN NULL ELSE flat END;
EXCEPTION WHEN OTHERS THEN RETURN NULL;
END $$;
COMMENT ON FUNCTION quality_shape IS 'The valid, flat shape to work with; NULL where there is none';

CREATE FUNCTION quality_defect(g geometry, OUT reason text, OUT place geometry)
LANGUAGE plpgsql IMMUTABLE COST 500 AS $$
DECLARE told record;
BEGIN
  IF g IS NULL THEN reason := 'no geometry';
  ELSIF ST_IsEmpty(g) THEN reason := 'empty';
  ELSE
    SELECT * INTO told FROM ST_IsValidDetail(g);
    IF NOT told.valid THEN
      reason := told.reason;
      place := told.location;
    END IF;
  END IF;
EXCEPTION WHEN OTHERS THEN reason := 'unreadable';
END $$;
COMMENT ON FUNCTION quality_defect IS 'What makes a shape invalid in the words of GEOS and where; NULL when it is valid';

CREATE FUNCTION quality_square_metres(g geometry) RETURNS float LANGUAGE plpgsql IMMUTABLE STRICT COST 500 AS $$
BEGIN RETURN ST_Area(ST_Transform(g, 4326)::geography);
EXCEPTION WHEN OTHERS THEN RETURN ST_Area(g);
END $$;
COMMENT ON FUNCTION quality_square_metres IS 'Area on the ellipsoid';

CREATE FUNCTION quality_metres(g geometry) RETURNS float LANGUAGE plpgsql IMMUTABLE STRICT COST 500 AS $$
BEGIN
  IF ST_Dimension(g) = 2 THEN RETURN ST_Perimeter(ST_Transform(g, 4326)::geography); END IF;
  RETURN ST_Length(ST_Transform(g, 4326)::geography);
EXCEPTION WHEN OTHERS THEN RETURN ST_Length(g) + ST_Perimeter(g);
END $$;
COMMENT ON FUNCTION quality_metres IS 'Length of a line or of an area''s border on the ellipsoid';

CREATE FUNCTION quality_size(g geometry) RETURNS float LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT CASE ST_Dimension(g) WHEN 2 THEN quality_square_metres(g) WHEN 1 THEN quality_metres(g) END
$$;

CREATE FUNCTION quality_wide(g geometry, tolerance float) RETURNS geometry LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT CASE WHEN tolerance = 0 THEN g ELSE (
    SELECT ST_Collect(part.geom) FROM ST_Dump(g) AS part WHERE NOT ST_IsEmpty(ST_Buffer(part.geom, -tolerance / 2))
  ) END
$$;
COMMENT ON FUNCTION quality_wide IS 'The parts of an area that are somewhere wider than so many metres';

CREATE FUNCTION quality_overlap(a geometry, b geometry, tolerance float) RETURNS geometry
LANGUAGE plpgsql IMMUTABLE STRICT COST 2000 AS $$
BEGIN
  IF NOT ST_Relate(a, b, '2********') THEN RETURN NULL; END IF;
  RETURN quality_wide(ST_CollectionExtract(ST_Intersection(a, b), 3), tolerance);
EXCEPTION WHEN OTHERS THEN RETURN NULL;
END $$;
COMMENT ON FUNCTION quality_overlap IS 'The ground that two areas share';

CREATE FUNCTION quality_distance(a geometry, b geometry) RETURNS float LANGUAGE plpgsql IMMUTABLE STRICT COST 2000 AS $$
BEGIN
  RETURN CASE WHEN ST_Equals(a, b) THEN 0 ELSE ST_HausdorffDistance(a, b) END;
EXCEPTION WHEN OTHERS THEN RETURN NULL;
END $$;
COMMENT ON FUNCTION quality_distance IS 'How far a point of one shape lies from the other at most, metres';

CREATE FUNCTION quality_rest(g geometry, tolerance float, others geometry[]) RETURNS geometry
LANGUAGE plpgsql IMMUTABLE COST 2000 AS $$
DECLARE
  nothing geometry := ST_SetSRID('POLYGON EMPTY'::geometry, ST_SRID(g));
  rest geometry := g;
BEGIN
  IF others IS NULL THEN RETURN g; END IF;
  IF EXISTS (SELECT 1 FROM unnest(others) AS o WHERE ST_Covers(o, g)) THEN RETURN nothing; END IF;
  IF ST_Dimension(g) = 0 THEN
    RETURN CASE WHEN ST_Distance(g, ST_Collect(others)) <= tolerance THEN nothing ELSE g END;
  END IF;
  rest := ST_CollectionExtract(ST_Difference(g, ST_Union(others)), ST_Dimension(g) + 1);
  IF ST_Dimension(g) = 2 THEN RETURN coalesce(quality_wide(rest, tolerance), nothing); END IF;
  RETURN CASE WHEN ST_Length(rest) <= tolerance THEN nothing ELSE rest END;
EXCEPTION WHEN OTHERS THEN RETURN g;
END $$;
COMMENT ON FUNCTION quality_rest IS 'What of a shape lies on none of the others; empty when all of it does';

CREATE FUNCTION quality_lies_on(g geometry, other geometry, tolerance float) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE STRICT COST 2000 AS $$
BEGIN
  RETURN CASE ST_Dimension(g)
    WHEN 2 THEN NOT ST_IsEmpty(quality_overlap(g, other, tolerance))
    WHEN 1 THEN ST_Length(ST_Intersection(g, other)) > tolerance
    ELSE ST_Intersects(g, other) END;
EXCEPTION WHEN OTHERS THEN RETURN false;
END $$;
COMMENT ON FUNCTION quality_lies_on IS 'Whether a shape lies on an area by more than the tolerance';
"""

NAMES = [
    "lies_on(geometry, geometry, float)",
    "rest(geometry, float, geometry[])",
    "distance(geometry, geometry)",
    "overlap(geometry, geometry, float)",
    "wide(geometry, float)",
    "size(geometry)",
    "metres(geometry)",
    "square_metres(geometry)",
    "defect(geometry)",
    "shape(geometry)",
]


class Migration(migrations.Migration):
    initial = True
    dependencies = [("gis_layers", "0006_transfer_jobs")]
    operations = [
        migrations.RunSQL(FUNCTIONS, "; ".join(f"DROP FUNCTION quality_{name}" for name in NAMES)),
    ]
