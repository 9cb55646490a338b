// Which features are selected, and how they are found: by attribute, by area.

import { meets } from "./geometry.js";
import { parseNumber, western } from "./coordinates.js";

export class Selection extends EventTarget {
  refs = [];
  #known = new Set();

  has(ref) {
    return this.#known.has(ref);
  }

  /** how: "replace", "add", "toggle" */
  set(refs, how = "replace") {
    const wanted = [...new Set(refs)];
    if (how === "replace") this.refs = wanted;
    if (how === "add") this.refs = [...new Set([...this.refs, ...wanted])];
    if (how === "toggle") {
      const turned = new Set(wanted);
      const kept = this.refs.filter((ref) => !turned.has(ref));
      this.refs = [...kept, ...wanted.filter((ref) => !this.has(ref))];
    }
    this.#known = new Set(this.refs);
    this.dispatchEvent(new Event("change"));
  }

  clear() {
    this.set([]);
  }

  /** Lets go of what is no longer there. */
  keep(isThere) {
    const kept = this.refs.filter(isThere);
    if (kept.length !== this.refs.length) this.set(kept);
  }
}

export const inArea = (features, area) => features.filter(({ geometry }) => meets(area, geometry));

const folded = (text) =>
  western(String(text))
    .replace(/[ـ\u064b-\u065f\u0670]/g, "")
    .replace(/[أإآٱ]/g, "ا")
    .replace(/ة/g, "ه")
    .replace(/[ىی]/g, "ي")
    .toLowerCase();

const isEmpty = (value) => value === null || value === undefined || value === "";

/** operator -> (value, wanted) => whether it fits; both numbers where both are, else folded texts. */
export const OPERATORS = {
  "=": (value, wanted) => value === wanted,
  "≠": (value, wanted) => value !== wanted,
  "<": (value, wanted) => value < wanted,
  "≤": (value, wanted) => value <= wanted,
  ">": (value, wanted) => value > wanted,
  "≥": (value, wanted) => value >= wanted,
  contains: (value, wanted) => String(value).includes(wanted),
};

/** Features whose attribute fits; operator: one of OPERATORS, "empty" or "filled". Spelling is folded. */
export function byAttribute(features, { name, type, operator, text }) {
  if (operator === "empty") return features.filter(({ properties }) => isEmpty(properties[name]));
  if (operator === "filled") return features.filter(({ properties }) => !isEmpty(properties[name]));
  const isNumber = (type === "integer" || type === "number") && operator !== "contains";
  const wanted = isNumber ? parseNumber(text) : folded(text);
  if (wanted === null) return [];
  return features.filter(({ properties }) => {
    const value = properties[name];
    if (isEmpty(value)) return operator === "≠";
    return OPERATORS[operator](isNumber ? Number(value) : folded(value), wanted);
  });
}
