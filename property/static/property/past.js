// The parcels that stood on a day, asked for again whenever the map has moved; a click opens the page of a parcel.
import { createMap, FONT, LayerStack } from "muni/map";

const NEAR = 13;
const data = JSON.parse(document.getElementById("register-map-data").textContent);
const said = document.getElementById("past-said");
const empty = { type: "FeatureCollection", features: [] };
const byStatus = (current, historic) => ["match", ["get", "status"], "historic", historic, current];
let asking;

async function show(map) {
  asking?.abort();
  if (map.getZoom() < NEAR) {
    said.textContent = said.dataset.near;
    map.getSource("past").setData(empty);
    return;
  }
  asking = new AbortController();
  const bbox = map.getBounds().toArray().flat().join(",");
  try {
    const answer = await fetch(`${data.address}&bbox=${bbox}`, { signal: asking.signal });
    if (!answer.ok) return;
    const parcels = await answer.json();
    map.getSource("past").setData(parcels);
    said.textContent = parcels.truncated ? said.dataset.many : "";
  } catch {
    // the map has moved on, or the line is down: the next move asks again
  }
}

const map = await createMap(document.getElementById("map"), { ...(data.bounds && { bounds: data.bounds }), cooperativeGestures: true });
map.on("load", () => {
  const stack = new LayerStack(map, data.base);
  for (const { slug } of data.base) if (slug !== "parcels") stack.show(slug);
  map.addSource("past", { type: "geojson", data: empty });
  map.addLayer({
    id: "over/ground",
    type: "fill",
    source: "past",
    paint: { "fill-color": byStatus("#1d4e89", "#7c3aed"), "fill-opacity": 0.2 },
  });
  map.addLayer({
    id: "over/border",
    type: "line",
    source: "past",
    paint: { "line-color": byStatus("#1d4e89", "#7c3aed"), "line-width": 1.5 },
  });
  map.addLayer({
    id: "over/number",
    type: "symbol",
    source: "past",
    minzoom: 16,
    layout: { "text-field": ["get", "number"], "text-font": FONT, "text-size": 13 },
    paint: { "text-color": "#1f2937", "text-halo-color": "#ffffff", "text-halo-width": 1.5 },
  });
  map.on("click", "over/ground", ({ features }) => location.assign(features[0].properties.page));
  map.on("moveend", () => show(map));
  show(map);
});
