// Undo and redo: what was done, as changes that can be played in either direction.

export class History {
  #done = [];
  #undone = [];

  /** apply(changes) makes [{ref, before, after}] so: each `after` becomes what is there. */
  constructor(apply) {
    this.apply = apply;
  }

  get canUndo() {
    return this.#done.length > 0;
  }

  get canRedo() {
    return this.#undone.length > 0;
  }

  /** Remembers a finished gesture {label, changes}; what was undone before it is gone. */
  add(gesture) {
    this.#done.push(gesture);
    this.#undone = [];
  }

  undo() {
    return this.#step(this.#done, this.#undone, ({ ref, before, after }) => ({ ref, before: after, after: before }));
  }

  redo() {
    return this.#step(this.#undone, this.#done, (change) => change);
  }

  /** Forgets every gesture that touches one of these features: the server holds something else now. */
  forget(refs) {
    const isOther = ({ changes }) => !changes.some(({ ref }) => refs.has(ref));
    this.#done = this.#done.filter(isOther);
    this.#undone = this.#undone.filter(isOther);
  }

  #step(from, to, turn) {
    const gesture = from.pop();
    if (!gesture) return null;
    to.push(gesture);
    this.apply(gesture.changes.map(turn), gesture.label);
    return gesture;
  }
}
