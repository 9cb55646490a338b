// The style editor: controls change a declaration, the server compiles it, the map shows it before anything is saved.

import "./images.js";
import { pageData } from "muni/app";
import { createMap, LayerStack, styleLayers } from "muni/map";
import { near, showWhere } from "./where.js";

const form = document.getElementById("style-form");
const texts = form.dataset;
const saved = pageData("style-state");
const mapData = pageData("style-map-data");
const refusal = document.getElementById("refusal");
const code = form.querySelector("#s-code");
const labelName = document.documentElement.lang === "ar" ? "label_ar" : "label_en";

const classing = { method: "quantile", classes: 5, ramp: "ylgnbu", reverse: false };
const notes = {};
let state, zooms, counts, drawnStyle;

// ---- the declaration and its controls

function start(symbology) {
  state = { other: "#9a9a9a", no_data: "#d0d0d0", ...structuredClone(symbology) };
  zooms = { min_zoom: saved.min_zoom, max_zoom: saved.max_zoom };
  counts = {};
  for (const name of ["method", "ramp", "reverse"]) if (state[name]) classing[name] = state[name];
  if (state.colors?.length > 1) classing.classes = state.colors.length;
  if (state.kind === "handwritten") code.value = JSON.stringify(saved.style, null, 2);
}

const read = (path) => path.split(".").reduce((part, name) => part?.[name], state);

function write(path, value) {
  const names = path.split(".");
  const last = names.pop();
  names.reduce((part, name) => (part[name] ??= {}), state)[last] = value;
}

function valueOf(control) {
  if (control.type === "checkbox") return control.checked;
  return control.type === "range" ? Number(control.value) : control.value;
}

function put(control, value) {
  if (control.type === "radio") control.checked = control.value === value;
  else if (control.type === "checkbox") control.checked = Boolean(value);
  else if (value !== null && value !== undefined) control.value = value;
}

/** Shows the state in the controls. */
function fill() {
  for (const control of form.querySelectorAll("[data-path]")) put(control, read(control.dataset.path));
  for (const control of form.querySelectorAll("[data-zoom]")) put(control, zooms[control.dataset.zoom]);
  for (const control of form.querySelectorAll("[data-breaks]")) put(control, classing[control.dataset.breaks]);
  for (const control of form.querySelectorAll("[data-off]")) control.checked = state[control.dataset.off] === null;
  const attribute = form.querySelector(`[data-field="${state.kind}"]`);
  if (attribute && state.field) attribute.value = state.field;
  listCategories();
  listClasses();
  tidy();
}

/** What depends on other controls: which parts are seen, numbers beside sliders, the hint. */
function tidy() {
  for (const part of form.querySelectorAll("[data-for]")) part.hidden = part.dataset.for !== state.kind;
  for (const part of form.querySelectorAll("[data-not]")) part.hidden = part.dataset.not === state.kind;
  form.querySelector("[data-with-label]").hidden = !state.label.field;
  for (const output of form.querySelectorAll("output[for]")) output.value = form.querySelector(`#${output.htmlFor}`).value;
  form.querySelector("#hint").textContent = state.kind in notes ? notes[state.kind] : isPale() ? texts.textPale : "";
}

function row(list, { color, label, value, count }, { onColor, onLabel, onRemove }) {
  const item = document.createElement("li");
  const picker = Object.assign(document.createElement("input"), { type: "color", value: color });
  picker.setAttribute("aria-label", `${texts.textColor} ${label}`);
  picker.addEventListener("input", () => onColor(picker.value));
  item.append(picker);
  if (onLabel) {
    const name = Object.assign(document.createElement("input"), { value: label, className: "form-control", title: value });
    name.setAttribute("aria-label", `${texts.textLabel} ${value}`);
    name.addEventListener("input", () => onLabel(name.value));
    item.append(name);
  } else {
    item.append(Object.assign(document.createElement("span"), { textContent: label }));
  }
  item.append(Object.assign(document.createElement("span"), { className: "count", textContent: count?.toLocaleString("en") ?? "" }));
  if (onRemove) {
    const remove = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-sm btn-outline-secondary", textContent: "×" });
    remove.setAttribute("aria-label", `${texts.textRemove}: ${label}`);
    remove.addEventListener("click", onRemove);
    item.append(remove);
  }
  list.append(item);
}

