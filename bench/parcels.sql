-- 1,000,000 irregular parcels around Amarah, 23 m apart, in blocks of 400; the peers' table holds the same.
-- Deterministic: the same corners, numbers and uses at every load.
CREATE FUNCTION pg_temp.corner(a int, b int) RETURNS geometry LANGUAGE sql IMMUTABLE AS $$
  SELECT ST_Point(round((690000 + 11.5 * a + 3 * sin(a * 0.9 + b * 0.37) + 40 * sin(b / 211.0))::numeric, 3),
                  round((3510000 + 11.5 * b + 3 * cos(b * 0.8 + a * 0.41) + 40 * cos(a / 197.0))::numeric, 3), 32638)
$$;

INSERT INTO places_place (level, code, iso_code, path, name_ar, name_en, is_demo)
VALUES (1, 'BENCH', '', '/BENCH/', 'قياس', 'Bench', true);

INSERT INTO property_block (number, name, place_id, is_demo)
SELECT n, (ARRAY['الماجدية', 'الكحلاء', 'المشرح', 'السراي', 'القادسية'])[1 + n % 5], currval('places_place_id_seq'), true
FROM generate_series(1, 2500) AS n ORDER BY n;

-- Their corners are shared, so they do not overlap: looking for it took longer than all the rest.
ALTER TABLE property_parcel DISABLE TRIGGER property_refuse_overlaps_on_insert;
INSERT INTO property_parcel
  (block_id, block_no, block_name, parcel_no, land_kind, land_use, status, valid_from, is_demo, geom, area_m2)
SELECT id, number, name, no || '/' || number,
       (ARRAY['mulk', 'mulk', 'mulk', 'miri', 'waqf', 'matruka'])[1 + (no * 7 + id) % 6],
       (ARRAY['residential', 'residential', 'commercial', 'industrial', 'agricultural', 'public'])[1 + (no * 5 + id) % 6],
       'current', '2020-01-01', true, geom, round(ST_Area(geom)::numeric, 2)
FROM (
  SELECT block.id, block.number, block.name, 20 * y + x + 1 AS no, i, j
  FROM property_block AS block, generate_series(0, 19) AS y, generate_series(0, 19) AS x,
       LATERAL (SELECT 2 * (20 * ((number::int - 1) % 50) + x) AS i, 2 * (20 * ((number::int - 1) / 50) + y) AS j) AS at
  ORDER BY block.id, no) AS parcel,
  LATERAL (SELECT ST_MakePolygon(ST_MakeLine(ARRAY[
    pg_temp.corner(i, j), pg_temp.corner(i + 1, j), pg_temp.corner(i + 2, j), pg_temp.corner(i + 2, j + 1),
    pg_temp.corner(i + 2, j + 2), pg_temp.corner(i + 1, j + 2), pg_temp.corner(i, j + 2), pg_temp.corner(i, j + 1),
    pg_temp.corner(i, j)])) AS geom OFFSET 0) AS shape; -- OFFSET 0: each shape is made once, not once a use

SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE property_parcel ENABLE TRIGGER property_refuse_overlaps_on_insert;

CREATE TABLE bench_parcels (
  id bigint, parcel_no text, block_no text, block_name text, land_kind text, land_use text, area_m2 double precision,
  geom geometry(Polygon, 3857));
INSERT INTO bench_parcels
SELECT id, parcel_no, block_no, block_name, land_kind, land_use, area_m2, geom_3857 FROM property_parcel ORDER BY id;
ALTER TABLE bench_parcels ADD PRIMARY KEY (id);
CREATE INDEX ON bench_parcels USING gist (geom);
CREATE INDEX ON bench_parcels ((id::text)); -- how MapServer's OGC API asks for a feature
