// The layer editor: puts map, tools, attributes, table, queue and the other parts together.

import { announce, pageData } from "muni/app";
import { createMap, isStill } from "muni/map";
import "../gis_layers/catalogue/images.js";
import { Acts } from "./acts.js";
import { Api } from "./api.js";
import { Draft } from "./draft.js";
import { Exact } from "./exact.js";
import { connectBulk, connectFind } from "./finding.js";
import { Form } from "./form.js";
import { boxesMeet, bounds, crossesItself, withVertex } from "./geometry.js";
import { Queue } from "./queue.js";
import { Reshape } from "./reshape.js";
import { Saving } from "./saving.js";
import { Selection, inArea } from "./selection.js";
import { Sketch } from "./sketch.js";
import { memoryStorage, openStorage } from "./storage.js";
import { Surroundings } from "./surroundings.js";
import { Table } from "./table.js";
import { choice } from "./trouble.js";
import { View } from "./view.js";
import { say, words } from "./words.js";

const byId = (id) => document.getElementById(id);
const data = pageData("editor-data");
const { schema, layer, mayEdit } = data;
const LOAD_FROM_ZOOM = 14; // farther out a view holds more features than can be edited
const uuid = () =>
  crypto.randomUUID?.() ??
  "10000000-1000-4000-8000-100000000000".replace(/[018]/g, (c) =>
    (c ^ (crypto.getRandomValues(new Uint8Array(1))[0] & (15 >> (c / 4)))).toString(16),
  );

// Two pages on one changeset would send each other's gestures: the second waits for the first to close.
if (mayEdit && navigator.locks) {
  const isFree = await new Promise((resolve) =>
    navigator.locks.request(`editor-${data.changeset}`, { ifAvailable: true }, (lock) => {
      resolve(Boolean(lock));
      return lock && new Promise(() => {});
    }),
  );
  if (!isFree) {
    byId("second-page").hidden = false;
    await navigator.locks.request(`editor-${data.changeset}`, () => location.reload());
    await new Promise(() => {});
  }
}

const api = new Api(data.address);
let saving;
const storage = await openStorage(data.user, data.changeset).catch(() => memoryStorage());
const isKept = "durable" in storage;
const queue = new Queue({ storage, send: api.send, onState: () => saving?.show(), onSent: sent });
const draft = new Draft({ api, queue, uuid });
const selection = new Selection();
draft.isHeld = (ref) => selection.has(ref);
const titleOf = (feature) => feature.properties[layer.labelField] || say("featureNo", { n: feature.id ?? words.isNew });
const acts = new Acts({ api, draft, selection, titleOf });

const map = await createMap(byId("map"), { bounds: data.bounds, baseStyle: data.baseStyle, boxZoom: false, hash: "map" });
await new Promise((resolve) => (map.isStyleLoaded() ? resolve() : map.once("style.load", resolve)));
const view = new View(map, layer);
const around = new Surroundings(map, { layers: data.layers, own: layer, panel: byId("layers"), api, draft });
const snap = (position, options) => around.snap(position, options);
const sketch = new Sketch(map, { snap, onFinish: drawn, onChange: showSketch });
const reshape = new Reshape(map, {
  view,
  snap,
  onChange: (changes, act) => acts.reshape(changes, words.acts[act]) || reshape.show(),
  onActive: (path) => exact.vertices(onlySelected(), path),
  onRefused: (name) => announce(words[name], "warning"),
});
const exact = new Exact(byId("exact"), {
  zone: data.utmZone,
  onPoint: (position) => sketch.add(position),
  onMove: (east, north) => acts.moveBy(east, north),
  onVertex: (path, position) => {
    const { ref, geometry } = onlySelected();
    acts.reshape([{ ref, geometry: withVertex(geometry, path, position) }], words.acts.vertex);
  },
  onActivate: (path) => tool === "vertices" && reshape.activate(path),
  onRemove: (path) => reshape.remove(path),
});
const form = new Form(byId("attributes"), { schema, readOnly: !mayEdit, onChange: (ref, properties) => draft.change([{ ref, properties }], words.acts.attributes) });
if (schema.length) {
  connectBulk(byId("bulk"), { schema, onChange: (properties) => acts.changeAll(properties) });
  connectFind(byId("find"), { schema, draft, selection, onFound: listSelected });
}
const table = new Table(byId("table"), byId("table-note"), {
  schema,
  onSelect: (refs, how) => selection.set(refs, how),
  onGo: (ref) => reach(draft.get(ref)),
});
saving = new Saving(byId("save-state"), { queue, draft, api, schema, isKept, onLoadFailed: () => hint("loadFailed") });

