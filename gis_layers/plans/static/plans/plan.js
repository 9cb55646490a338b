// Maps of city plans: zones in the plan's own colours over the base map. Two maps on a page move together.
//
//   data-plan-map="0"   which of the plans in #plan-map-data is drawn
//   data-pick           a tap, or Enter at the middle of the map, chooses a place for the form around it
//   data-still          a picture: it cannot be moved
import { createMap, FONT, LayerStack, maplibre } from "muni/map";

const data = JSON.parse(document.getElementById("plan-map-data").textContent);
const MARK = "#c2410c"; // seen on light and dark grounds alike

const PARTS = { streets: "#8a1c1c", facilities: "#0b5c6b" };

function drawZones(map, plan) {
  map.addSource("zones", { type: "vector", tiles: [location.origin + plan.tiles], maxzoom: 17 });
  const code = ["to-string", ["get", plan.attribute]];
  const byCode = (values, other) => {
    const pairs = Object.entries(values).flat();
    return pairs.length ? ["match", code, ...pairs, other] : other;
  };
  const add = (id, type, rest) =>
    map.addLayer({ id: `over/${id}`, type, source: "zones", "source-layer": plan.sourceLayer, ...rest });
  add("zone", "fill", { paint: { "fill-color": byCode(plan.colours, "#999999"), "fill-opacity": 0.6 } });
  add("edge", "line", { paint: { "line-color": "#5b4a6b", "line-width": 1 } });
  add("label", "symbol", {
    minzoom: 14,
    layout: { "text-field": byCode(plan.names, ""), "text-font": FONT, "text-size": 12 },
    paint: { "text-color": "#33283f", "text-halo-color": "#ffffff", "text-halo-width": 1.5 },
  });
}

/** Street lines and public facilities, of plans that were laid open. */
function drawParts(map, plan) {
  for (const { name, label } of plan.parts) {
    const add = (id, type, rest) =>
      map.addLayer({ id: `over/${name}-${id}`, type, source: "zones", "source-layer": name, ...rest });
    const isPoint = ["in", ["geometry-type"], ["literal", ["Point", "MultiPoint"]]];
    add("line-case", "line", { filter: ["!", isPoint], paint: { "line-color": "#ffffff", "line-width": 4 } });
    add("line", "line", { filter: ["!", isPoint], paint: { "line-color": PARTS[name], "line-width": 2 } });
    add("point", "circle", {
      filter: isPoint,
      paint: { "circle-radius": 6, "circle-color": PARTS[name], "circle-stroke-color": "#ffffff", "circle-stroke-width": 2 },
    });
    if (!label) continue;
    add("label", "symbol", {
      minzoom: 15,
      layout: { "text-field": ["to-string", ["get", label]], "text-font": FONT, "text-size": 12, "text-offset": [0, 1] },
      paint: { "text-color": PARTS[name], "text-halo-color": "#ffffff", "text-halo-width": 1.5 },
    });
  }
}

/** A tap on a zone names it and leads to its by-laws. */
function nameZones(map, plan) {
  map.on("click", "over/zone", ({ lngLat, features }) => {
    const code = String(features[0].properties[plan.attribute]);
    const article = document.querySelector(`[data-zone="${CSS.escape(code)}"]`);
    const line = document.createElement("p");
    line.className = "plan-popup";
    const name = `${plan.names[code] ?? ""} (${code})`;
    if (article && plan === data.plans[0]) {
      const link = document.createElement("a");
      link.href = `#${article.id}`;
      link.textContent = name;
      line.append(link);
    } else {
      line.textContent = name;
    }
    new maplibre.Popup().setLngLat(lngLat).setDOMContent(line).addTo(map);
  });
}

function mark(map, point) {
  return new maplibre.Marker({ color: MARK }).setLngLat(point).addTo(map);
}

function pick(map, element) {
  const form = element.closest("form");
  const { lon, lat, whole_plan: whole } = form.elements;
  const said = document.getElementById("picked");
  let marker;
  const choose = ({ lng, lat: y }) => {
    lon.value = lng.toFixed(7);
    lat.value = y.toFixed(7);
    whole.checked = false;
    marker ? marker.setLngLat([lng, y]) : (marker = mark(map, [lng, y]));
    said.textContent = `${said.dataset.text} ${y.toFixed(5)}, ${lng.toFixed(5)}`;
  };
  map.on("click", ({ lngLat }) => choose(lngLat));
  map.getCanvas().addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    choose(map.getCenter());
  });
  whole.addEventListener("change", () => {
    if (!whole.checked) return;
    lon.value = lat.value = said.textContent = "";
    marker?.remove();
    marker = undefined;
  });
  if (lon.value && lat.value) choose({ lng: Number(lon.value), lat: Number(lat.value) });
}

function moveTogether(maps) {
  let isFollowing = false;
  for (const map of maps) {
    map.on("move", () => {
      if (isFollowing) return;
      isFollowing = true;
      for (const other of maps) {
        if (other !== map) other.jumpTo({ center: map.getCenter(), zoom: map.getZoom() });
      }
      isFollowing = false;
    });
  }
}

const maps = await Promise.all(
  [...document.querySelectorAll("[data-plan-map]")].map(async (element) => {
    const plan = data.plans[Number(element.dataset.planMap)];
    const where = data.point && !("pick" in element.dataset) ? { center: data.point, zoom: 15 } : data.bounds ? { bounds: data.bounds } : {};
    const still = "still" in element.dataset;
    const map = await createMap(element, { ...where, interactive: !still, controls: !still });
    map.on("load", () => {
      const stack = new LayerStack(map, data.base);
      for (const { slug } of data.base) stack.show(slug);
      drawZones(map, plan);
      drawParts(map, plan);
      if ("pick" in element.dataset) pick(map, element);
      else if (data.point) mark(map, data.point);
      else nameZones(map, plan);
    });
    return map;
  }),
);
moveTogether(maps);
