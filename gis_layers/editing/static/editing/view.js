// How the changeset looks on the map: the features in their layer's own style, what was added, changed and removed on
// top of it in colours that also differ in line and sign, the selection, the handles.

import { FONT, addImageMaker, styleLayers } from "muni/map";
import { bounds } from "./geometry.js";

const MARK = "#c2410c";
const ADDED = "#17703f";
const CHANGED = "#1d4fa3";
const REMOVED = "#b3261e";
const EMPTY = { type: "FeatureCollection", features: [] };
const STRIPES = "editor-removed";

const areas = ["in", ["geometry-type"], ["literal", ["Polygon", "MultiPolygon"]]];
const lines = ["!", ["in", ["geometry-type"], ["literal", ["Point", "MultiPoint"]]]];
const points = ["in", ["geometry-type"], ["literal", ["Point", "MultiPoint"]]];
const edited = (kind) => ["==", ["get", "$edit"], kind];

addImageMaker((id) => {
  if (id !== STRIPES) return undefined;
  const canvas = Object.assign(document.createElement("canvas"), { width: 16, height: 16 });
  const ink = canvas.getContext("2d");
  ink.strokeStyle = REMOVED;
  ink.lineWidth = 2;
  for (const start of [-16, 0, 16]) {
    ink.beginPath();
    ink.moveTo(start, 16);
    ink.lineTo(start + 16, 0);
    ink.stroke();
  }
  return { image: ink.getImageData(0, 0, 16, 16), options: { pixelRatio: 2 } };
});

export class View {
  /** layer: as the map page describes it. */
  constructor(map, layer) {
    this.map = map;
    for (const name of ["draft", "removed", "selected", "temporary", "handles", "snapped"]) {
      map.addSource(`editor-${name}`, { type: "geojson", data: EMPTY, tolerance: 0 });
    }
    for (const part of styleLayers({ ...layer, slug: "over/style", minZoom: 0, maxZoom: 22 }, "editor-draft")) {
      map.addLayer(part);
    }
    const add = (id, source, type, filter, paint, layout = {}) =>
      map.addLayer({ id: `over/${id}`, source: `editor-${source}`, type, filter, paint, layout });
    const dashed = (id, source, filter, color, dash) => {
      add(`${id}-case`, source, "line", filter, { "line-color": "#fff", "line-width": 5, "line-opacity": 0.8 });
      add(id, source, "line", filter, { "line-color": color, "line-width": 2.5, ...(dash && { "line-dasharray": dash }) });
    };
    const signed = (id, source, filter, color, sign) => {
      add(`${id}-point`, source, "circle", filter, {
        "circle-radius": 8,
        "circle-color": "#fff",
        "circle-stroke-color": color,
        "circle-stroke-width": 2.5,
      });
      add(`${id}-sign`, source, "symbol", filter, { "text-color": color }, {
        "text-field": sign,
        "text-font": FONT,
        "text-size": 15,
        "text-allow-overlap": true,
        "text-ignore-placement": true,
      });
    };

    add("base-fill", "draft", "fill", areas, { "fill-color": MARK, "fill-opacity": 0.02 }); // so that a click finds it
    add("base-line", "draft", "line", lines, { "line-color": "#51605f", "line-width": 1 });
    add("base-point", "draft", "circle", points, { "circle-radius": 5, "circle-opacity": 0 });
    add("added-fill", "draft", "fill", ["all", areas, edited("create")], { "fill-color": ADDED, "fill-opacity": 0.2 });
    add("changed-fill", "draft", "fill", ["all", areas, edited("update")], { "fill-color": CHANGED, "fill-opacity": 0.14 });
    add("removed-fill", "removed", "fill", areas, { "fill-pattern": STRIPES, "fill-opacity": 0.6 });
    dashed("added", "draft", ["all", lines, edited("create")], ADDED);
    dashed("changed", "draft", ["all", lines, edited("update")], CHANGED, [4, 1.5]);
    dashed("removed", "removed", lines, REMOVED, [1, 1.2]);
    signed("added", "draft", ["all", points, edited("create")], ADDED, "+");
    signed("changed", "draft", ["all", points, edited("update")], CHANGED, "~");
    signed("removed", "removed", points, REMOVED, "×");

    add("selected-fill", "selected", "fill", areas, { "fill-color": MARK, "fill-opacity": 0.18 });
    add("selected-case", "selected", "line", lines, { "line-color": "#fff", "line-width": 7 });
    add("selected-line", "selected", "line", lines, { "line-color": MARK, "line-width": 3.5 });
    add("selected-point", "selected", "circle", points, {
      "circle-radius": 11,
      "circle-color": "transparent",
      "circle-stroke-color": MARK,
      "circle-stroke-width": 4,
    });
    add("temporary-fill", "temporary", "fill", areas, { "fill-color": MARK, "fill-opacity": 0.12 });
    add("temporary-line", "temporary", "line", lines, { "line-color": MARK, "line-width": 2, "line-dasharray": [2, 1] });
    add("temporary-point", "temporary", "circle", points, { "circle-radius": 7, "circle-color": MARK });
    const handle = (kind, radius, color, stroke) =>
      add(`handle-${kind}`, "handles", "circle", ["==", ["get", "kind"], kind], {
        "circle-radius": radius,
        "circle-color": color,
        "circle-stroke-color": stroke,
        "circle-stroke-width": 2,
      });
    handle("middle", 4, "#fff", "#8b5a3c");
    handle("corner", 6, "#fff", MARK);
    handle("active", 8, MARK, "#fff");
    add("snapped-point", "snapped", "circle", ["==", ["get", "kind"], "edge"], snapMark("transparent"));
    add("snapped-vertex", "snapped", "circle", ["==", ["get", "kind"], "vertex"], snapMark("#a21caf"));
  }

