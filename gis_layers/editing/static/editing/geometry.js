// GeoJSON shapes in degrees: their vertices found, changed and checked. Nothing here touches the page.
//
// A vertex is named by its path, the indexes that lead to it in `coordinates`: [] in a Point, [3] in a LineString,
// [0, 3] in a Polygon (ring, place), [1, 0, 3] in a MultiPolygon.

import { fromUtm, utm } from "../gis_layers/map/geodesy.js";

const DEPTH = { Point: 0, MultiPoint: 1, LineString: 1, MultiLineString: 2, Polygon: 2, MultiPolygon: 3 };
const DECIMALS = 1e9; // a tenth of a millimetre

export const rounded = ([lon, lat]) => [Math.round(lon * DECIMALS) / DECIMALS, Math.round(lat * DECIMALS) / DECIMALS];
export const same = (one, other) => one[0] === other[0] && one[1] === other[1];
export const isArea = (geometry) => geometry.type.endsWith("Polygon");
export const isPoint = (geometry) => geometry.type.endsWith("Point");

/** Rings and lines: [{path, points, closed}]; a closed one repeats its first position at the end. */
export function strands(geometry) {
  const { type, coordinates } = geometry;
  if (type === "Point") return [{ path: [], points: [coordinates], closed: false }];
  const found = [];
  const walk = (part, path, depth) => {
    if (depth === 1) found.push({ path, points: part, closed: isArea(geometry) });
    else part.forEach((inner, i) => walk(inner, [...path, i], depth - 1));
  };
  walk(coordinates, [], DEPTH[type]);
  return found;
}

/** Every vertex once: [{path, position}]. */
export function vertices(geometry) {
  if (geometry.type === "Point") return [{ path: [], position: geometry.coordinates }];
  return strands(geometry).flatMap(({ path, points, closed }) =>
    (closed ? points.slice(0, -1) : points).map((position, i) => ({ path: [...path, i], position })),
  );
}

/** The middle of every edge: [{path, position}], where path names the edge's first vertex. */
export function midpoints(geometry) {
  if (isPoint(geometry)) return [];
  return strands(geometry).flatMap(({ path, points }) =>
    points.slice(1).map((next, i) => ({
      path: [...path, i],
      position: rounded([(points[i][0] + next[0]) / 2, (points[i][1] + next[1]) / 2]),
    })),
  );
}

/** A copy with one ring or line changed by `change(points)`. */
function withStrand(geometry, path, change) {
  const coordinates = structuredClone(geometry.coordinates);
  const steps = path.slice(0, -1);
  if (!steps.length) return { ...geometry, coordinates: change(coordinates) };
  const last = steps.pop();
  const parent = steps.reduce((part, i) => part[i], coordinates);
  parent[last] = change(parent[last]);
  return { ...geometry, coordinates };
}

/** The geometry with that vertex at another position. */
export function withVertex(geometry, path, position) {
  if (geometry.type === "Point") return { ...geometry, coordinates: position };
  const at = path.at(-1);
  return withStrand(geometry, path, (points) => {
    points[at] = position;
    if (isArea(geometry) && at === 0) points[points.length - 1] = position;
    return points;
  });
}

/** The geometry with a new vertex after that one. */
export const withInserted = (geometry, path, position) =>
  withStrand(geometry, path, (points) => points.toSpliced(path.at(-1) + 1, 0, position));

/** The geometry without that vertex, or null where it would be none: an area keeps three corners, a line two ends. */
export function withoutVertex(geometry, path) {
  if (geometry.type === "Point") return null;
  const { points } = strands(geometry).find((strand) => String(strand.path) === String(path.slice(0, -1)));
  const least = isArea(geometry) ? 4 : isPoint(geometry) ? 1 : 2;
  if (points.length <= least) return null;
  return withStrand(geometry, path, (ring) => {
    const kept = ring.toSpliced(path.at(-1), 1);
    if (isArea(geometry) && path.at(-1) === 0) kept[kept.length - 1] = kept[0];
    return kept;
  });
}

const changed = (part, change, depth) =>
  depth === 0 ? change(part) : part.map((inner) => changed(inner, change, depth - 1));

/** The geometry moved by metres on the ground, so that its measures stay what they were. */
export function moved(geometry, east, north) {
  const { zone } = utm(vertices(geometry)[0].position);
  const shift = (position) => {
    const place = utm(position, zone);
    return rounded(fromUtm({ ...place, easting: place.easting + east, northing: place.northing + north }));
  };
  return { ...geometry, coordinates: changed(geometry.coordinates, shift, DEPTH[geometry.type]) };
}

/** [west, south, east, north] */
export function bounds(geometry) {
  const all = strands(geometry).flatMap(({ points }) => points);
  const lons = all.map(([lon]) => lon);
  const lats = all.map(([, lat]) => lat);
  const least = (values) => values.reduce((one, other) => Math.min(one, other));
  const most = (values) => values.reduce((one, other) => Math.max(one, other));
  return [least(lons), least(lats), most(lons), most(lats)];
}

export const boxesMeet = (one, other) =>
  one[0] <= other[2] && other[0] <= one[2] && one[1] <= other[3] && other[1] <= one[3];

/** Whether an area holds a position: odd crossings of all its rings. */
export function holds(geometry, [x, y]) {
  let inside = false;
  for (const { points } of strands(geometry)) {
    for (let i = 1; i < points.length; i++) {
      const [[x1, y1], [x2, y2]] = [points[i - 1], points[i]];
      if (y1 > y !== y2 > y && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1) inside = !inside;
    }
  }
  return inside;
}

const side = ([x1, y1], [x2, y2], [x, y]) => Math.sign((x2 - x1) * (y - y1) - (y2 - y1) * (x - x1));

/** Whether two edges cross, ends apart. */
const cross = (a, b, c, d) => side(a, b, c) * side(a, b, d) < 0 && side(c, d, a) * side(c, d, b) < 0;

const edges = (geometry) =>
  strands(geometry).flatMap(({ points }) => points.slice(1).map((point, i) => [points[i], point]));

/** Whether an area and another shape have any point in common. */
export function meets(area, geometry) {
  if (!boxesMeet(bounds(area), bounds(geometry))) return false;
  if (vertices(geometry).some(({ position }) => holds(area, position))) return true;
  if (isPoint(geometry)) return false;
  if (isArea(geometry) && vertices(area).some(({ position }) => holds(geometry, position))) return true;
  return edges(area).some(([a, b]) => edges(geometry).some(([c, d]) => cross(a, b, c, d)));
}

/** Whether a boundary of an area crosses itself: such a shape has no certain inside. Lines may. */
export function crossesItself(geometry) {
  if (!isArea(geometry)) return false;
  const all = edges(geometry)
    .map(([a, b]) => ({ a, b, west: Math.min(a[0], b[0]), east: Math.max(a[0], b[0]) }))
    .sort((one, other) => one.west - other.west);
  for (let i = 0; i < all.length; i++) {
    for (let j = i + 1; j < all.length && all[j].west <= all[i].east; j++) {
      if (cross(all[i].a, all[i].b, all[j].a, all[j].b)) return true;
    }
  }
  return false;
}
