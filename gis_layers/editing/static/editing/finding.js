// Features found by an attribute, and one value given to all that are selected.

import { field } from "./form.js";
import { byAttribute } from "./selection.js";
import { say, words } from "./words.js";

/** form: the bulk change. onChange(properties): for every selected feature. */
export function connectBulk(form, { schema, onChange }) {
  const attribute = form.querySelector("#bulk-attribute");
  const button = form.querySelector("#bulk-apply");
  let wanted;

  function show() {
    const chosen = schema.find(({ name }) => name === attribute.value);
    wanted = field({ ...chosen, title: words.newValue, required: false }, null);
    form.querySelector("#bulk-value").replaceChildren(wanted.element);
    // Until a value was chosen the button would empty the attribute of everything selected.
    button.disabled = true;
    wanted.input.addEventListener("input", () => (button.disabled = false));
  }

  attribute.addEventListener("change", show);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const { name, required } = schema.find((one) => one.name === attribute.value);
    const { value, error } = wanted.read();
    if (error) return wanted.input.focus();
    if (required && value === null) return wanted.refuse(say("required", { title: words.newValue }));
    onChange({ [name]: value });
  });
  show();
}

const MOST = 10_000; // features that are selected at once
const ENDINGS = { "=": "", "≠": "__not", contains: "__contains", "<": "__lt", "≤": "__lte", ">": "__gt", "≥": "__gte" };

/** What the server is asked: attributes by name with the ending of the comparison. */
export function parametersOf({ name, operator, text }) {
  if (operator === "empty" || operator === "filled") return { [`${name}__empty`]: operator === "empty" };
  return { [name + ENDINGS[operator]]: text.trim() };
}

/**
 * form: attribute, operator, value, and whether what is found replaces the selection. The whole layer is looked at;
 * without a line, what is loaded. onFound(): something was selected.
 */
export function connectFind(form, { schema, draft, selection, onFound }) {
  const { name, operator, text, how } = form.elements;
  const told = form.querySelector("#found");
  const button = form.querySelector("[type=submit]");
  operator.addEventListener("change", () => {
    text.closest(".field").hidden = ["empty", "filled"].includes(operator.value);
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const { type } = schema.find((one) => one.name === name.value);
    const asked = { name: name.value, type, operator: operator.value, text: text.value };
    const fits = (features) => byAttribute(features, asked);
    button.disabled = true;
    told.textContent = words.searching;
    try {
      const { refs, count } = await draft.find(parametersOf(asked), fits, MOST);
      selection.set(refs, how.value);
      told.textContent = count > refs.length ? say("foundCut", { shown: refs.length, n: count }) : say("found", { n: count });
      if (refs.length) onFound();
    } catch (error) {
      if (!error.kind) throw error;
      if (error.kind === "refused") {
        told.textContent = error.message;
        return;
      }
      const found = fits(draft.present);
      selection.set(found.map(({ ref }) => ref), how.value);
      told.textContent = `${words.foundLoaded} ${say("found", { n: found.length })}`;
    } finally {
      button.disabled = false;
    }
  });
}
