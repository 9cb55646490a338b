// What is drawn over the catalogue's layers: the selected object, the measure, the reader's position.

import { FONT } from "muni/map";

const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const EMPTY = { type: "FeatureCollection", features: [] };
const MARK = "#c2410c"; // seen on light and dark grounds alike

const only = (...kinds) => ["in", ["geometry-type"], ["literal", kinds]];

/** Adds the sources and layers once the style is there. */
export function addOverlay(map) {
  for (const name of ["selected", "measure", "position"]) {
    map.addSource(`over-${name}`, { type: "geojson", data: EMPTY });
  }
  const add = (id, source, type, paint, more = {}) =>
    map.addLayer({ id: `over/${id}`, source: `over-${source}`, type, paint, ...more });

  add("selected-fill", "selected", "fill", { "fill-color": MARK, "fill-opacity": 0.18 }, { filter: only("Polygon", "MultiPolygon") });
  const lines = only("LineString", "MultiLineString", "Polygon", "MultiPolygon");
  add("selected-case", "selected", "line", { "line-color": "#fff", "line-width": 6 }, { filter: lines });
  add("selected-line", "selected", "line", { "line-color": MARK, "line-width": 3 }, { filter: lines });
  add("selected-point", "selected", "circle", { "circle-radius": 9, "circle-color": "transparent", "circle-stroke-color": MARK, "circle-stroke-width": 4 }, { filter: only("Point", "MultiPoint") });

  add("position-reach", "position", "fill", { "fill-color": "#2563eb", "fill-opacity": 0.15 }, { filter: only("Polygon") });
  add("position-point", "position", "circle", { "circle-radius": 8, "circle-color": "#2563eb", "circle-stroke-color": "#fff", "circle-stroke-width": 3 }, { filter: only("Point") });

  add("measure-fill", "measure", "fill", { "fill-color": css("--accent"), "fill-opacity": 0.15 }, { filter: only("Polygon") });
  add("measure-case", "measure", "line", { "line-color": "#fff", "line-width": 5 }, { filter: only("LineString", "Polygon") });
  add("measure-line", "measure", "line", { "line-color": css("--accent"), "line-width": 2.5, "line-dasharray": [2, 1] }, { filter: only("LineString", "Polygon") });
  add("measure-point", "measure", "circle", { "circle-radius": 5, "circle-color": "#fff", "circle-stroke-color": css("--accent"), "circle-stroke-width": 2.5 }, { filter: only("Point") });
  add("measure-label", "measure", "symbol", { "text-color": "#1b2426", "text-halo-color": "#fff", "text-halo-width": 2 }, { filter: ["has", "label"], layout: { "text-field": ["get", "label"], "text-font": FONT, "text-size": 13, "text-offset": [0, -1.1], "text-allow-overlap": true } });
}

/** features: list of GeoJSON features (or geometries); none clears. */
export function draw(map, name, features = []) {
  map.getSource(`over-${name}`).setData({
    type: "FeatureCollection",
    features: features.map((f) => (f.type === "Feature" ? f : { type: "Feature", properties: {}, geometry: f })),
  });
}
