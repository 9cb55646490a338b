// The attributes of the selected feature, made from the layer's schema. A value is taken as soon as the field is left;
// one that does not fit is refused beside its field and changes nothing.

import { say, words } from "./words.js";
import { read } from "./values.js";

let last = 0;

/** An input for an attribute, holding `value`. */
export function inputFor(attribute, value) {
  const options = attribute.choices.length
    ? attribute.choices
    : attribute.type === "boolean"
      ? [{ value: "true", label: words.yes }, { value: "false", label: words.no }]
      : null;
  const written = value === null || value === undefined ? "" : String(value);
  if (options) {
    const select = Object.assign(document.createElement("select"), { className: "form-select" });
    select.append(new Option(words.nothing, ""));
    for (const option of options) select.append(new Option(option.label, option.value));
    // A value that is on record but no longer among the choices is shown, not replaced by stealth.
    if (written && ![...select.options].some((option) => option.value === written)) select.append(new Option(written, written));
    select.value = written;
    return select;
  }
  const input = Object.assign(document.createElement("input"), { className: "form-control", autocomplete: "off" });
  input.type = { date: "date", datetime: "datetime-local" }[attribute.type] ?? "text";
  if (["integer", "number"].includes(attribute.type)) {
    input.inputMode = attribute.type === "integer" ? "numeric" : "decimal";
    input.dir = "ltr";
  }
  input.value = written;
  return input;
}

/** A labelled field with room for an error: {element, input, read(), refuse(sentence)}. */
export function field(attribute, value) {
  const id = `attribute-${++last}`;
  const element = Object.assign(document.createElement("div"), { className: "field" });
  const label = Object.assign(document.createElement("label"), { className: "form-label", htmlFor: id });
  label.textContent = attribute.title + (attribute.unit ? ` (${attribute.unit})` : "");
  if (!attribute.required) {
    label.append(" ", Object.assign(document.createElement("span"), { className: "optional", textContent: words.optional }));
  }
  const error = Object.assign(document.createElement("p"), { className: "field-error", id: `${id}-error`, hidden: true });
  const input = inputFor(attribute, value);
  input.id = id;
  input.name = attribute.name;
  input.required = attribute.required;
  element.append(label, error, input);
  const refuse = (sentence) => {
    error.hidden = !sentence;
    error.textContent = sentence ?? "";
    element.classList.toggle("field-wrong", Boolean(sentence));
    input.classList.toggle("is-invalid", Boolean(sentence));
    if (sentence) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
    input.setAttribute("aria-describedby", error.id);
  };
  const value_ = () => {
    const answer = input.validity.badInput ? { error: "notADate" } : read(input.value, attribute);
    refuse(answer.error && say(answer.error, { title: attribute.title }));
    return answer;
  };
  return { element, input, attribute, read: value_, refuse };
}

export class Form {
  #fields = [];

  /** place: where the fields go. onChange(ref, properties): the attributes that were changed. */
  constructor(place, { schema, onChange, readOnly }) {
    Object.assign(this, { place, schema, onChange, readOnly });
  }

  /** Shows a feature, or nothing. The same feature again leaves what is being written alone. */
  show(feature) {
    const isSame = feature && this.feature?.ref === feature.ref;
    this.feature = feature;
    if (isSame) return this.#refresh();
    this.#fields = feature ? this.schema.map((attribute) => field(attribute, feature.properties[attribute.name])) : [];
    for (const one of this.#fields) {
      one.input.disabled = this.readOnly;
      one.input.addEventListener("change", () => {
        const { value, error } = one.read();
        if (!error && value !== (this.feature.properties[one.attribute.name] ?? null)) {
          this.onChange(this.feature.ref, { [one.attribute.name]: value });
        }
      });
    }
    this.place.replaceChildren(...this.#fields.map(({ element }) => element));
  }

  #refresh() {
    for (const { input, attribute, refuse } of this.#fields) {
      const value = this.feature.properties[attribute.name] ?? "";
      if (input === document.activeElement || input.value === String(value)) continue;
      if (input.getAttribute("aria-invalid")) continue; // what was refused stays to be mended
      input.value = String(value);
      refuse(null);
    }
  }
}
