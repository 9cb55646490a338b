// Where the pointer is drawn to: the nearest vertex of the given shapes, else the nearest point of an edge.

import { bounds, isPoint, rounded, strands } from "./geometry.js";

const boxes = new WeakMap();

function boxOf(geometry) {
  if (!boxes.has(geometry)) boxes.set(geometry, bounds(geometry));
  return boxes.get(geometry);
}

/**
 * {position, kind: "vertex" or "edge"}, or null when nothing is near. A vertex goes before an edge.
 *
 * position: [longitude, latitude]; geometries: what to snap to; reach: pixels;
 * project(position) gives {x, y} in pixels, unproject([x, y]) gives {lng, lat}.
 */
export function snap(position, geometries, { project, unproject, reach = 12 }) {
  const { x, y } = project(position);
  const low = unproject([x - reach, y + reach]);
  const high = unproject([x + reach, y - reach]);
  const isNear = ([west, south, east, north]) =>
    west <= high.lng && east >= low.lng && south <= high.lat && north >= low.lat;
  let vertex = null;
  let edge = null;

  for (const geometry of geometries) {
    if (!isNear(boxOf(geometry))) continue;
    for (const { points } of strands(geometry)) {
      let before = null;
      for (const point of points) {
        const here = project(point);
        const distance = Math.hypot(here.x - x, here.y - y);
        if (distance <= (vertex?.distance ?? reach)) vertex = { position: point, distance };
        if (before && !isPoint(geometry)) {
          const found = nearest(before, { ...here, point }, x, y);
          if (found.distance <= (edge?.distance ?? reach)) edge = found;
        }
        before = { ...here, point };
      }
    }
  }
  if (vertex) return { position: vertex.position, kind: "vertex" };
  return edge && { position: rounded(edge.position), kind: "edge" };
}

function nearest(a, b, x, y) {
  const [dx, dy] = [b.x - a.x, b.y - a.y];
  const square = dx * dx + dy * dy;
  const t = square ? Math.min(1, Math.max(0, ((x - a.x) * dx + (y - a.y) * dy) / square)) : 0;
  return {
    distance: Math.hypot(a.x + t * dx - x, a.y + t * dy - y),
    position: [a.point[0] + t * (b.point[0] - a.point[0]), a.point[1] + t * (b.point[1] - a.point[1])],
  };
}
