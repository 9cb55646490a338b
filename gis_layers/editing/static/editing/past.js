// A layer at a past revision: the features in sight, fetched as the map moves; a click leads to a feature's history.

import { pageData } from "muni/app";
import { createMap, LayerStack, maplibre, styleLayers } from "muni/map";

const data = pageData("past-map-data");
const place = document.getElementById("past-map");
const note = document.getElementById("past-note");
const map = await createMap(place, { ...(data.bounds && { bounds: data.bounds }) });
const base = data.layers.slice(0, -1);
const layer = data.layers.at(-1);
let asked = 0;

async function look() {
  const turn = ++asked;
  const box = map.getBounds();
  const bbox = [box.getWest(), box.getSouth(), box.getEast(), box.getNorth()]
    .map((edge, i) => Math.max([-180, -85, -180, -85][i], Math.min([180, 85, 180, 85][i], edge)).toFixed(6))
    .join(",");
  try {
    const answer = await fetch(`${data.features}?bbox=${bbox}`);
    if (!answer.ok) throw new Error(answer.statusText);
    const found = await answer.json();
    if (turn !== asked) return;
    map.getSource("past").setData(found);
    note.textContent = found.truncated ? place.dataset.truncated : "";
  } catch {
    note.textContent = place.dataset.failed;
  }
}

map.once("load", () => {
  const stack = new LayerStack(map, base);
  for (const { slug } of base) stack.show(slug);
  map.addSource("past", { type: "geojson", data: { type: "FeatureCollection", features: [] } });
  const drawn = styleLayers({ ...layer, minZoom: 0, maxZoom: 22 }, "past");
  for (const part of drawn) map.addLayer({ ...part, id: `over/${part.id}` });
  map.on("moveend", look);
  look();
  const ids = drawn.map((part) => `over/${part.id}`);
  map.on("click", ({ point, lngLat }) => {
    const [found] = map.queryRenderedFeatures(point, { layers: ids });
    if (!found) return;
    const link = document.createElement("a");
    link.href = data.history.replace(/0\/$/, `${found.id}/`);
    link.textContent = `${place.dataset.history} #${found.id}`;
    new maplibre.Popup().setLngLat(lngLat).setDOMContent(link).addTo(map);
  });
});
