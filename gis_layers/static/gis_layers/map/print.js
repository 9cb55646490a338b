// A sheet at a true scale. The canvas has three pixels for each CSS pixel: 288 dots an inch on paper.

import { pageData } from "muni/app";
import { LayerStack, createMap } from "muni/map";
import "../catalogue/images.js";
import { number, words } from "./format.js";
import { fromUtm, utm, zoomOfScale } from "./geodesy.js";
import { read, write } from "./permalink.js";

const PRINT_RATIO = 3;
const CANVAS_LIMIT = 8192;
const MM = 96 / 25.4; // CSS pixels in a millimetre

const byId = (id) => document.getElementById(id);
const page = document.querySelector(".print-page");
const form = byId("sheet-form");
const layers = pageData("map-layers");
const view = read();
const on = view.on ?? layers.filter((layer) => layer.shown).map(({ slug }) => ({ slug, opacity: 1 }));
const pageRule = document.head.appendChild(document.createElement("style"));

layOut();
const map = await createMap(byId("map"), {
  center: view.center ?? [44.4, 33.3],
  zoom: view.zoom ?? 14,
  baseStyle: page.dataset.baseStyle,
  controls: false,
  pixelRatio: PRINT_RATIO,
  maxCanvasSize: [CANVAS_LIMIT, CANVAS_LIMIT],
  canvasContextAttributes: { preserveDrawingBuffer: true, antialias: true },
  scrollZoom: false,
  boxZoom: false,
  doubleClickZoom: false,
  touchZoomRotate: false,
});
await new Promise((resolve) => (map.isStyleLoaded() ? resolve() : map.once("style.load", resolve)));

const stack = new LayerStack(map, layers);
stack.order(on.map(({ slug }) => slug));
for (const { slug, opacity } of on.filter(({ slug }) => stack.has(slug))) {
  stack.show(slug);
  stack.fade(slug, opacity);
}
update();

form.addEventListener("input", () => {
  layOut();
  map.resize();
  update();
  map.triggerRepaint();
});
form.addEventListener("submit", (event) => event.preventDefault());
map.on("move", update);
map.on("idle", explain);
byId("print-now").addEventListener("click", async () => {
  if (!map.areTilesLoaded()) await map.once("idle");
  print();
});

function options() {
  const data = new FormData(form);
  return {
    title: data.get("title").trim(),
    paper: data.get("paper"),
    isLandscape: data.get("orientation") === "landscape",
    scale: Number(data.get("scale")),
    grid: data.has("grid"),
  };
}

function layOut() {
  const { paper, isLandscape, title } = options();
  for (const paged of document.querySelectorAll(".sheet")) {
    paged.classList.toggle("a3", paper === "a3");
    paged.classList.toggle("landscape", isLandscape);
  }
  pageRule.textContent = `@page { size: ${paper} ${isLandscape ? "landscape" : "portrait"}; margin: 0; }`;
  const heading = byId("sheet-title");
  heading.dataset.untitled ??= form.elements.title.value ? "" : heading.textContent;
  heading.textContent = title || heading.dataset.untitled;
}

/** Keeps the scale true where the sheet lies, and everything that speaks of it. */
function update() {
  const { scale, grid } = options();
  const center = map.getCenter();
  const zoom = zoomOfScale(center.lat, scale);
  if (Math.abs(map.getZoom() - zoom) > 1e-6) map.jumpTo({ zoom });
  byId("sheet-ratio").textContent = `1:${number(scale)}`;
  byId("sheet-center").textContent = `${center.lng.toFixed(5)}, ${center.lat.toFixed(5)}`;
  drawBar(scale);
  drawGrid(grid ? scale : null, center);

  const state = write({ zoom, center, on, pick: null });
  byId("back-to-map").hash = state;
  const query = new URLSearchParams(new FormData(form));
  clearTimeout(update.timer);
  update.timer = setTimeout(() => history.replaceState(null, "", `?${query}${state}`), 200);
}

