// The map page: puts search, layers, details, measuring and the address together.

import { announce, pageData } from "muni/app";
import { LayerStack, createMap } from "muni/map";
import "../catalogue/images.js";
import { Details } from "./details.js";
import { number, words } from "./format.js";
import { scaleOfZoom, utm } from "./geodesy.js";
import { locate } from "./location.js";
import { Measure } from "./measure.js";
import { addOverlay, draw } from "./overlay.js";
import { read, write } from "./permalink.js";
import { Search } from "./search.js";
import { Tree } from "./tree.js";

const byId = (id) => document.getElementById(id);
const page = document.querySelector(".map-page");
const layers = pageData("map-layers");
const TOWN_DEGREES = 1.5;
const wide = matchMedia("(width >= 48rem)");

const view = read();
const asked = layers.filter(({ slug }) => new URLSearchParams(location.search).get("layers")?.split(",").includes(slug));
const map = await createMap(byId("map"), {
  bounds: boundsOf(asked) ?? boundsOf(layers.filter((layer) => layer.group !== "base")) ?? boundsOf(layers),
  ...(view.center && { center: view.center, zoom: view.zoom }),
  baseStyle: page.dataset.baseStyle,
});
await new Promise((resolve) => (map.isStyleLoaded() ? resolve() : map.once("style.load", resolve)));
addOverlay(map);

const stack = new LayerStack(map, layers);
const tree = new Tree({ map, stack, panel: byId("layers-panel"), onChange: remember });
const details = new Details({
  map,
  panel: byId("details"),
  layers: stack.layers,
  address: page.dataset.features,
  onChange: remember,
});
const measure = new Measure(map, byId("measure"), () => pressed("distance", "area"));
const search = new Search({ form: document.querySelector(".map-search"), address: page.dataset.search, onChoose: goTo });

restore(view);
if (!view.center) open(asked);
if (search.input.value) search.ask().then(() => search.input.focus());

// What the address says, and saying it.

function restore({ on, pick }) {
  const first = layers.filter((layer) => layer.shown).map(({ slug }) => ({ slug, opacity: 1 }));
  tree.restore(on ?? first);
  if (pick && stack.has(pick.layer)) details.open(pick);
  else details.close();
}

/** Layers that another page sends here (?layers=a,b): on, and near enough to be drawn. */
function open(wanted) {
  for (const { slug } of wanted) tree.set(slug, true);
  const nearest = Math.max(...wanted.map(({ minZoom }) => minZoom));
  if (map.getZoom() < nearest) map.jumpTo({ zoom: nearest + 0.1 });
}

function remember() {
  clearTimeout(remember.timer);
  remember.timer = setTimeout(() => history.replaceState(null, "", address()), 150);
}

function address() {
  const on = stack.inOrder().map((slug) => ({ slug, opacity: stack.opacity.get(slug) ?? 1 }));
  return write({ zoom: map.getZoom(), center: map.getCenter(), on, pick: details.pick });
}

map.on("moveend", remember);
addEventListener("hashchange", () => {
  const wanted = read();
  if (wanted.center) map.jumpTo({ center: wanted.center, zoom: wanted.zoom });
  restore(wanted);
});
// The other language shows the same view.
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-language]");
  if (link) link.hash = address();
});

// What is at a point.

let frame;
const shownIds = () => stack.shownIds.filter((id) => map.getLayer(id));

function identify(point) {
  const reach = 6;
  const box = [
    [point.x - reach, point.y - reach],
    [point.x + reach, point.y + reach],
  ];
  const shown = shownIds();
  const seen = new Set();
  const hits = [];
  const areas = new Set(map.queryRenderedFeatures(point, { layers: shown }).map(keyOf));
  for (const feature of map.queryRenderedFeatures(box, { layers: shown })) {
    const key = keyOf(feature);
    const isArea = feature.geometry.type.endsWith("Polygon");
    // Near is near enough for points and lines; an area has to hold the point itself.
    if (feature.id === undefined || seen.has(key) || (isArea && !areas.has(key))) continue;
    seen.add(key);
    hits.push({ layer: feature.source, id: feature.id, properties: feature.properties, geometry: feature.geometry });
  }
  // Points and lines come before areas; the place that holds them comes after, the ground of the base map last.
  const last = { base: 3, places: 2 };
  const rank = ({ layer, geometry }) =>
    geometry.type.endsWith("Polygon") ? (last[stack.layers.get(layer).group] ?? 1) : 0;
  details.show(hits.sort((one, other) => rank(one) - rank(other)));
  // On a phone the sheet covers the lower half: what was touched moves out from under it.
  const hidden = point.y - map.getContainer().clientHeight * 0.4;
  if (!wide.matches && hidden > 0) map.panBy([0, hidden]);
}

const keyOf = (feature) => `${feature.source}/${feature.id}`;

map.on("click", (event) => {
  if (measure.active) measure.add(event.lngLat);
  else identify(event.point);
});
map.on("dblclick", (event) => {
  if (!measure.active) return;
  event.preventDefault();
  measure.finish();
});
map.on("mousemove", ({ lngLat, point }) => {
  // Looking features up is slow on a full map: once a frame is enough.
  cancelAnimationFrame(frame);
  frame = requestAnimationFrame(() => {
    showPosition(lngLat);
    if (measure.active) return;
    map.getCanvas().style.cursor = map.queryRenderedFeatures(point, { layers: shownIds() }).length ? "pointer" : "";
  });
});

// Going to what the search found.

