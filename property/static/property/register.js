// Map of the register's pages: parcels by status; on the page of a split a click adds a point to the cutting line.
import { createMap, FONT, LayerStack } from "muni/map";

const data = JSON.parse(document.getElementById("register-map-data").textContent);
const isProposal = data.parcels.features.some(({ properties }) => properties.status === "pending");
const byStatus = (current, pending, historic, rejected = current, easement = current) => [
  "match", ["get", "status"],
  "pending", pending, "historic", historic, "rejected", rejected, "easement", easement, current,
];

function drawParcels(map) {
  map.addSource("parcels", { type: "geojson", data: data.parcels });
  map.addLayer({
    id: "over/ground",
    type: "fill",
    source: "parcels",
    paint: {
      "fill-color": byStatus("#1d4e89", "#b45309", "#6b6b6b", "#b91c1c", "#7c3aed"),
      "fill-opacity": byStatus(0.2, 0.15, 0, 0.3),
    },
  });
  const border = (status, color, dash) =>
    map.addLayer({
      id: `over/${status}`,
      type: "line",
      source: "parcels",
      filter: ["==", ["get", "status"], status],
      paint: { "line-color": color, "line-width": 2, ...(dash && { "line-dasharray": dash }) },
    });
  border("historic", "#6b6b6b", [1, 2]);
  border("current", "#1d4e89");
  border("pending", "#b45309", [3, 2]);
  border("rejected", "#b91c1c");
  border("easement", "#7c3aed", [1, 1]);
  map.addLayer({
    id: "over/number",
    type: "symbol",
    source: "parcels",
    // What is proposed lies over what it comes from: their numbers would cover each other.
    filter: isProposal ? ["==", ["get", "status"], "pending"] : ["!=", ["get", "status"], "historic"],
    layout: { "text-field": ["get", "number"], "text-font": FONT, "text-size": 14 },
    paint: { "text-color": "#1f2937", "text-halo-color": "#ffffff", "text-halo-width": 1.5 },
  });
}

function drawn(points) {
  if (points.length < 2) return { type: "MultiPoint", coordinates: points };
  const isOutline = data.cutting === "outline" && points.length > 2;
  return { type: "LineString", coordinates: isOutline ? [...points, points[0]] : points };
}

function cut(map) {
  const form = document.getElementById("prepare");
  const said = document.getElementById("cutting");
  const undo = document.getElementById("undo-point");
  let points = JSON.parse(form.elements.line.value || "[]");
  map.addSource("cut", { type: "geojson", data: { type: "FeatureCollection", features: [] } });
  map.addLayer({ id: "over/cut", type: "line", source: "cut", paint: { "line-color": "#b91c1c", "line-width": 3 } });
  map.addLayer({
    id: "over/points",
    type: "circle",
    source: "cut",
    paint: { "circle-color": "#b91c1c", "circle-radius": 5, "circle-stroke-color": "#ffffff", "circle-stroke-width": 2 },
  });
  const show = () => {
    form.elements.line.value = points.length ? JSON.stringify(points) : "";
    undo.hidden = !points.length;
    said.textContent = points.length ? `${said.dataset.drawn} ${points.length}` : said.dataset.empty;
    map.getSource("cut").setData({
      type: "Feature",
      properties: {},
      geometry: drawn(points),
    });
  };
  const add = ({ lng, lat }) => {
    points = [...points, [lng, lat]];
    form.querySelector("input[name=way][value=line]")?.click();
    show();
  };
  map.on("click", ({ lngLat }) => add(lngLat));
  map.getCanvas().addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    add(map.getCenter());
  });
  undo.addEventListener("click", () => {
    points = points.slice(0, -1);
    show();
  });
  show();
}

const map = await createMap(document.getElementById("map"), { bounds: data.bounds, cooperativeGestures: true });
map.on("load", () => {
  const stack = new LayerStack(map, data.base);
  for (const { slug } of data.base) stack.show(slug);
  drawParcels(map);
  if (data.cutting) cut(map);
});
