// The features of the changeset as the page knows them: loaded by box, changed here first, kept and sent by the queue.
//
// A feature: {ref, id, version, geometry, properties, edit}; `ref` is its name on this page, `edit` is null, "create",
// "update" or "delete". A deleted one stays, so that it can be shown and brought back; `drawnHere` says of it that the
// changeset itself had added it, so that nothing published is removed.

import { bounds, boxesMeet } from "./geometry.js";
import { History } from "./history.js";

const KEPT = 6000; // features held before those out of view are let go
const IN_A_GESTURE = 1000; // edits: more go as several, so that a lost line holds back little and no request is huge

export class Draft extends EventTarget {
  features = new Map();
  truncated = false;
  isHeld = () => false; // (ref) => whether the page needs the feature, though it is out of view
  #refs = new Map();

  constructor({ api, queue, uuid }) {
    super();
    Object.assign(this, { api, queue, uuid });
    this.history = new History((changes, label) => this.#make(changes, label));
  }

  get(ref) {
    return this.features.get(ref);
  }

  /** Features that are there, without deleted ones. */
  get present() {
    return [...this.features.values()].filter(({ edit }) => edit !== "delete");
  }

  /** Published features that the changeset removes. */
  get removed() {
    return [...this.features.values()].filter(({ edit, drawnHere }) => edit === "delete" && !drawnHere);
  }

  /**
   * One gesture: [{ref, geometry, properties}] to make so, {ref, gone: true} to delete; without `ref` a new feature.
   * What is not named stays as it is. Returns the refs; the promise of `kept` settles when the browser keeps it.
   */
  change(wanted, label) {
    const changes = wanted.map(({ ref = this.uuid(), geometry, properties, gone }) => {
      const now = this.get(ref);
      const before = now && now.edit !== "delete" ? state(now) : null;
      const after = gone
        ? null
        : {
            geometry: geometry ?? now.geometry,
            properties: { ...now?.properties, ...properties },
            edit: before ? (before.edit ?? "update") : "create",
          };
      return { ref, before, after };
    });
    this.history.add({ label, changes });
    this.#make(changes, label);
    return changes.map(({ ref }) => ref);
  }

  /** Back to what is published: drops the edits of these features. */
  restore(refs, label) {
    const changes = refs.map((ref) => ({ ref, restore: true }));
    this.history.forget(new Set(refs));
    this.#make(changes, label);
  }

  undo = () => this.history.undo();
  redo = () => this.history.redo();

  #make(changes, label) {
    const edits = changes.map((change) => {
      const { ref, after } = change;
      const feature = this.get(ref) ?? { ref, id: undefined, version: undefined, geometry: null, properties: {} };
      const isNew = !this.features.has(ref);
      const edit = this.#edit(feature, change, isNew);
      if (after) Object.assign(feature, after);
      else if (!change.restore) Object.assign(feature, { drawnHere: feature.edit === "create", edit: "delete" });
      this.features.set(ref, feature);
      const { geometry, properties, edit: now, drawnHere } = feature;
      return { ...edit, shown: { geometry, properties, edit: now, drawnHere } };
    });
    for (let i = 0; i < edits.length; i += IN_A_GESTURE) {
      this.queue.add({ gesture: this.uuid(), at: Date.now(), label, edits: edits.slice(i, i + IN_A_GESTURE) });
    }
    this.#tell();
  }

