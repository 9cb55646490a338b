// The search box: a combobox whose list comes from the server while one types.

import { fill, words } from "./format.js";

const DELAY = 200;

export class Search {
  /** onChoose(result) is called with one line of the server's answer. */
  constructor({ form, address, onChoose }) {
    this.input = form.querySelector("input");
    this.list = form.querySelector("[role=listbox]");
    this.status = form.querySelector("[role=status]");
    Object.assign(this, { address, onChoose, results: [], active: -1 });
    this.input.addEventListener("input", () => this.#soon());
    this.input.addEventListener("keydown", (event) => this.#key(event));
    this.input.addEventListener("focus", () => this.results.length && this.#open());
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.active >= 0 || this.results.length) this.#choose(Math.max(this.active, 0));
      else this.ask();
    });
    form.addEventListener("focusout", (event) => form.contains(event.relatedTarget) || this.close());
    // The list must not take the focus from the box before the click has been heard.
    this.list.addEventListener("pointerdown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) this.#choose([...this.list.children].indexOf(option));
    });
  }

  #soon() {
    clearTimeout(this.timer);
    this.results = [];
    if (!this.input.value.trim()) return this.close();
    this.timer = setTimeout(() => this.ask(), DELAY);
  }

  async ask() {
    clearTimeout(this.timer);
    this.request?.abort();
    this.request = new AbortController();
    const { signal } = this.request;
    const slow = setTimeout(() => this.#say(words.searching), 500);
    try {
      const response = await fetch(`${this.address}?q=${encodeURIComponent(this.input.value)}`, { signal });
      if (!response.ok) throw new Error(response.status);
      const { results, whole } = await response.json();
      this.results = results;
      this.#render(whole);
    } catch (error) {
      if (error.name !== "AbortError") this.#say(words.searchFailed);
    } finally {
      clearTimeout(slow);
    }
  }

  #render(whole) {
    this.active = -1;
    if (!this.results.length) return this.#say(whole ? words.noResults : words.notWhole);
    this.list.replaceChildren(
      ...this.results.map((result, i) => {
        const option = document.createElement("li");
        option.id = `search-result-${i}`;
        option.setAttribute("role", "option");
        option.setAttribute("aria-selected", "false");
        const text = document.createElement("span");
        text.className = "result-text";
        text.append(line(result.title, "result-title"), line(result.kind === "coordinates" ? words.coordinates : result.detail, "soft"));
        option.append(document.getElementById(`icon-${result.kind}`).content.cloneNode(true), text);
        return option;
      }),
    );
    this.status.textContent = fill(words.results, { n: this.results.length }) + (whole ? "" : `. ${words.notWhole}`);
    this.#open();
  }

  #say(sentence) {
    this.results = [];
    const item = document.createElement("li");
    item.className = "result-note soft";
    item.setAttribute("role", "option");
    item.setAttribute("aria-disabled", "true");
    item.textContent = sentence;
    this.list.replaceChildren(item);
    this.status.textContent = sentence;
    this.#open();
  }

  #open() {
    this.list.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
  }

  close() {
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
    this.active = -1;
  }

  #key(event) {
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in steps && this.results.length) {
      event.preventDefault();
      this.#open();
      const count = this.results.length;
      const from = this.active < 0 && event.key === "ArrowUp" ? 0 : this.active;
      this.#activate((from + steps[event.key] + count) % count);
    } else if (event.key === "Escape") {
      if (this.list.hidden) this.input.value = "";
      else event.preventDefault();
      this.close();
    }
  }

  #activate(index) {
    this.active = index;
    [...this.list.children].forEach((option, i) => option.setAttribute("aria-selected", String(i === index)));
    const option = this.list.children[index];
    this.input.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }

  #choose(index) {
    const result = this.results[index];
    if (!result) return;
    this.input.value = result.title;
    this.close();
    this.onChoose(result);
  }
}

const line = (text, className) => Object.assign(document.createElement("span"), { textContent: text, className });
