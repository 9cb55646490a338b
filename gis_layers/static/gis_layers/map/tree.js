// The layer tree: which layers are on, how strong, in which order, and from which zoom they show.

import { words } from "./format.js";

export class Tree {
  constructor({ map, stack, panel, onChange }) {
    Object.assign(this, { map, stack, panel, onChange });
    this.items = new Map([...panel.querySelectorAll("[data-layer]")].map((item) => [item.dataset.layer, item]));
    panel.addEventListener("change", (event) => {
      if (event.target.type === "checkbox") this.set(slugOf(event.target), event.target.checked);
    });
    panel.addEventListener("input", (event) => {
      if (event.target.type === "range") this.fade(slugOf(event.target), event.target.value / 100);
    });
    panel.addEventListener("click", (event) => {
      const more = event.target.closest(".layer-more");
      if (more) this.#unfold(more);
      const action = event.target.closest("[data-layer-action]");
      if (action) this.#act(slugOf(action), action.dataset.layerAction);
    });
    map.on("zoomend", () => this.hints());
  }

  /** Turns layers on as the address or the catalogue says; anything else goes off. */
  restore(wanted) {
    for (const slug of this.items.keys()) if (!wanted.some((layer) => layer.slug === slug)) this.set(slug, false, true);
    for (const { slug, opacity } of wanted) {
      if (!this.stack.has(slug)) continue;
      this.fade(slug, opacity, true);
      this.set(slug, true, true);
    }
    this.stack.order(wanted.map(({ slug }) => slug));
    this.hints();
  }

  set(slug, on, quiet = false) {
    const item = this.items.get(slug);
    item.querySelector("input[type=checkbox]").checked = on;
    item.classList.toggle("is-on", on);
    if (on) this.stack.show(slug);
    else this.stack.hide(slug);
    if (quiet) return;
    this.hints();
    this.onChange();
  }

  fade(slug, opacity, quiet = false) {
    const item = this.items.get(slug);
    const percent = Math.round(opacity * 100);
    item.querySelector("input[type=range]").value = percent;
    item.querySelector("output").textContent = `${percent}%`;
    this.stack.fade(slug, opacity);
    if (!quiet) this.onChange();
  }

  /** Greys what the present zoom does not show, and says which way to go. */
  hints() {
    const zoom = this.map.getZoom();
    for (const [slug, item] of this.items) {
      const { minZoom, maxZoom } = this.stack.layers.get(slug);
      const out = zoom < minZoom ? words.tooFar : maxZoom < 22 && zoom >= maxZoom + 1 ? words.tooNear : "";
      item.classList.toggle("is-out", Boolean(out));
      const hint = item.querySelector(".layer-hint");
      hint.hidden = !out || !this.stack.shown.has(slug);
      if (out) hint.querySelector("span").textContent = out;
    }
  }

  /** Goes to where the layer shows: into its zoom range, and to its extent when it is out of sight. */
  reach(slug) {
    const { minZoom, maxZoom, bounds } = this.stack.layers.get(slug);
    const zoom = Math.min(Math.max(this.map.getZoom(), minZoom + 0.01), maxZoom + 0.9);
    const { lng, lat } = this.map.getCenter();
    const inside = !bounds || (lng >= bounds[0] && lng <= bounds[2] && lat >= bounds[1] && lat <= bounds[3]);
    this.map.easeTo({ zoom, center: inside ? [lng, lat] : [(bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2] });
  }

  #act(slug, action) {
    const { bounds } = this.stack.layers.get(slug);
    if (action === "reach" || (action === "zoom" && !bounds)) this.reach(slug);
    else if (action === "zoom") this.map.fitBounds(bounds, { padding: 40, maxZoom: 18 });
    else {
      this.set(slug, true, true);
      this.stack.move(slug, action === "up" ? 1 : -1);
      this.onChange();
    }
  }

  #unfold(button) {
    const options = document.getElementById(button.getAttribute("aria-controls"));
    options.hidden = !options.hidden;
    button.setAttribute("aria-expanded", String(!options.hidden));
  }
}

const slugOf = (element) => element.closest("[data-layer]").dataset.layer;
