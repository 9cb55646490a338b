// Pulling vertices and whole features about on the map. The shape under the hand is drawn here; what comes of it is
// handed over when the hand lets go.

import { boxesMeet, midpoints, moved, vertices, withInserted, withVertex, withoutVertex } from "./geometry.js";
import { utm } from "../gis_layers/map/geodesy.js";

const REACH = { mouse: 9, touch: 20 }; // pixels around a handle that count as it
const MOST = 1500; // handles drawn at once: more are too dense to take hold of

export class Reshape {
  mode = null;
  active = null; // path of the vertex that Delete removes
  #target = null;
  #drag = null;

  /**
   * view.handles([{position, kind}]) and view.temporary([geometry]) draw; snap(position, {without, only, reach}) finds
   * a place.
   * onChange([{ref, geometry}], act): "vertex", "insert", "remove" or "move". onActive(path).
   */
  constructor(map, { view, snap, onChange, onActive, onRefused }) {
    Object.assign(this, { map, view, snap, onChange, onActive, onRefused });
    for (const [down, move, up] of [
      ["mousedown", "mousemove", "mouseup"],
      ["touchstart", "touchmove", "touchend"],
    ]) {
      map.on(down, (event) => this.#down(event));
      map.on(move, (event) => this.#move(event));
      map.on(up, () => this.#up());
    }
    map.on("contextmenu", (event) => this.#menu(event));
    map.on("moveend", () => this.show());
  }

  /** mode: "vertices" with one feature, "move" with any number, or null. */
  begin(mode, features) {
    this.mode = features.length ? mode : null;
    this.#target = features;
    if (mode !== "vertices" || features.length !== 1) this.active = null;
    this.show();
  }

  end() {
    this.begin(null, []);
  }

  cancel() {
    if (!this.#drag) return false;
    this.#drag = null;
    this.view.temporary([]);
    this.show();
    return true;
  }

  /** Draws the handles of the vertices in view. */
  show(geometry = this.#target?.[0]?.geometry) {
    if (this.mode !== "vertices" || !geometry) return this.view.handles([]);
    const box = this.map.getBounds().toArray().flat();
    const inView = ({ position: [lon, lat] }) => boxesMeet([lon, lat, lon, lat], box);
    const corners = vertices(geometry).filter(inView);
    const middles = midpoints(geometry).filter(inView);
    const isActive = ({ path }) => this.active && String(path) === String(this.active);
    this.view.handles(
      [
        ...middles.map((handle) => ({ ...handle, kind: "middle" })),
        ...corners.map((handle) => ({ ...handle, kind: isActive(handle) ? "active" : "corner" })),
      ].slice(-MOST),
    );
  }

  /** Marks a vertex; Delete then removes it. */
  activate(path) {
    this.active = path;
    this.onActive(path);
    this.show();
  }

  remove(path = this.active) {
    const feature = this.#target?.[0];
    if (this.mode !== "vertices" || !path || !feature) return false;
    const geometry = withoutVertex(feature.geometry, path);
    if (!geometry) this.onRefused("tooFew");
    else {
      this.active = null;
      this.onChange([{ ref: feature.ref, geometry }], "remove");
    }
    return true;
  }

  #handleAt(point, reach) {
    const feature = this.#target[0];
    let found = null;
    const look = (handle, kind) => {
      const { x, y } = this.map.project(handle.position);
      const distance = Math.hypot(x - point.x, y - point.y);
      if (distance <= (found?.distance ?? reach)) found = { ...handle, kind, distance };
    };
    for (const handle of vertices(feature.geometry)) look(handle, "corner");
    if (!found) for (const handle of midpoints(feature.geometry)) look(handle, "middle");
    return found;
  }

  #down(event) {
    if (!this.mode || event.originalEvent.button > 0 || event.originalEvent.touches?.length > 1) return;
    const reach = event.originalEvent.touches ? REACH.touch : REACH.mouse;
    if (this.mode === "vertices") {
      const handle = this.#handleAt(event.point, reach);
      if (!handle) return;
      event.preventDefault();
      const { ref, geometry } = this.#target[0];
      const isNew = handle.kind === "middle";
      const path = isNew ? [...handle.path.slice(0, -1), handle.path.at(-1) + 1] : handle.path;
      const base = isNew ? withInserted(geometry, handle.path, handle.position) : geometry;
      this.#drag = { ref, base, path, act: isNew ? "insert" : "vertex", from: event.point, isNew };
      return;
    }
    const grabbed = this.#grab(event, reach);
    if (!grabbed) return;
    event.preventDefault();
    this.#drag = { act: "move", grabbed, from: event.point };
  }

  /** The place that a moved feature is held by: a vertex near the pointer, else the pointer's place on a feature. */
  #grab(event, reach) {
    const near = this.snap([event.lngLat.lng, event.lngLat.lat], { only: this.#target, reach });
    if (near?.kind === "vertex") return near.position;
    return this.view.isOn(event.point, this.#target) ? [event.lngLat.lng, event.lngLat.lat] : null;
  }

  #move({ point, lngLat }) {
    const drag = this.#drag;
    if (!drag) return;
    if (!drag.moving && Math.hypot(point.x - drag.from.x, point.y - drag.from.y) < 3) return;
    drag.moving = true;
    const pointer = [lngLat.lng, lngLat.lat];
    const snapped = this.snap(pointer, { without: this.#target });
    const position = (snapped?.position ?? pointer).map((degrees) => Math.round(degrees * 1e9) / 1e9);
    this.view.snapped(snapped);
    if (drag.act === "move") {
      const { zone, easting, northing } = utm(drag.grabbed);
      const to = utm(position, zone);
      drag.result = this.#target.map(({ ref, geometry }) => ({
        ref,
        geometry: pinned(moved(geometry, to.easting - easting, to.northing - northing), geometry, drag.grabbed, position),
      }));
    } else {
      drag.result = [{ ref: drag.ref, geometry: withVertex(drag.base, drag.path, position) }];
      this.show(drag.result[0].geometry);
    }
    this.view.temporary(drag.result.map(({ geometry }) => geometry));
  }

  #up() {
    const drag = this.#drag;
    if (!drag) return;
    this.#drag = null;
    this.view.snapped(null);
    this.view.temporary([]);
    if (drag.act !== "move") this.active = drag.path;
    if (drag.result) this.onChange(drag.result, drag.act);
    else if (drag.act === "vertex") this.activate(drag.path);
    else this.show();
    if (drag.result && drag.act !== "move") this.onActive(drag.path);
  }

  #menu(event) {
    if (this.mode !== "vertices") return;
    const handle = this.#handleAt(event.point, REACH.mouse);
    if (handle?.kind !== "corner") return;
    event.preventDefault();
    this.remove(handle.path);
  }
}

/** The moved shape with the vertex that was held exactly where it was put, so that it lies on what it snapped to. */
function pinned(geometry, before, grabbed, position) {
  const held = vertices(before).find(({ position: [lon, lat] }) => lon === grabbed[0] && lat === grabbed[1]);
  return held ? withVertex(geometry, held.path, position) : geometry;
}
