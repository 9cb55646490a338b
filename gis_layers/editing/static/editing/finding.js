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

/** form: attribute, operator, value, and whether what is found replaces the selection. */
export function connectFind(form, { schema, draft, selection }) {
  const { name, operator, text, how } = form.elements;
  operator.addEventListener("change", () => {
    text.closest(".field").hidden = ["empty", "filled"].includes(operator.value);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const { type } = schema.find((one) => one.name === name.value);
    const asked = { name: name.value, type, operator: operator.value, text: text.value };
    const found = byAttribute(draft.present, asked);
    selection.set(found.map(({ ref }) => ref), how.value);
    form.querySelector("#found").textContent = say("found", { n: found.length });
  });
}
