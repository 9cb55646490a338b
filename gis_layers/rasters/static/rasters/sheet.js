// A sheet on the map, as opaque as its slider says.

import "../gis_layers/catalogue/images.js";
import { pageData } from "muni/app";
import { createMap, LayerStack } from "muni/map";

const data = pageData("sheet-map-data");
const slider = document.getElementById("sheet-opacity");
const shown = document.querySelector("output[for=sheet-opacity]");
const map = await createMap(document.getElementById("sheet-map"), { bounds: data.bounds, cooperativeGestures: true });
const asHtml = (text) => Object.assign(document.createElement("p"), { textContent: text }).innerHTML;
const fade = () => {
  shown.textContent = `${slider.value}%`;
  if (map.getLayer("sheet")) map.setPaintProperty("sheet", "raster-opacity", slider.value / 100);
};

map.once("load", () => {
  const stack = new LayerStack(map, data.layers);
  for (const { slug } of data.layers) stack.show(slug);
  map.addSource("sheet", {
    type: "raster",
    tiles: [new URL(data.tiles, location.href).href.replaceAll("%7B", "{").replaceAll("%7D", "}")],
    tileSize: 256,
    bounds: data.bounds,
    maxzoom: data.maxZoom,
    attribution: asHtml(data.attribution),
  });
  map.addLayer({ id: "sheet", type: "raster", source: "sheet" });
  fade();
});
slider.addEventListener("input", fade);
