// What is here: the objects under a click, one after another, with their attributes from the server.

import { draw } from "./overlay.js";
import { value, words } from "./format.js";

export class Details {
  /** layers: Map of slug to description; `address`: where a layer's features are; onChange(pick) after each change. */
  constructor({ map, panel, layers, address, onChange }) {
    Object.assign(this, { map, panel, layers, address, onChange, pick: null, hits: [], opener: null });
    this.body = panel.querySelector(".details-body");
    panel.addEventListener("click", (event) => {
      const action = event.target.closest("[data-details]")?.dataset.details;
      if (action === "close") this.close();
      if (action === "zoom") this.zoom();
      const hit = event.target.closest("[data-hit]")?.dataset.hit;
      if (hit !== undefined) this.open(this.hits[hit], this.hits);
    });
  }

  get isOpen() {
    return !this.panel.hidden;
  }

  /** hits: [{layer, id, properties, geometry}], topmost first; the first is opened, the others are listed below it. */
  show(hits) {
    if (hits.length) return this.open(hits[0], hits);
    this.#pick(null);
    draw(this.map, "selected");
    this.hits = [];
    this.#frame("", words.fewHits, false);
    this.#others(null);
    this.body.replaceChildren(paragraph(words.noHits, "soft"));
  }

  /** Opens one object; what the tile carried is drawn at once, the whole comes from the server. */
  async open(hit, hits = [hit]) {
    const layer = this.layers.get(hit.layer);
    this.hits = hits;
    this.#pick({ layer: hit.layer, id: hit.id });
    this.#frame(layer.title, hit.properties ? this.#name(layer, hit.properties) : words.loading);
    this.#others(hit);
    this.body.replaceChildren(paragraph(words.loading, "soft"));
    this.geometry = hit.geometry;
    draw(this.map, "selected", hit.geometry ? [hit.geometry] : []);

    let feature;
    try {
      const response = await fetch(`${this.address}${hit.layer}/features/${hit.id}/`, {
        headers: { Accept: "application/geo+json, application/json" },
      });
      if (response.status === 404) throw new Error(words.featureGone);
      if (!response.ok) throw new Error(words.featureFailed);
      feature = await response.json();
    } catch (error) {
      if (this.pick?.id !== hit.id || this.pick.layer !== hit.layer) return;
      const isOurs = [words.featureGone, words.featureFailed].includes(error.message);
      this.body.replaceChildren(paragraph(isOurs ? error.message : words.featureFailed, "notice notice-danger"));
      return;
    }
    if (this.pick?.id !== hit.id || this.pick.layer !== hit.layer) return; // another one was opened meanwhile
    this.geometry = feature.geometry;
    draw(this.map, "selected", [feature.geometry]);
    this.panel.querySelector("h2").textContent = this.#name(layer, feature.properties);
    this.body.replaceChildren(this.#facts(layer, feature.properties));
  }

  zoom() {
    const box = boxOf(this.geometry);
    if (box) this.map.fitBounds(box, { padding: 80, maxZoom: 19 });
  }

  close() {
    if (!this.isOpen) return;
    const hadFocus = this.panel.contains(document.activeElement);
    this.panel.hidden = true;
    this.hits = [];
    draw(this.map, "selected");
    this.#pick(null);
    if (hadFocus) (this.opener?.isConnected ? this.opener : this.map.getCanvas()).focus();
  }

  #pick(pick) {
    this.pick = pick;
    this.onChange(pick);
  }

  /** The other objects at the same point. */
  #others(current) {
    const section = this.panel.querySelector(".details-others");
    section.hidden = this.hits.length < 2;
    section.querySelector("ul").replaceChildren(
      ...this.hits.map((hit, i) => {
        const layer = this.layers.get(hit.layer);
        const button = document.createElement("button");
        button.type = "button";
        button.dataset.hit = i;
        button.append(span(this.#name(layer, hit.properties ?? {})), span(layer.title, "soft"));
        const item = document.createElement("li");
        item.hidden = hit === current;
        item.append(button);
        return item;
      }),
    );
  }

  #frame(above, title, isObject = true) {
    if (!this.isOpen) this.opener = document.activeElement;
    this.panel.querySelector(".details-layer").textContent = above;
    this.panel.querySelector("h2").textContent = title;
    this.panel.querySelector(".details-actions").hidden = !isObject;
    this.panel.hidden = false;
    this.panel.scrollTop = 0;
    this.panel.focus({ preventScroll: true });
  }

  #name(layer, properties) {
    const attribute = layer.attributes.find(({ name }) => name === layer.labelField);
    return (attribute && value(properties[attribute.name], attribute)) ?? words.noName;
  }

  #facts(layer, properties) {
    const list = document.createElement("dl");
    list.className = "facts";
    for (const attribute of layer.attributes) {
      const term = document.createElement("dt");
      term.textContent = attribute.title;
      const text = value(properties[attribute.name], attribute);
      const description = document.createElement("dd");
      // Latin letters and numbers keep their own order without moving to the other side.
      const isolated = document.createElement("bdi");
      isolated.textContent = text ?? words.nothing;
      description.append(isolated);
      if (text === null) description.className = "soft";
      list.append(term, description);
    }
    return list;
  }
}

/** [west, south, east, north] of a GeoJSON geometry. */
export function boxOf(geometry) {
  if (!geometry) return null;
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  const visit = (part) => {
    if (typeof part[0] === "number") {
      box[0] = Math.min(box[0], part[0]);
      box[1] = Math.min(box[1], part[1]);
      box[2] = Math.max(box[2], part[0]);
      box[3] = Math.max(box[3], part[1]);
    } else part.forEach(visit);
  };
  for (const shape of geometry.geometries ?? [geometry]) visit(shape.coordinates);
  return Number.isFinite(box[0]) ? box : null;
}

const element = (tag) => (text, className = "") => Object.assign(document.createElement(tag), { textContent: text, className });
const paragraph = element("p");
const span = element("span");
