// The features as a table: what is selected there is selected on the map, and the other way round.

import { value as formatted } from "../gis_layers/map/format.js";
import { say, words } from "./words.js";

const MOST = 300; // rows; more are narrowed by moving the map or by selecting

const cell = (kind, text = "") => Object.assign(document.createElement(kind), { textContent: text });

export class Table {
  #sort = { name: null, down: false };

  /** element: a <table>; schema: of the layer. onSelect(refs, how), onGo(ref). */
  constructor(element, note, { schema, onSelect, onGo }) {
    Object.assign(this, { element, note, schema, onSelect, onGo });
    // How format.js wants choices: label by value.
    this.described = schema.map((attribute) => ({
      ...attribute,
      choices: Object.fromEntries(attribute.choices.map(({ value, label }) => [value, label])),
    }));
    this.#head();
    this.body = element.createTBody();
    this.body.addEventListener("change", ({ target }) => {
      const { ref } = target.closest("tr").dataset;
      this.onSelect([ref], target.checked ? "add" : "toggle");
    });
    this.body.addEventListener("click", (event) => {
      const row = event.target.closest("tr");
      if (!row || event.target.matches("input")) return;
      const isMore = event.ctrlKey || event.metaKey || event.shiftKey;
      this.onSelect([row.dataset.ref], isMore ? "toggle" : "replace");
      if (!isMore) this.onGo(row.dataset.ref);
    });
  }

  #head() {
    const row = this.element.createTHead().insertRow();
    const pick = cell("th");
    pick.append(Object.assign(cell("span", words.selectedColumn), { className: "visually-hidden" }));
    row.append(pick);
    const columns = [
      { name: "$no", title: words.number },
      { name: "$edit", title: words.state },
      ...this.schema.map(({ name, title, unit }) => ({ name, title: unit ? `${title} (${unit})` : title })),
    ];
    for (const { name, title } of columns) {
      const head = Object.assign(cell("th"), { scope: "col" });
      const button = Object.assign(cell("button", title), { type: "button", className: "table-sort" });
      button.addEventListener("click", () => {
        this.#sort = { name, down: this.#sort.name === name && !this.#sort.down };
        for (const other of row.cells) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", this.#sort.down ? "descending" : "ascending");
        this.show(this.features, this.selection);
      });
      head.append(button);
      row.append(head);
    }
  }

  /** features to list; selection: has(ref). */
  show(features, selection) {
    Object.assign(this, { features, selection });
    const { name, down } = this.#sort;
    const key = ({ id, edit, properties }) => ({ $no: id ?? Infinity, $edit: edit ?? "" })[name] ?? properties[name];
    const sorted = name ? [...features].sort((a, b) => compare(key(a), key(b)) * (down ? -1 : 1)) : features;
    const focused = this.body.contains(document.activeElement) && document.activeElement.closest("tr").dataset.ref;
    this.body.replaceChildren(...sorted.slice(0, MOST).map((feature) => this.#row(feature)));
    if (focused) this.body.querySelector(`tr[data-ref="${focused}"] input`)?.focus();
    this.note.textContent =
      features.length > MOST ? say("tableCut", { shown: MOST, n: features.length }) : features.length ? "" : words.tableEmpty;
  }

  #row(feature) {
    const isSelected = this.selection.has(feature.ref);
    const row = document.createElement("tr");
    row.dataset.ref = feature.ref;
    row.classList.toggle("is-selected", isSelected);
    const box = Object.assign(document.createElement("input"), { type: "checkbox", className: "form-check-input" });
    box.checked = isSelected;
    box.setAttribute("aria-label", say("selectFeature", { name: feature.id ?? words.isNew }));
    row.insertCell().append(box);
    row.insertCell().textContent = feature.id ?? "–";
    const state = row.insertCell();
    if (feature.edit) {
      const badge = cell("span", words.edits[feature.edit]);
      badge.className = `edit-badge edit-${feature.edit}`;
      state.append(badge);
    }
    for (const attribute of this.described) {
      row.insertCell().textContent = formatted(feature.properties[attribute.name], attribute) ?? "";
    }
    return row;
  }
}

function compare(one, other) {
  const [isEmpty, isOtherEmpty] = [one ?? "", other ?? ""].map((value) => value === "");
  if (isEmpty || isOtherEmpty) return isEmpty - isOtherEmpty;
  if (typeof one === "number" && typeof other === "number") return one - other;
  return String(one).localeCompare(String(other), document.documentElement.lang, { numeric: true });
}
