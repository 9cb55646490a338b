// The findings on the map beside their list: a finding chosen in one is shown in the other.

import "../gis_layers/catalogue/images.js";
import { pageData } from "muni/app";
import { createMap, LayerStack } from "muni/map";
import { near } from "../gis_layers/catalogue/where.js";

const place = document.getElementById("quality-map");
const data = pageData("quality-map-data");
const rows = new Map([...document.querySelectorAll("[data-finding]")].map((row) => [Number(row.dataset.finding), row]));
const boxOf = (row) => row.dataset.box.split(" ").map(Number);

const map = await createMap(place, { ...near(data), cooperativeGestures: true });
const stack = new LayerStack(map, data.layers);
const style = getComputedStyle(document.documentElement);
const colour = ["match", ["get", "severity"], "blocking", style.getPropertyValue("--danger").trim(), "warning", style.getPropertyValue("--warning").trim(), style.getPropertyValue("--info").trim()];
const chosenWidth = (normal) => ["case", ["boolean", ["feature-state", "chosen"], false], normal * 2.5, normal];
const is = (kind) => ["==", ["geometry-type"], kind];
const around = (boxes) => [
  Math.min(...boxes.map((b) => b[0])),
  Math.min(...boxes.map((b) => b[1])),
  Math.max(...boxes.map((b) => b[2])),
  Math.max(...boxes.map((b) => b[3])),
];

let chosen;
function choose(id, { look = false, read = false } = {}) {
  if (chosen !== undefined) {
    map.setFeatureState({ source: "findings", id: chosen }, { chosen: false });
    rows.get(chosen)?.classList.remove("chosen");
  }
  chosen = id;
  map.setFeatureState({ source: "findings", id }, { chosen: true });
  const row = rows.get(id);
  row?.classList.add("chosen");
  if (look && row) map.fitBounds(boxOf(row), { padding: 60, maxZoom: 19 });
  if (read) row?.scrollIntoView({ block: "nearest" });
}

map.once("load", () => {
  for (const { slug } of data.layers) stack.show(slug);
  const address = new URL("findings.geojson", location.href);
  address.search = location.search;
  address.searchParams.set("drawn", "yes");
  map.addSource("findings", { type: "geojson", data: address.href });
  map.addLayer({ id: "over/areas", type: "fill", source: "findings", filter: is("Polygon"), paint: { "fill-color": colour, "fill-opacity": 0.2 } });
  map.addLayer({ id: "over/lines", type: "line", source: "findings", filter: ["!", is("Point")], paint: { "line-color": colour, "line-width": chosenWidth(2) } });
  map.addLayer({ id: "over/points", type: "circle", source: "findings", filter: is("Point"), paint: { "circle-color": colour, "circle-radius": chosenWidth(5), "circle-stroke-color": "#fff", "circle-stroke-width": 1.5 } });
  if (rows.size) map.fitBounds(around([...rows.values()].map(boxOf)), { padding: 40, maxZoom: 17, animate: false });
  map.on("click", ["over/points", "over/lines", "over/areas"], ({ features }) => choose(features[0].id, { read: true }));
  for (const [id, row] of rows) {
    row.querySelector("[data-show]").addEventListener("click", () => {
      choose(id, { look: true });
      place.scrollIntoView({ block: "nearest" });
    });
  }
});