/** Legend and sources of what the sheet shows; a legend that does not fit gets a sheet of its own. */
function explain() {
  const drawn = new Set(map.queryRenderedFeatures().map(({ source }) => source));
  const legend = document.querySelector(".sheet-legend");
  for (const entry of legend.querySelectorAll("[data-layer]")) entry.hidden = !drawn.has(entry.dataset.layer);
  byId("sheet-sources").textContent = sources(drawn);
  const [place, annex] = [byId("legend-place"), byId("sheet-annex")];
  place.append(legend);
  const isCut = place.scrollHeight > place.clientHeight + 1 || place.scrollWidth > place.clientWidth + 1;
  if (isCut) annex.append(legend);
  annex.hidden = byId("legend-elsewhere").hidden = !isCut;
}

function drawBar(scale) {
  const longest = (45 * scale) / 1000; // metres in 45 mm
  const power = 10 ** Math.floor(Math.log10(longest));
  const total = [5, 2, 1].find((n) => n * power <= longest) * power;
  const millimetres = (total * 1000) / scale;
  const bar = byId("scale-bar");
  bar.style.inlineSize = `${millimetres}mm`;
  const inKm = total >= 1000;
  const label = (metres) => number(inKm ? metres / 1000 : metres);
  bar.replaceChildren();
  for (let i = 0; i < 4; i++) {
    const part = document.createElement("i");
    part.style.left = `${(i * millimetres) / 4}mm`;
    part.style.width = `${millimetres / 4}mm`;
    bar.append(part);
  }
  for (const share of [0, 0.5, 1]) {
    const text = document.createElement("span");
    text.style.left = `${millimetres * share}mm`;
    text.textContent = share === 1 ? `${label(total)} ${inKm ? words.kilometres : words.metres}` : label(total * share);
    bar.append(text);
  }
}

/** UTM grid, five centimetres or less apart, with its numbers along the frame. */
function drawGrid(scale, center) {
  const svg = byId("grid");
  svg.replaceChildren();
  if (!scale) return;
  const { clientWidth: width, clientHeight: height } = byId("map");
  const middle = utm([center.lng, center.lat]);
  const widest = (50 * scale) / 1000;
  const power = 10 ** Math.floor(Math.log10(widest));
  const step = [5, 2, 1].find((n) => n * power <= widest) * power;
  const reach = (pixels) => ((pixels / MM) * scale) / 1000 / 2 + step;
  const at = (easting, northing) => map.project(fromUtm({ ...middle, easting, northing }));
  const [dx, dy] = [reach(width), reach(height)];
  for (let e = Math.ceil((middle.easting - dx) / step) * step; e < middle.easting + dx; e += step) {
    const [a, b] = [at(e, middle.northing - dy), at(e, middle.northing + dy)];
    const x = a.x + ((b.x - a.x) * (height - a.y)) / (b.y - a.y);
    line(svg, a, b);
    if (x > 30 && x < width - 60) label(svg, number(e), x + 3, height - 4);
  }
  for (let n = Math.ceil((middle.northing - dy) / step) * step; n < middle.northing + dy; n += step) {
    const [a, b] = [at(middle.easting - dx, n), at(middle.easting + dx, n)];
    const y = a.y + ((b.y - a.y) * (0 - a.x)) / (b.x - a.x);
    line(svg, a, b);
    if (y > 20 && y < height - 30) label(svg, number(n), 4, y - 3);
  }
  label(svg, `UTM ${middle.zone}${middle.hemisphere}`, 4, 14);
}

function line(svg, a, b) {
  const drawn = document.createElementNS(svg.namespaceURI, "line");
  for (const [name, at] of [["x1", a.x], ["y1", a.y], ["x2", b.x], ["y2", b.y]]) drawn.setAttribute(name, at.toFixed(2));
  svg.append(drawn);
}

function label(svg, text, x, y) {
  const drawn = document.createElementNS(svg.namespaceURI, "text");
  drawn.setAttribute("x", x.toFixed(1));
  drawn.setAttribute("y", y.toFixed(1));
  drawn.textContent = text;
  svg.append(drawn);
}

/** Layers of one origin are named together. */
function sources(drawn) {
  const origins = new Map();
  for (const layer of layers.filter(({ slug }) => drawn.has(slug))) {
    const origin = [layer.source, layer.licence].filter(Boolean).join(" · ");
    if (origin) origins.set(origin, [...(origins.get(origin) ?? []), layer.title]);
  }
  if (!origins.size) return "";
  const named = [...origins].map(([origin, titles]) => `${origin} (${titles.join(words.comma)})`);
  return `${byId("sheet-sources").dataset.text}: ${named.join(words.semicolon)}`;
}