function goTo(result) {
  if (result.kind === "layer") {
    tree.set(result.layer, true);
    tree.reach(result.layer);
    return;
  }
  if (result.kind === "feature") {
    tree.set(result.layer, true);
    const { minZoom } = stack.layers.get(result.layer);
    if (result.bbox) map.fitBounds(result.bbox, { padding: 100, maxZoom: Math.max(18, minZoom + 1), duration: 800 });
    details.open({ layer: result.layer, id: result.id });
    return;
  }
  const [west, south, east, north] = result.bbox ?? [];
  if (west === undefined) return announce(words.noBoundary.replace("{name}", result.title), "warning");
  const isPoint = west === east && south === north;
  const shape = isPoint
    ? { type: "Point", coordinates: [west, south] }
    : { type: "Polygon", coordinates: [[[west, south], [east, south], [east, north], [west, north], [west, south]]] };
  details.close();
  if (isPoint) draw(map, "selected", [shape]);
  map.fitBounds(result.bbox, { padding: 40, maxZoom: 17, duration: 800 });
}

// Tools.

const tools = {
  layers: () => togglePanel(),
  distance: () => startMeasure("distance"),
  area: () => startMeasure("area"),
  location: () => locate(map),
  share: () => copy(link()),
  print: () => (location.href = page.dataset.print + address()),
  fullscreen: () => (document.fullscreenElement ? document.exitFullscreen() : page.requestFullscreen?.()),
  help: () => byId("help").showModal(),
};

document.querySelector(".map-tools").addEventListener("click", (event) => {
  const tool = event.target.closest("[data-tool]")?.dataset.tool;
  if (tool) tools[tool]();
});
byId("details").addEventListener("click", (event) => {
  if (event.target.closest("[data-details=link]")) copy(link());
});
document.addEventListener("fullscreenchange", () => {
  button("fullscreen").setAttribute("aria-pressed", String(Boolean(document.fullscreenElement)));
  map.resize();
});

const button = (tool) => document.querySelector(`[data-tool=${tool}]`);

function pressed(...names) {
  for (const name of names) button(name).setAttribute("aria-pressed", String(measure.kind === name));
}

function startMeasure(kind) {
  if (measure.kind === kind) return measure.stop();
  measure.stop();
  details.close();
  measure.begin(kind);
  pressed("distance", "area");
}

function togglePanel(open = page.classList.contains("panel-closed") || !page.classList.contains("panel-open")) {
  if (wide.matches) {
    const closing = !page.classList.contains("panel-closed");
    page.classList.toggle("panel-closed", closing);
    open = !closing;
  } else {
    page.classList.toggle("panel-open", open);
    if (open) details.close();
  }
  button("layers").setAttribute("aria-expanded", String(open));
  map.resize();
  if (open && !wide.matches) byId("layers-panel").querySelector("[data-close-panel]").focus();
}

byId("layers-panel").querySelector("[data-close-panel]").addEventListener("click", () => {
  togglePanel(false);
  button("layers").focus();
});

function link() {
  const url = new URL(location.href);
  url.search = `?lang=${document.documentElement.lang}`;
  url.hash = address();
  return url.href;
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    announce(words.copied, "success");
  } catch {
    prompt(words.copyByHand, text);
  }
}

// Keys. Letters act only while the map itself has the focus, so they never disturb writing or a screen reader.

const keys = {
  "/": () => search.input.focus(),
  l: tools.layers,
  d: tools.distance,
  a: tools.area,
  p: tools.print,
  f: tools.fullscreen,
  "?": tools.help,
  Backspace: () => measure.active && measure.undo(),
};

map.getCanvas().addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Enter") {
    event.preventDefault();
    const { width, height } = map.getCanvas().getBoundingClientRect();
    if (!measure.active) identify({ x: width / 2, y: height / 2 });
    else if (event.shiftKey) measure.finish();
    else measure.add(map.getCenter());
    return;
  }
  const act = keys[event.key] ?? keys[event.key.toLowerCase()];
  if (!act) return;
  event.preventDefault();
  act();
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented || byId("help").open) return;
  if (measure.active) measure.stop();
  else if (details.isOpen) details.close();
  else if (page.classList.contains("panel-open")) {
    togglePanel(false);
    button("layers").focus();
  }
});

// Scale and the pointer's position.

let inUtm = false;
let pointer = map.getCenter();

function showScale() {
  const exact = scaleOfZoom(map.getCenter().lat, map.getZoom());
  const step = 10 ** Math.max(0, Math.floor(Math.log10(exact)) - 1);
  byId("map-scale").textContent = `1:${number(Math.round(exact / step) * step, 0)}`;
}

function showPosition(position = pointer) {
  pointer = position;
  const place = byId("map-position");
  if (inUtm) {
    const { zone, hemisphere, easting, northing } = utm([position.lng, position.lat]);
    place.textContent = `${zone}${hemisphere} ${number(easting, 0)} ${number(northing, 0)}`;
  } else place.textContent = `${position.lng.toFixed(5)}, ${position.lat.toFixed(5)}`;
}

byId("map-position").addEventListener("click", () => {
  inUtm = !inUtm;
  showPosition();
});
map.on("move", showScale);
showScale();
showPosition();

/** Where the map opens: all that is shown first, or one layer of it where that lies too far apart to see anything. */
function boundsOf(all) {
  const first = all.filter((layer) => layer.bounds && layer.shown);
  const boxes = (first.length ? first : all).map((layer) => layer.bounds).filter(Boolean);
  if (!boxes.length) return undefined;
  const pick = (i, choose) => choose(...boxes.map((box) => box[i]));
  const whole = [pick(0, Math.min), pick(1, Math.min), pick(2, Math.max), pick(3, Math.max)];
  const isNear = ([west, south, east, north]) => east - west < TOWN_DEGREES && north - south < TOWN_DEGREES;
  return isNear(whole) ? whole : (boxes.find(isNear) ?? whole);
}
