// Measuring by clicks, or by Enter at the middle of the map.

import { DUNAM, area, distance, pathLength } from "./geodesy.js";
import { length, number, surface, words } from "./format.js";
import { draw } from "./overlay.js";

export class Measure {
  constructor(map, panel, onEnd) {
    Object.assign(this, { map, panel, onEnd, kind: null, points: [], closed: false });
    panel.addEventListener("click", (event) => {
      const action = event.target.closest("[data-measure]")?.dataset.measure;
      if (action === "undo") this.undo();
      if (action === "stop") this.stop();
    });
  }

  get active() {
    return this.kind !== null;
  }

  /** kind: "distance" or "area". */
  begin(kind) {
    Object.assign(this, { kind, points: [], closed: false });
    this.map.doubleClickZoom.disable();
    this.map.getCanvas().classList.add("measuring");
    this.panel.hidden = false;
    this.show();
  }

  stop() {
    if (!this.active) return;
    this.kind = null;
    this.map.doubleClickZoom.enable();
    this.map.getCanvas().classList.remove("measuring");
    this.panel.hidden = true;
    draw(this.map, "measure");
    this.onEnd();
  }

  add({ lng, lat }) {
    if (this.closed) Object.assign(this, { points: [], closed: false });
    const last = this.points.at(-1);
    if (last && distance(last, [lng, lat]) < 0.01) return this.finish();
    this.points.push([lng, lat]);
    this.show();
  }

  undo() {
    this.closed = false;
    this.points.pop();
    this.show();
  }

  finish() {
    if (this.points.length < (this.kind === "area" ? 3 : 2)) return;
    this.closed = true;
    this.show();
  }

  show() {
    const isArea = this.kind === "area";
    const { points } = this;
    const enough = points.length >= (isArea ? 3 : 2);
    const features = points.map((point, i) => ({
      type: "Feature",
      properties: isArea || i === 0 ? {} : { label: length(pathLength(points.slice(0, i + 1))) },
      geometry: { type: "Point", coordinates: point },
    }));
    if (isArea && enough) features.unshift({ type: "Polygon", coordinates: [[...points, points[0]]] });
    else if (points.length > 1) features.unshift({ type: "LineString", coordinates: points });
    draw(this.map, "measure", features);

    const [value, hint] = [this.panel.querySelector(".measure-value"), this.panel.querySelector(".measure-hint")];
    hint.textContent = isArea ? words.measureArea : words.measureDistance;
    hint.hidden = this.closed;
    if (!enough) value.textContent = "";
    else if (isArea) {
      const m2 = area(points);
      value.textContent = `${surface(m2)} · ${number(m2 / DUNAM, 3)} ${words.dunams} · ${words.perimeter} ${length(pathLength([...points, points[0]]))}`;
    } else value.textContent = length(pathLength(points));
  }
}
