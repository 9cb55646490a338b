// Draws the sides of a difference: colours by kind, with dashes beside them so that colour is not the only sign.

const ink = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

export const KINDS = ["same", "base", "before", "removed", "theirs", "added", "after", "mine"];
const COLOURS = {
  same: () => ink("--info"),
  base: () => ink("--ink-soft"),
  before: () => ink("--ink-soft"),
  removed: () => ink("--danger"),
  theirs: () => ink("--focus"),
  added: () => ink("--success"),
  after: () => ink("--info"),
  mine: () => ink("--info"),
};
const DASHED = new Set(["before", "base", "removed"]);
const FILLS = { removed: 0.2, added: 0.3, after: 0.25, mine: 0.25, theirs: 0.2, same: 0.2 };

/** Puts a FeatureCollection whose features have a `kind` on the map. */
export function drawShapes(map, data) {
  map.addSource("shapes", { type: "geojson", data });
  for (const kind of KINDS) {
    const colour = COLOURS[kind]();
    const of = (type) => ["all", ["==", ["get", "kind"], kind], type];
    if (FILLS[kind]) {
      map.addLayer({
        id: `over/${kind}/area`,
        type: "fill",
        source: "shapes",
        filter: of(["==", ["geometry-type"], "Polygon"]),
        paint: { "fill-color": colour, "fill-opacity": FILLS[kind] },
      });
    }
    map.addLayer({
      id: `over/${kind}/line`,
      type: "line",
      source: "shapes",
      filter: of(["!=", ["geometry-type"], "Point"]),
      paint: { "line-color": colour, "line-width": 2.5, ...(DASHED.has(kind) && { "line-dasharray": [2, 1.5] }) },
    });
    map.addLayer({
      id: `over/${kind}/point`,
      type: "circle",
      source: "shapes",
      filter: of(["==", ["geometry-type"], "Point"]),
      paint: {
        "circle-color": DASHED.has(kind) ? "rgba(255,255,255,0)" : colour,
        "circle-radius": 6,
        "circle-stroke-color": DASHED.has(kind) ? colour : "#fff",
        "circle-stroke-width": 2,
      },
    });
  }
}

/** [west, south, east, north] of GeoJSON features, null when there are none. */
export function boundsOf(features) {
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  const add = (part) => {
    if (typeof part[0] !== "number") return part.forEach(add);
    box[0] = Math.min(box[0], part[0]);
    box[1] = Math.min(box[1], part[1]);
    box[2] = Math.max(box[2], part[0]);
    box[3] = Math.max(box[3], part[1]);
  };
  for (const { geometry } of features) add(geometry.coordinates);
  return Number.isFinite(box[0]) ? box : null;
}
