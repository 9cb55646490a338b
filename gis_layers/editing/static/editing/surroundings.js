// What lies around the draft: the other layers on the map, and which of them the pointer snaps to.

import { LayerStack } from "muni/map";
import { snap } from "./snapping.js";

export class Surroundings {
  #targets = new Map();
  #loading;

  /** layers: as the map page describes them, without the one that is edited; own: that one. */
  constructor(map, { layers, own, panel, api, draft }) {
    Object.assign(this, { map, own, api, draft, isOn: true, snapsOwn: true });
    this.stack = new LayerStack(map, [...layers, own]);
    this.snapping = new Set();
    panel.addEventListener("change", ({ target }) => {
      const slug = target.closest("[data-layer]")?.dataset.layer;
      if (target.dataset.role === "show") this.#shown(slug, target.checked);
      if (target.dataset.role === "snap") this.#snapped(slug, target.checked);
    });
    for (const row of panel.querySelectorAll("[data-layer]")) {
      if (row.querySelector("[data-role=show]")?.checked) this.#shown(row.dataset.layer, true);
    }
  }

  #shown(slug, isShown) {
    if (isShown) this.stack.show(slug);
    else this.stack.hide(slug);
  }

  #snapped(slug, isWanted) {
    if (slug === this.own.slug) this.snapsOwn = isWanted;
    else if (isWanted) this.snapping.add(slug);
    else this.snapping.delete(slug);
    this.load().catch((error) => console.warn(error));
  }

  /** The published tiles of the edited layer: while the map is too far out for its features. */
  showPublished(isShown) {
    this.#shown(this.own.slug, isShown);
  }

  /** Fetches what the chosen layers hold in the view. */
  async load() {
    this.#loading?.abort();
    this.#loading = new AbortController();
    const { signal } = this.#loading;
    const box = this.map.getBounds().toArray().flat();
    const found = await Promise.all(
      [...this.snapping].map(async (slug) => [slug, await this.api.surroundings(slug, box, signal)]),
    ).catch((error) => {
      if (error.name === "AbortError") return null;
      throw error;
    });
    if (found) this.#targets = new Map(found.map(([slug, { geometries }]) => [slug, geometries]));
  }

  /** {position, kind} near a position, or null. without: features left out; only: features looked at. */
  snap(position, { without = [], only, reach } = {}) {
    if (!only && !this.isOn) return null;
    const left = new Set(without.map(({ ref }) => ref));
    const own = only ?? (this.snapsOwn ? this.draft.present.filter(({ ref }) => !left.has(ref)) : []);
    const others = only ? [] : [...this.#targets.values()].flat();
    return snap(position, [...own.map(({ geometry }) => geometry), ...others], {
      project: (place) => this.map.project(place),
      unproject: (pixel) => this.map.unproject(pixel),
      reach,
    });
  }
}