function listCategories() {
  const list = form.querySelector("#categories");
  list.replaceChildren();
  (state.classes ?? []).forEach((entry, i) => {
    const seen = { color: entry.color, label: entry[labelName] || entry.label_ar, value: entry.value, count: counts[entry.value] };
    row(list, seen, {
      onColor: (color) => change(() => (entry.color = color)),
      onLabel: (label) => change(() => (entry[labelName] = label)),
      onRemove: () => {
        change(() => state.classes.splice(i, 1));
        listCategories();
        (list.children[Math.min(i, list.children.length - 1)]?.querySelector("button") ?? list).focus();
      },
    });
  });
}

function listClasses() {
  const list = form.querySelector("#classes");
  list.replaceChildren();
  (state.colors ?? []).forEach((color, i) => {
    const label = state.labels?.[i] ?? "";
    row(list, { color, label, count: state.counts?.[i] }, { onColor: (value) => change(() => (state.colors[i] = value)) });
  });
}

// ---- what the data holds

let questions = 0;

/** The server's answer; never comes when something newer was asked meanwhile. */
async function ask(address, query) {
  const number = ++questions;
  const response = await fetch(`${address}?${new URLSearchParams(query)}`);
  const answer = await response.json();
  if (number !== questions) await new Promise(() => {});
  if (!response.ok) throw new Error(answer.message);
  return answer;
}

async function takeCategories() {
  state.field = form.querySelector("#s-field").value;
  const answer = await ask(texts.values, { field: state.field });
  counts = Object.fromEntries(answer.values.map(({ value, count }) => [value, count]));
  state.classes = answer.values.map(({ count, ...entry }) => entry);
  recolor();
  const repeats = state.classes.length > paletteColors().length;
  const said = [answer.different > answer.values.length && texts.textMore, repeats && texts.textRepeat, !answer.values.length && texts.textNothing];
  note("category", said.filter(Boolean).join(" "));
}

/** What the data says against a way of drawing; goes before the hint about pale colours. */
function note(kind, text) {
  if (text) notes[kind] = text;
  else delete notes[kind];
}

function paletteColors() {
  return saved.palettes[form.querySelector("#s-palette").value];
}

function recolor() {
  const colors = paletteColors();
  state.classes.forEach((entry, i) => (entry.color = colors[i % colors.length]));
}

async function takeBreaks() {
  state.field = form.querySelector("#s-number").value;
  const answer = await ask(texts.breaks, { field: state.field, ...classing, reverse: classing.reverse ? 1 : 0 });
  const { breaks, colors, counts: inEach, whole, labels } = answer;
  const { method, ramp, reverse } = classing;
  Object.assign(state, { breaks, colors, counts: inEach, whole, labels, method, ramp, reverse });
  note("breaks", breaks.length ? "" : texts.textNothing);
}

// ---- preview

function declared() {
  const { labels, classes, ...rest } = state;
  const symbology = state.kind === "category" ? { ...rest, classes } : rest;
  if (state.kind !== "handwritten") return { symbology, ...zooms };
  let style = null;
  try {
    style = JSON.parse(code.value);
  } catch {
    return null;
  }
  return { symbology: { kind: "handwritten" }, style, ...zooms };
}

let asked = 0;
let waiting;

function change(act) {
  act();
  tidy();
  clearTimeout(waiting);
  waiting = setTimeout(preview, 120);
}

async function preview() {
  const now = ++asked;
  const body = declared();
  if (!body) return (refusal.textContent = texts.textJson);
  const data = new FormData(form);
  data.set("declared", JSON.stringify(body));
  try {
    const response = await fetch(texts.preview, { method: "POST", body: data });
    const answer = await response.json();
    if (now !== asked) return;
    if (!response.ok) return (refusal.textContent = [answer.message, ...Object.values(answer.fields)].join(" "));
    refusal.textContent = "";
    document.getElementById("legend").innerHTML = answer.legend; // escaped by our template
    draw(answer.style, answer.attributes);
  } catch {
    refusal.textContent = texts.textFailed;
  }
}

// ---- map

const base = mapData.layers.slice(0, -1);
let map, tiles;
let drawings = 0;

