// What waits to be sent. Each gesture is kept in the browser before it is sent, goes out in order, and leaves the
// browser only when the server has answered; so a lost line, a closed tab or a power cut loses nothing finished.
//
// A gesture: {seq, gesture (uuid), label, at, edits: [{ref, op, key, id, version, geometry, properties, shown}]}.
// `ref` is the feature's name on the page, `shown` what the page shows after the edit; neither is sent.

const WAIT = [2000, 5000, 15000, 30000, 60000]; // milliseconds between attempts

/** States: "saved", "sending", "waiting" (no line, or the server fails), "signedOut", "stale", "refused". */
export class Queue {
  state = "saved";
  waiting = [];
  trouble = null;
  #attempt = 0;
  #timer;
  #running = false;

  /**
   * storage: {all(), add(gesture), remove(seq), put(gestures)}, promises; add gives the gesture its `seq`.
   * send(body): posts a gesture, gives the answer {features: [{key, id, version, edit}], counts}; rejects with an error
   * that has `kind`: "offline", "signedOut", "stale" or "refused".
   * onState(): something to show; onSent(gesture, answer): the server has it.
   */
  constructor({ storage, send, onState = () => {}, onSent = () => {} }) {
    Object.assign(this, { storage, send, onState, onSent });
  }

  /** What an earlier page left behind. */
  async restore() {
    this.waiting = await this.storage.all();
    this.#tell(this.waiting.length ? "waiting" : "saved");
    return this.waiting;
  }

  holds(ref) {
    return this.waiting.some(({ edits }) => edits.some((edit) => edit.ref === ref));
  }

  /** Keeps the gesture, then sends it. Resolves when it is kept. */
  async add(gesture) {
    this.waiting.push(gesture);
    this.#tell("sending");
    gesture.seq = await this.storage.add(gesture);
    this.flush();
  }

  /** Sends what waits, in order, until it is all sent or something stands in the way. */
  async flush() {
    if (this.#running) return;
    this.#running = true;
    clearTimeout(this.#timer);
    try {
      while (this.waiting.length && this.waiting[0].seq !== undefined) {
        this.#tell("sending");
        const gesture = this.waiting[0];
        const answer = await this.send(wire(gesture));
        await this.#settle(gesture, answer);
        this.#attempt = 0;
      }
      if (!this.waiting.length) this.#tell("saved");
    } catch (error) {
      const state = { offline: "waiting", failed: "waiting" }[error.kind] ?? error.kind;
      if (!state) throw error;
      this.#tell(state, error);
      if (state === "waiting") {
        this.#timer = setTimeout(() => this.flush(), WAIT[Math.min(this.#attempt++, WAIT.length - 1)]);
      }
    } finally {
      this.#running = false;
    }
  }

  /** Puts the first gesture again, upon the versions that the server holds now: {ref: version}. */
  async putAgain(versions) {
    for (const edit of this.waiting[0].edits) {
      if (versions.has(edit.ref)) edit.version = versions.get(edit.ref);
    }
    await this.storage.put(this.waiting.slice(0, 1));
    await this.flush();
  }

  /** Gives up the first gesture and all later ones that build on it. Returns the refs of the features they touch. */
  async drop() {
    const refs = new Set(this.waiting[0].edits.map(({ ref }) => ref));
    const dropped = [this.waiting[0]];
    for (const gesture of this.waiting.slice(1)) {
      if (!gesture.edits.some(({ ref }) => refs.has(ref))) continue;
      dropped.push(gesture);
      for (const { ref } of gesture.edits) refs.add(ref);
    }
    this.waiting = this.waiting.filter((gesture) => !dropped.includes(gesture));
    for (const { seq } of dropped) await this.storage.remove(seq);
    this.#tell(this.waiting.length ? "waiting" : "saved");
    this.flush();
    return refs;
  }

  /** How many gestures would go with the first one. */
  get dependants() {
    const refs = new Set(this.waiting[0]?.edits.map(({ ref }) => ref));
    return this.waiting.slice(1).filter(({ edits }) => {
      const builds = edits.some(({ ref }) => refs.has(ref));
      if (builds) for (const { ref } of edits) refs.add(ref);
      return builds;
    }).length;
  }

  /** Later edits of the same features learn the ids and versions that the server gave. */
  async #settle(gesture, answer) {
    this.waiting.shift();
    const touched = new Set();
    for (const { key, id, version } of answer.features) {
      const sent = gesture.edits.find((edit) => (edit.key !== undefined && edit.key === key) || edit.id === id);
      if (!sent) continue;
      for (const later of this.waiting) {
        for (const edit of later.edits) {
          if (edit.ref !== sent.ref) continue;
          Object.assign(edit, { id, version });
          touched.add(later);
        }
      }
    }
    this.onSent(gesture, answer); // before anything is awaited: the next gesture needs the ids
    await this.storage.put([...touched].filter(({ seq }) => seq !== undefined));
    await this.storage.remove(gesture.seq);
  }

  #tell(state, trouble = null) {
    Object.assign(this, { state, trouble });
    this.onState();
  }
}

/** The gesture as the server takes it. */
export const wire = ({ gesture, edits }) => ({
  gesture,
  edits: edits.map(({ op, key, id, version, geometry, properties }) => {
    if (op === "create") return { op, key, geometry, properties };
    if (op === "restore") return { op, id };
    if (op === "delete") return { op, id, version };
    return { op, id, version, ...(geometry && { geometry }), ...(properties && { properties }) };
  }),
});
