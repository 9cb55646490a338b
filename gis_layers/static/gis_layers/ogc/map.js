// The map on OGC pages: the layer's tiles in its own style, or the features of the page on top of them.
import { createMap, LayerStack } from "muni/map";

const { layers, features, bounds, min_zoom } = JSON.parse(document.getElementById("ogc-map-data").textContent);
const colour = getComputedStyle(document.documentElement).getPropertyValue("--focus").trim();

const map = await createMap(document.getElementById("ogc-map"), bounds ? { bounds, fitBoundsOptions: { padding: 32, maxZoom: 18 } } : {});
map.on("load", () => {
  const stack = new LayerStack(map, layers);
  for (const { slug } of layers) stack.show(slug);
  if (!features) {
    if (map.getZoom() < min_zoom) map.setZoom(min_zoom);
    return;
  }
  map.addSource("features", { type: "geojson", data: features });
  map.addLayer({
    id: "over/areas",
    type: "fill",
    source: "features",
    filter: ["==", ["geometry-type"], "Polygon"],
    paint: { "fill-color": colour, "fill-opacity": 0.25 },
  });
  map.addLayer({
    id: "over/lines",
    type: "line",
    source: "features",
    filter: ["!=", ["geometry-type"], "Point"],
    paint: { "line-color": colour, "line-width": 2 },
  });
  map.addLayer({
    id: "over/points",
    type: "circle",
    source: "features",
    filter: ["==", ["geometry-type"], "Point"],
    paint: { "circle-color": colour, "circle-radius": 6, "circle-stroke-color": "#fff", "circle-stroke-width": 1.5 },
  });
});
