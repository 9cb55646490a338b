// Exact numbers: the next point of a drawing by coordinates or by distance and bearing, the vertices of a feature as a
// list, a move by metres. Degrees or UTM metres, in either digit set.

import { destination, distance } from "../gis_layers/map/geodesy.js";
import { length } from "../gis_layers/map/format.js";
import { parseNumber, parsePosition, written } from "./coordinates.js";
import { vertices } from "./geometry.js";
import { say, words } from "./words.js";

const LISTED = 400; // vertices in the list; longer shapes are edited on the map

export class Exact {
  system = "degrees";

  /**
   * panel: holds the forms [data-exact=position|polar|move] and the list [data-exact=vertices].
   * onPoint(position), onMove(east, north), onVertex(path, position), onActivate(path), onRemove(path).
   */
  constructor(panel, { zone, onPoint, onMove, onVertex, onActivate, onRemove }) {
    Object.assign(this, { panel, zone, onVertex, onActivate, onRemove });
    const form = (name) => panel.querySelector(`[data-exact=${name}]`);
    this.polar = form("polar");
    this.forms = { position: form("position"), polar: this.polar, move: form("move") };
    this.list = form("vertices");

    this.#taken(this.forms.position, ["position"], ({ position }) => {
      const point = parsePosition(position, zone);
      if (!point) return "notAPosition";
      onPoint(point);
      return null;
    });
    this.#taken(this.polar, ["distance", "bearing"], (given) => {
      const [metres, bearing] = [parseNumber(given.distance), parseNumber(given.bearing)];
      if (!(metres > 0) || bearing === null) return "notPolar";
      onPoint(destination(this.from, metres, bearing));
      return null;
    });
    this.#taken(this.forms.move, ["east", "north"], (given) => {
      const [east, north] = [parseNumber(given.east || "0"), parseNumber(given.north || "0")];
      if (east === null || north === null) return "notPolar";
      onMove(east, north);
      return null;
    });
    panel.querySelector("[data-exact=system]").addEventListener("change", ({ target }) => {
      this.system = target.value;
      this.vertices(this.feature, this.active);
    });
  }

  /** take(values) gives the name of the sentence that says what is wrong, or null. */
  #taken(form, names, take) {
    const note = form.querySelector(".field-error");
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const wrong = take(Object.fromEntries(names.map((name) => [name, form.elements[name].value])));
      note.hidden = !wrong;
      note.textContent = wrong ? words[wrong] : "";
      if (!wrong) for (const name of names) form.elements[name].value = "";
      form.elements[names[0]].focus();
    });
  }

  /** While drawing: points set so far. */
  drawing(points) {
    this.from = points?.at(-1);
    this.forms.position.hidden = !points;
    this.polar.hidden = !this.from;
    const sides = this.panel.querySelector("[data-exact=length]");
    sides.hidden = !(points?.length > 1);
    if (!sides.hidden) sides.textContent = say("lastSide", { length: length(distance(points.at(-2), points.at(-1))) });
  }

  moving(isMoving) {
    this.forms.move.hidden = !isMoving;
  }

  /** The list of a feature's vertices, each with its coordinates; null hides it. */
  vertices(feature, active = null) {
    const body = this.list.querySelector("tbody");
    const isSame = feature && this.geometry === feature.geometry && this.shownAs === this.system;
    Object.assign(this, { feature, active, geometry: feature?.geometry, shownAs: this.system });
    this.list.hidden = !feature;
    if (isSame) return this.#mark(body);
    const focused = body.contains(document.activeElement) ? document.activeElement.dataset : null;
    body.replaceChildren();
    if (!feature) return;
    const all = vertices(feature.geometry);
    all.slice(0, LISTED).forEach(({ path, position }, i) => body.append(this.#row(path, position, i)));
    this.#mark(body);
    this.list.querySelector("[data-exact=cut]").hidden = all.length <= LISTED;
    if (focused?.act) body.querySelector(`[data-act="${focused.act}"][data-path="${focused.path}"]`)?.focus();
  }

  #mark(body) {
    for (const row of body.rows) row.classList.toggle("is-selected", row.dataset.path === String(this.active));
  }

  #row(path, position, i) {
    const row = document.createElement("tr");
    row.dataset.path = String(path);
    const name = say("vertex", { n: i + 1 });
    row.append(Object.assign(document.createElement("th"), { scope: "row", textContent: i + 1 }));
    const input = Object.assign(document.createElement("input"), { className: "form-control", dir: "ltr", autocomplete: "off" });
    input.value = written(position, this.system, this.zone);
    input.setAttribute("aria-label", name);
    Object.assign(input.dataset, { act: "place", path: String(path) });
    input.addEventListener("focus", () => this.onActivate(path));
    input.addEventListener("change", () => {
      const point = parsePosition(input.value, this.zone);
      input.classList.toggle("is-invalid", !point);
      if (!point) input.setAttribute("aria-invalid", "true");
      else this.onVertex(path, point);
    });
    const remove = Object.assign(document.createElement("button"), { type: "button", className: "tool-button" });
    remove.setAttribute("aria-label", say("removeVertex", { n: i + 1 }));
    remove.title = remove.getAttribute("aria-label");
    remove.append(document.getElementById("icon-remove").content.cloneNode(true));
    Object.assign(remove.dataset, { act: "remove", path: String(path) });
    remove.addEventListener("click", () => this.onRemove(path));
    row.insertCell().append(input);
    row.insertCell().append(remove);
    return row;
  }
}