  /** Features of the draft, and what it removes. */
  features({ present, removed }) {
    this.#set("draft", present.map(described));
    this.#set("removed", removed.map(described));
  }

  selected(features) {
    this.#set("selected", features.map(described));
  }

  temporary(geometries) {
    this.#set("temporary", geometries.map((geometry) => ({ type: "Feature", properties: {}, geometry })));
  }

  /** handles: [{position, kind}] */
  handles(handles) {
    this.#set("handles", handles.map(placed));
  }

  snapped(found) {
    this.#set("snapped", found ? [placed(found)] : []);
  }

  /** Refs of features at a pixel, the topmost first; points and lines within reach before areas. */
  at(point, reach = 6) {
    const box = [
      [point.x - reach, point.y - reach],
      [point.x + reach, point.y + reach],
    ];
    const query = (where, layers) => this.map.queryRenderedFeatures(where, { layers }).map((hit) => hit.properties.$ref);
    const near = query(box, ["over/base-point", "over/base-line"]);
    return [...new Set([...query(point, ["over/base-point"]), ...query(point, ["over/base-fill"]), ...near])].sort(
      (one, other) => this.#size(one) - this.#size(other),
    );
  }

  /** Whether one of these features is at the pixel. */
  isOn(point, features) {
    const here = this.at(point);
    return features.some(({ ref }) => here.includes(ref));
  }

  #size(ref) {
    return this.sizes?.get(ref) ?? 0;
  }

  #set(name, features) {
    if (name === "draft") {
      this.map.getContainer().setAttribute("aria-busy", "true"); // a click finds what is drawn
      this.sizes = new Map(features.map(({ properties, geometry }) => [properties.$ref, extent(geometry)]));
    }
    this.map.getSource(`editor-${name}`).setData({ type: "FeatureCollection", features });
  }
}

const snapMark = (color) => ({
  "circle-radius": 9,
  "circle-color": color,
  "circle-opacity": 0.5,
  "circle-stroke-color": "#a21caf",
  "circle-stroke-width": 2.5,
});

const described = ({ ref, geometry, properties, edit }) => ({
  type: "Feature",
  geometry,
  properties: { ...properties, $ref: ref, $edit: edit ?? "" },
});

const placed = ({ position, kind }) => ({
  type: "Feature",
  properties: { kind },
  geometry: { type: "Point", coordinates: position },
});

/** Roughly how large: of two features at a place the smaller is meant, since it could not be reached otherwise. */
function extent(geometry) {
  const [west, south, east, north] = bounds(geometry);
  return (east - west) * (north - south);
}