// Loading.

let loading;
const isNear = () => map.getZoom() >= LOAD_FROM_ZOOM;

async function loadView() {
  around.showPublished(!isNear());
  if (!isNear()) return hint("zoomIn");
  loading?.abort();
  loading = new AbortController();
  byId("map").setAttribute("aria-busy", "true");
  try {
    await Promise.all([draft.load(map.getBounds().toArray().flat(), loading.signal), around.load()]);
    hint(draft.truncated ? "truncated" : null);
  } catch (error) {
    if (error.name === "AbortError") return;
    if (!error.kind) throw error;
    hint(error.kind === "offline" ? "loadOffline" : error.kind === "signedOut" ? "loadSignedOut" : "loadFailed");
  }
  map.triggerRepaint(); // when all is drawn the map is busy no more
}

function hint(name) {
  byId("hint").hidden = !name;
  byId("hint-text").textContent = name ? words[name] : "";
  byId("hint-zoom").hidden = name !== "zoomIn";
}

map.on("moveend", () => {
  clearTimeout(loadView.timer);
  loadView.timer = setTimeout(loadView, 200);
});
byId("hint-zoom").addEventListener("click", () => map.zoomTo(LOAD_FROM_ZOOM + 0.5));

// Saving.

async function sent(gesture, answer) {
  showCounts(answer.counts);
  await draft.sent(gesture, answer).catch(() => hint("loadFailed"));
}

function showCounts(counts) {
  if (!counts) return;
  for (const name of ["created", "updated", "deleted"]) byId(`count-${name}`).textContent = counts[name] ?? 0;
}

addEventListener("online", () => queue.flush().then(loadView));
addEventListener("focus", () => queue.waiting.length && ["waiting", "signedOut"].includes(queue.state) && queue.flush());
addEventListener("beforeunload", (event) => sketch.isDrawing && event.preventDefault());

// What is selected, and what stands beside the map about it.

const onlySelected = () => (acts.selected.length === 1 ? acts.selected[0] : null);

function showSelection() {
  const selected = acts.selected;
  view.selected(selected);
  byId("selected-count").textContent = selection.refs.length ? say("nSelected", { n: selection.refs.length }) : "";
  byId("none-selected").hidden = selection.refs.length > 0;
  byId("bulk").hidden = selected.length < 2 || !mayEdit;
  byId("feature-acts").hidden = selection.refs.length === 0;
  byId("restore").hidden = !restorable().length;
  byId("feature-title").textContent = selected.length === 1 ? titleOf(selected[0]) : "";
  form.show(selected.length === 1 ? selected[0] : null);
  if (tool === "vertices" || tool === "move") hold();
  for (const [name, fits] of Object.entries(NEEDS)) button(name).disabled = !mayEdit || !fits(selected);
  showTable();
}

function showTable() {
  const kind = document.querySelector("[name=listed]:checked").value;
  const box = map.getBounds().toArray().flat();
  const lists = {
    view: (feature) => boxesMeet(bounds(feature.geometry), box),
    selected: ({ ref }) => selection.has(ref),
    edited: ({ edit }) => edit !== null,
  };
  const all = kind === "edited" ? [...draft.present, ...draft.removed] : draft.present;
  table.show(all.filter(lists[kind]), selection);
}

/** What was found may lie anywhere: the table lists it. */
function listSelected() {
  document.querySelector("[name=listed][value=selected]").checked = true;
  showTable();
}

draft.addEventListener("change", () => {
  view.features(draft);
  selection.keep((ref) => draft.get(ref));
  button("undo").disabled = !draft.history.canUndo;
  button("redo").disabled = !draft.history.canRedo;
  showSelection();
});
selection.addEventListener("change", showSelection);
byId("listed").addEventListener("change", showTable);
map.on("moveend", showTable);

function reach(feature) {
  const box = bounds(feature.geometry);
  const padding = Math.min(80, map.getContainer().clientWidth / 5);
  map.fitBounds(box, { padding, maxZoom: Math.max(18, map.getZoom()), duration: isStill ? 0 : 500 });
}

