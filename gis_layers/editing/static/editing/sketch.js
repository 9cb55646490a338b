// Drawing with Terra Draw: a point, a line, an area or a box, by pointer, by keyboard or by exact numbers. What is drawn
// is handed over and never stays here.

import {
  TerraDraw,
  TerraDrawLineStringMode,
  TerraDrawModeUndoRedo,
  TerraDrawPointMode,
  TerraDrawPolygonMode,
  TerraDrawRectangleMode,
} from "terra-draw";
import { TerraDrawMapLibreGLAdapter } from "terra-draw-maplibre-gl-adapter";

const INK = "#c2410c"; // seen on light and dark grounds alike
const FINISH = "Finish"; // a key that no keyboard has: Enter may also set a point
const FAR = -1e6; // pixels: a point given by numbers never counts as a click on the first or last one
const MODES = { Point: "point", LineString: "linestring", Polygon: "polygon", Box: "rectangle" };

export class Sketch {
  kind = null;

  /** snap(position) gives a position to draw to, or null. onFinish(geometry), onChange(). */
  constructor(map, { snap, onFinish, onChange }) {
    Object.assign(this, { map, onChange });
    const snapping = {
      toCustom: (event) => (event.containerX === FAR ? undefined : (snap([event.lng, event.lat])?.position ?? undefined)),
    };
    const line = { lineStringColor: INK, lineStringWidth: 3 };
    const area = { fillColor: INK, fillOpacity: 0.15, outlineColor: INK, outlineWidth: 3 };
    const shared = { snapping, pointerDistance: 12, keyEvents: { cancel: null, finish: FINISH }, showCoordinatePoints: true };
    this.modes = {
      Point: new TerraDrawPointMode({ styles: { pointColor: INK, pointWidth: 6 } }),
      LineString: new TerraDrawLineStringMode({ ...shared, styles: line }),
      Polygon: new TerraDrawPolygonMode({ ...shared, styles: area }),
      Box: new TerraDrawRectangleMode({ keyEvents: null, styles: area }),
    };
    this.draw = new TerraDraw({
      adapter: new TerraDrawMapLibreGLAdapter({ map, prefixId: "over/sketch", coordinatePrecision: 9 }),
      modes: Object.values(this.modes),
      undoRedo: { modeLevel: new TerraDrawModeUndoRedo() },
    });
    this.draw.start();
    this.draw.on("change", () => this.onChange());
    this.draw.on("finish", (id) => {
      const { geometry } = this.draw.getSnapshotFeature(id);
      const position = geometry.type === "Point" && snap(geometry.coordinates)?.position;
      this.draw.clear();
      this.draw.setMode(MODES[this.kind]);
      onFinish(position ? { type: "Point", coordinates: position } : geometry);
    });
  }

  /** kind: Point, LineString, Polygon or Box. */
  begin(kind) {
    this.kind = kind;
    this.draw.clear();
    this.draw.setMode(MODES[kind]);
    this.map.doubleClickZoom.disable();
    this.onChange();
  }

  end() {
    if (!this.kind) return;
    this.kind = null;
    this.draw.clear();
    this.draw.setMode("static");
    this.map.doubleClickZoom.enable();
    this.onChange();
  }

  /** The positions set so far. */
  get points() {
    const drawn = this.draw
      .getSnapshot()
      .find(({ properties, geometry }) => properties.currentlyDrawing && geometry.type !== "Point"); // points mark corners
    if (!drawn) return [];
    const { geometry, properties } = drawn;
    const all = geometry.type === "Polygon" ? geometry.coordinates[0] : geometry.coordinates;
    return all.slice(0, properties.committedCoordinateCount ?? all.length);
  }

  get isDrawing() {
    return this.points.length > 0;
  }

  /** Sets a point where the numbers say, or snapped when `exact` is false (the middle of the map). */
  add([lng, lat], exact = true) {
    const { x, y } = this.map.project([lng, lat]);
    const at = exact ? { containerX: FAR, containerY: FAR } : { containerX: x, containerY: y };
    this.modes[this.kind].onClick({ lng, lat, ...at, button: "left", heldKeys: [], isContextMenu: false });
    this.onChange();
  }

  /** Ends the line or closes the area; says whether there was enough of it. */
  finish() {
    if (this.points.length < { LineString: 2, Polygon: 3 }[this.kind]) return false;
    this.modes[this.kind].onKeyUp({ key: FINISH, heldKeys: [], preventDefault() {} });
    return true;
  }

  undo = () => this.draw.undo();
  redo = () => this.draw.redo();
}