  /** The edit as the server takes it: only what differs from what is there. */
  #edit({ ref, id, version, geometry, properties, edit }, { after, restore }, isNew) {
    if (isNew) return { ref, op: "create", key: ref, geometry: after.geometry, properties: filled(after) };
    if (restore || (after && after.edit === null)) return { ref, op: "restore", id };
    if (!after) return { ref, op: "delete", id, version };
    if (edit === "delete") return { ref, op: "update", id, version, geometry: after.geometry, properties: filled(after) };
    const names = Object.keys({ ...properties, ...after.properties });
    const different = names.filter((name) => JSON.stringify(properties[name]) !== JSON.stringify(after.properties[name]));
    return {
      ref,
      op: "update",
      id,
      version,
      ...(JSON.stringify(geometry) !== JSON.stringify(after.geometry) && { geometry: after.geometry }),
      ...(different.length && {
        properties: Object.fromEntries(different.map((name) => [name, after.properties[name] ?? null])),
      }),
    };
  }

  /** Gestures that an earlier page could not send: shown as they were made. */
  show(gestures) {
    for (const { edits } of gestures) {
      for (const { ref, id, version, op, shown } of edits) {
        if (id !== undefined) this.#refs.set(id, ref);
        this.features.set(ref, { ref, id, version, ...shown, ...(op === "delete" && { edit: "delete" }) });
      }
    }
    this.#tell();
  }

  /** The server has the gesture: ids and versions as it gave them. */
  async sent(gesture, answer) {
    const again = [];
    for (const { key, id, version, edit } of answer.features) {
      const sent = gesture.edits.find((one) => (one.key !== undefined && one.key === key) || one.id === id);
      const feature = sent && this.get(sent.ref);
      if (!feature) continue;
      this.#refs.set(id, sent.ref);
      Object.assign(feature, { id, version });
      if (!this.queue.holds(sent.ref)) feature.edit = edit === "delete" ? "delete" : (edit ?? null);
      if (sent.op === "restore" && !this.queue.holds(sent.ref)) again.push(sent.ref);
    }
    this.#tell();
    await this.reload(again);
  }

  /** Fetches these features as the server holds them now. */
  async reload(refs) {
    for (const ref of refs) {
      const feature = this.get(ref);
      if (feature && feature.id === undefined) this.features.delete(ref); // it never reached the server
      if (feature?.id === undefined) continue;
      try {
        this.#take(await this.api.feature(feature.id));
      } catch (error) {
        if (error.code !== "not_found") throw error;
        this.features.delete(ref);
      }
    }
    if (refs.length || refs.size) this.#tell();
  }

  /** Loads the box [west, south, east, north]; what waits to be sent stays as it is here. */
  async load(box, signal) {
    const { features, truncated } = await this.api.features(box, signal);
    const here = new Set(features.map((feature) => this.#take(feature)));
    this.truncated = truncated;
    for (const feature of this.features.values()) {
      if (here.has(feature.ref) || feature.edit === "delete" || this.queue.holds(feature.ref)) continue;
      const box2 = bounds(feature.geometry);
      const isGone = !truncated && box2[0] > box[0] && box2[1] > box[1] && box2[2] < box[2] && box2[3] < box[3];
      const isFar = this.features.size > KEPT && !boxesMeet(box2, box) && feature.edit === null && !this.isHeld(feature.ref);
      if (isGone || isFar) this.features.delete(feature.ref);
    }
    this.#tell();
  }

  /**
   * The refs of features that fit, from the whole layer: those that the server finds (parameters), at most `most`, and
   * those that `fits(features)` finds among what it has not got yet. {refs, count}
   */
  async find(parameters, fits, most) {
    await this.queue.flush();
    const { features, count } = await this.api.find(parameters, most);
    const theirs = features.map((feature) => this.#take(feature)).filter((ref) => !this.queue.holds(ref));
    this.#tell();
    const unsent = fits(this.present.filter(({ ref }) => this.queue.holds(ref))).map(({ ref }) => ref);
    return { refs: [...theirs, ...unsent], count: Math.max(count ?? 0, theirs.length + unsent.length) };
  }

  /** What the changeset removes, with the shapes it had. */
  async loadRemoved() {
    for (const { id, op, base } of await this.api.changes()) {
      const ref = this.#refs.get(id) ?? String(id);
      if (op !== "delete" || this.queue.holds(ref) || this.features.has(ref)) continue;
      this.#refs.set(id, ref);
      this.features.set(ref, { ref, id, version: undefined, ...base, edit: "delete" });
    }
    this.#tell();
  }

  #take({ id, geometry, properties, version, edit }) {
    const ref = this.#refs.get(id) ?? String(id);
    this.#refs.set(id, ref);
    if (!this.queue.holds(ref)) this.features.set(ref, { ref, id, version, geometry, properties, edit });
    return ref;
  }

  #tell() {
    this.dispatchEvent(new Event("change"));
  }
}

/** The attributes that hold something: a feature may be incomplete until it is submitted. */
const filled = ({ properties }) =>
  Object.fromEntries(Object.entries(properties).filter(([, value]) => (value ?? "") !== ""));

const state = ({ geometry, properties, edit }) => ({ geometry, properties: { ...properties }, edit });