byId("zoom-selected").addEventListener("click", () => {
  const boxes = selection.refs.map((ref) => bounds(draft.get(ref).geometry));
  const pick = (i, choose) => choose(...boxes.map((box) => box[i]));
  map.fitBounds([pick(0, Math.min), pick(1, Math.min), pick(2, Math.max), pick(3, Math.max)], { padding: 80, maxZoom: 19 });
});
byId("clear-selected").addEventListener("click", () => selection.clear());
/** Selected features that the changeset changes or removes, and that are published otherwise. */
const restorable = () =>
  mayEdit ? selection.refs.filter((ref) => draft.get(ref).id !== undefined && ["update", "delete"].includes(draft.get(ref).edit)) : [];
byId("restore").addEventListener("click", () => draft.restore(restorable(), words.acts.restore));

/** A drawn feature is saved at once; what its layer requires may follow, and is asked for before it is submitted. */
function begin(geometry) {
  selection.set(draft.change([{ geometry, properties: {} }], words.acts.create));
  byId("attributes").querySelector("[required]")?.focus();
}

// Tools.

const isArea = ({ geometry }) => geometry.type.endsWith("Polygon");
const isSolid = ({ geometry }) => !geometry.type.endsWith("Point");
/** What has to be selected for a tool to be of use. */
const NEEDS = {
  vertices: (selected) => selected.length === 1,
  move: (selected) => selected.length > 0,
  split: (selected) => selected.length === 1 && isSolid(selected[0]),
  hole: (selected) => selected.length === 1 && isArea(selected[0]),
  merge: (selected) =>
    selected.length > 1 && new Set(selected.map(({ geometry }) => geometry.type.replace("Multi", ""))).size === 1,
  delete: (selected) => selected.length > 0,
};
const SKETCHES = { point: "Point", line: "LineString", area: "Polygon", split: "LineString", hole: "Polygon", box: "Box", lasso: "Polygon" };
const button = (name) => document.querySelector(`[data-tool=${name}]`) ?? document.createElement("button");
let tool = "select";

function take(name) {
  sketch.end();
  reshape.end();
  tool = name;
  if (SKETCHES[name]) sketch.begin(SKETCHES[name]);
  for (const one of document.querySelectorAll("[data-tool][aria-pressed]")) {
    if (one.dataset.tool !== "snap") one.setAttribute("aria-pressed", String(one.dataset.tool === name));
  }
  map.getCanvas().classList.toggle("measuring", Boolean(SKETCHES[name]));
  byId("tool-hint").textContent = words.toolHints[name] ?? "";
  showSketch();
  hold();
}

/** Gives the selected features into the hand of the vertex or the move tool. */
function hold() {
  const features = acts.selected;
  const works = mayEdit && (tool === "vertices" ? features.length === 1 : tool === "move");
  reshape.begin(works ? tool : null, works ? features : []);
  exact.moving(works && tool === "move" && features.length > 0);
  exact.vertices(works && tool === "vertices" ? features[0] : null, reshape.active);
  byId("exact").hidden = !works && !SKETCHES[tool];
}

function showSketch() {
  exact.drawing(sketch.kind && sketch.kind !== "Box" ? sketch.points : null);
  byId("finish").hidden = !(sketch.points.length >= ({ LineString: 2, Polygon: 3 }[sketch.kind] ?? Infinity));
}

async function drawn(geometry) {
  const used = tool;
  if (used === "box" || used === "lasso") {
    selection.set(inArea(draft.present, geometry).map(({ ref }) => ref));
    announce(say("found", { n: selection.refs.length }));
    return take("select");
  }
  if (crossesItself(geometry)) return announce(words.crossesItself, "danger");
  if (used === "split" || used === "hole") {
    take("select");
    return used === "split" ? acts.split(geometry) : acts.hole(geometry);
  }
  begin(geometry);
}

const ACTS = {
  merge: () => acts.merge(byId("merge")),
  delete: () => reshape.remove() || acts.remove(),
  undo: () => (sketch.isDrawing ? sketch.undo() : draft.undo()),
  redo: () => (sketch.isDrawing ? sketch.redo() : draft.redo()),
  snap: () => {
    around.isOn = !around.isOn;
    button("snap").setAttribute("aria-pressed", String(around.isOn));
  },
  help: () => byId("help").showModal(),
};

function use(name) {
  if (button(name).disabled) return;
  if (ACTS[name]) ACTS[name]();
  else take(name);
}