function draw(style, attributes) {
  if (!map) return;
  const query = new URLSearchParams(attributes.map((name) => ["with", name]));
  const wanted = `${location.origin}${texts.tiles.replace("0/0/0.mvt", "{z}/{x}/{y}.mvt")}?${query}`;
  for (const { id } of drawnStyle ?? []) map.removeLayer(id);
  if (!map.getSource(saved.slug)) map.addSource(saved.slug, { type: "vector", tiles: [wanted], maxzoom: 17 });
  else if (tiles !== wanted) map.getSource(saved.slug).setTiles([wanted]);
  tiles = wanted;
  // Never an id again: tiles parsed for the layer before must not be drawn by the rules of this one.
  drawings += 1;
  drawnStyle = styleLayers({ slug: saved.slug, style, minZoom: zooms.min_zoom, maxZoom: zooms.max_zoom }).map((layer) => ({
    ...layer,
    id: `${layer.id}/${drawings}`,
  }));
  for (const layer of drawnStyle) map.addLayer(layer);
}

/** Relative luminance contrast of two #rrggbb colours (WCAG 2). */
function contrast(one, other) {
  const light = (hex) =>
    [1, 3, 5]
      .map((at) => parseInt(hex.slice(at, at + 2), 16) / 255)
      .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
      .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0.05);
  const [a, b] = [light(one), light(other)];
  return a > b ? a / b : b / a;
}

function isPale() {
  const { kind, symbol } = state;
  if (kind === "handwritten") return false;
  const colors = { category: (state.classes ?? []).map((c) => c.color), breaks: state.colors ?? [] }[kind] ?? [symbol.color];
  const ground = "#f6f4ef";
  if (symbol.outline_width && contrast(symbol.outline, ground) >= 3) return false;
  return colors.some((color) => contrast(color, ground) < 1.35);
}

// ---- listening

form.addEventListener("input", async ({ target }) => {
  const { path, zoom, breaks, field, off } = target.dataset;
  try {
    if (path === "kind") await chooseKind(target.value);
    else if (path) change(() => write(path, valueOf(target)));
    else if (zoom) chooseZoom(zoom, Number(target.value));
    else if (off) change(() => (state[off] = target.checked ? null : form.querySelector(`[data-path=${off}]`).value));
    else if (breaks) {
      classing[breaks] = valueOf(target);
      tidy();
      await takeBreaks();
      listClasses();
      change(() => {});
    } else if (field) {
      await (field === "category" ? takeCategories() : takeBreaks());
      fill();
      change(() => {});
    } else if (target.id === "s-palette") {
      change(recolor);
      listCategories();
    } else if (target === code) change(() => {});
  } catch (error) {
    refusal.textContent = error.message;
  }
});

async function chooseKind(kind) {
  if (kind === "handwritten" && !code.value) code.value = JSON.stringify(saved.style, null, 2);
  state.kind = kind;
  tidy();
  const control = form.querySelector(`[data-field="${kind}"]`);
  if (kind === "category" && (!state.classes?.length || state.field !== control.value)) await takeCategories();
  if (kind === "breaks" && (!state.breaks?.length || state.field !== control.value)) await takeBreaks();
  fill();
  change(() => {});
}

function chooseZoom(name, value) {
  change(() => {
    zooms[name] = value;
    if (zooms.min_zoom > zooms.max_zoom) zooms[name === "min_zoom" ? "max_zoom" : "min_zoom"] = value;
    for (const control of form.querySelectorAll("[data-zoom]")) put(control, zooms[control.dataset.zoom]);
  });
}

form.addEventListener("click", ({ target }) => {
  const reset = target.closest("[data-reset]")?.dataset.reset;
  if (!reset) return;
  start(reset === "fresh" ? saved.fresh : saved.symbology);
  fill();
  change(() => {});
});

form.addEventListener("submit", (event) => {
  const body = declared();
  if (!body) {
    event.preventDefault();
    refusal.textContent = texts.textJson;
    delete form.dataset.sent;
    return;
  }
  form.elements.declared.value = JSON.stringify(body);
});

if (innerWidth < 600) document.querySelector(".style-legend").open = false;
start(saved.symbology);
fill();
map = await createMap(document.getElementById("style-map"), near(mapData));
map.once("load", () => {
  const stack = new LayerStack(map, base);
  for (const { slug } of base) stack.show(slug);
  showWhere(map, mapData);
  const now = document.getElementById("zoom-now");
  const tell = () => (now.value = map.getZoom().toFixed(1));
  map.on("zoomend", tell);
  tell();
  draw(saved.style, saved.attributes);
});
