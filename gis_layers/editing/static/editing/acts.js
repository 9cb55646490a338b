// What is done to the selected features as a whole: split, merged, cut, deleted, changed alike. The shapes are worked out
// by the server, which has the geometry library; nothing is stored there until the gesture is sent.

import { announce } from "muni/app";
import { choice } from "./trouble.js";
import { crossesItself, moved } from "./geometry.js";
import { say, words } from "./words.js";

export class Acts {
  constructor({ api, draft, selection, titleOf }) {
    Object.assign(this, { api, draft, selection, titleOf });
  }

  /** Without removed ones, which can be selected in the table to bring them back. */
  get selected() {
    return this.selection.refs.map((ref) => this.draft.get(ref)).filter((feature) => feature && feature.edit !== "delete");
  }

  /** Changes shapes; one that crosses itself is refused here already. */
  reshape(changes, label) {
    if (changes.some(({ geometry }) => crossesItself(geometry))) {
      announce(words.crossesItself, "danger");
      return false;
    }
    this.draft.change(changes, label);
    return true;
  }

  async split(line) {
    const [feature] = this.selected;
    const found = await this.#compute({ operation: "split", geometry: feature.geometry, line });
    if (!found) return;
    const [first, ...others] = found.geometries;
    const refs = this.draft.change(
      [{ ref: feature.ref, geometry: first }, ...others.map((geometry) => ({ geometry, properties: { ...feature.properties } }))],
      words.acts.split,
    );
    this.selection.set(refs);
    announce(say("splitInto", { n: refs.length }), "success");
  }

  async hole(area) {
    const [feature] = this.selected;
    const found = await this.#compute({ operation: "hole", geometry: feature.geometry, hole: area });
    if (found) this.draft.change([{ ref: feature.ref, geometry: found.geometries[0] }], words.acts.hole);
  }

  /** One feature of several; the dialog asks whose attributes it keeps. */
  async merge(dialog) {
    const features = this.selected;
    const list = dialog.querySelector("[data-merge=choices]");
    list.replaceChildren(
      ...features.map((feature, i) => {
        const label = Object.assign(document.createElement("label"), { className: "form-check" });
        const input = Object.assign(document.createElement("input"), {
          type: "radio",
          name: "kept",
          value: feature.ref,
          checked: i === 0,
          className: "form-check-input",
        });
        label.append(input, " ", this.titleOf(feature));
        return label;
      }),
    );
    if ((await choice(dialog)) !== "merge") return;
    const kept = list.querySelector(":checked").value;
    const found = await this.#compute({ operation: "merge", geometries: features.map(({ geometry }) => geometry) });
    if (!found) return;
    const others = features.filter(({ ref }) => ref !== kept);
    this.draft.change(
      [{ ref: kept, geometry: found.geometries[0] }, ...others.map(({ ref }) => ({ ref, gone: true }))],
      words.acts.merge,
    );
    this.selection.set([kept]);
    if (found.parts > 1) announce(say("mergedApart", { n: found.parts }), "warning");
  }

  remove() {
    const features = this.selected;
    if (!features.length) return;
    this.draft.change(features.map(({ ref }) => ({ ref, gone: true })), words.acts.delete);
    this.selection.clear();
    announce(say("deleted", { n: features.length }), "info");
  }

  moveBy(east, north) {
    this.draft.change(
      this.selected.map(({ ref, geometry }) => ({ ref, geometry: moved(geometry, east, north) })),
      words.acts.move,
    );
  }

  /** Gives all selected features the same value. */
  changeAll(properties) {
    const features = this.selected;
    this.draft.change(features.map(({ ref }) => ({ ref, properties })), words.acts.attributes);
    announce(say("changedAll", { n: features.length }), "success");
  }

  async #compute(body) {
    try {
      return await this.api.compute(body);
    } catch (error) {
      announce(error.kind === "refused" ? error.message : words.needsLine, "danger");
      return null;
    }
  }
}