byId("tools").addEventListener("click", (event) => {
  const name = event.target.closest("[data-tool]")?.dataset.tool;
  if (name) use(name);
});
byId("finish").addEventListener("click", () => sketch.finish());

// The pointer on the map.

// A click belongs to the tool that was in the hand when it began: the one that ends a drawing selects nothing.
let pressedWith;
let drawsByPointer = false; // then Enter ends the drawing; moved by the arrows, it sets a point in the middle of the map
map.getCanvas().addEventListener(
  "pointerdown",
  () => {
    pressedWith = tool;
    drawsByPointer = true;
  },
  { capture: true },
);
map.on("click", ({ point, originalEvent }) => {
  if (!SKETCHES[pressedWith]) pick(point, originalEvent.ctrlKey || originalEvent.metaKey || originalEvent.shiftKey);
});

function pick(point, isMore) {
  const here = view.at(point);
  // A second click on the same place takes what lies below.
  const next = here[(here.indexOf(selection.refs[0]) + 1) % here.length];
  if (isMore && here.length) selection.set([here[0]], "toggle");
  else if (here.length) selection.set([next]);
  else if (!isMore && tool === "select") selection.clear();
}

map.on("mousemove", ({ point, lngLat }) => {
  cancelAnimationFrame(pick.frame);
  pick.frame = requestAnimationFrame(() => {
    if (SKETCHES[tool]) view.snapped(around.snap([lngLat.lng, lngLat.lat]));
    else map.getCanvas().style.cursor = view.at(point).length ? "pointer" : "";
  });
});

// Keys. Letters act while the map has the focus, so they never disturb writing or a screen reader.

const KEYS = {
  s: "select", p: "point", l: "line", a: "area", v: "vertices", m: "move", x: "split", g: "merge", h: "hole",
  b: "box", o: "lasso", n: "snap", "?": "help", delete: "delete",
};

map.getCanvas().addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key.startsWith("Arrow")) drawsByPointer = false;
  if (event.key === "Enter") {
    event.preventDefault();
    const { width, height } = map.getCanvas().getBoundingClientRect();
    const { lng, lat } = map.getCenter();
    if (!sketch.kind) pick({ x: width / 2, y: height / 2 }, event.shiftKey);
    else if (event.shiftKey || (drawsByPointer && sketch.isDrawing)) sketch.finish() || announce(words.tooFew, "warning");
    else sketch.add([lng, lat], false);
    return;
  }
  if (event.key === "Backspace" && sketch.isDrawing) return sketch.undo();
  const name = KEYS[event.key.toLowerCase()] ?? (event.key === "Backspace" && "delete");
  if (!name || !document.querySelector(`[data-tool=${name}]`)) return;
  event.preventDefault();
  use(name);
});

document.addEventListener("keydown", (event) => {
  const isWriting = event.target.matches("input:not([type=checkbox], [type=radio]), textarea, select");
  if ((event.ctrlKey || event.metaKey) && !isWriting) {
    const key = event.key.toLowerCase();
    const act = key === "y" || (key === "z" && event.shiftKey) ? "redo" : key === "z" ? "undo" : null;
    if (!act) return;
    event.preventDefault();
    use(act);
  }
  if (event.key !== "Escape" || document.querySelector("dialog[open]")) return;
  if (reshape.cancel()) return;
  if (sketch.isDrawing) take(tool);
  else if (tool !== "select") take("select");
  else selection.clear();
});

// The other language shows the same view.
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-language]");
  if (link) link.hash = location.hash;
});

// Submitting.

byId("submit")?.addEventListener("click", async () => {
  if (queue.waiting.length) return announce(words.notAllSaved, "warning");
  if ((await choice(byId("submit-dialog"))) !== "submit") return;
  try {
    await api.act("submit", byId("submit-note").value);
    location.assign(data.review);
  } catch (error) {
    announce(error.message || words.needsLine, "danger");
  }
});

// Beginning: what an earlier page left behind goes first, so that the view shows it as saved.

draft.show(await queue.restore());
await Promise.race([queue.flush(), new Promise((resolve) => setTimeout(resolve, 3000))]);
api.changeset().then(({ counts }) => showCounts(counts), () => {});
take("select");
await loadView();
draft.loadRemoved().catch(() => {});
document.documentElement.dataset.editor = "ready";
