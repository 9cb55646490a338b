// The map of every page: fonts and right-to-left labels, states of loading and failure, layers of the catalogue.
//
//   import { createMap, LayerStack } from "muni/map";
//   const map = await createMap(element, { bounds: [west, south, east, north] });
//   const stack = new LayerStack(map, layers);
//   stack.show("parcels");
//
// A page that shows a map includes web/parts/map_head.html in its head: styles and the words used here.

import * as maplibre from "maplibre-gl";

export { maplibre };

export const FONT = ["IBM Plex Sans Arabic"];
export const isRtl = document.documentElement.dir === "rtl";
export const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches;
export const texts = JSON.parse(document.getElementById("map-texts").textContent);

/** Where controls go: the start side belongs to panels, the end side to buttons. */
export const end = isRtl ? "left" : "right";
export const start = isRtl ? "right" : "left";

const IRAQ = [38.7, 29.0, 48.7, 37.4];
const IMAGE_MAKERS = [];

maplibre.setWorkerUrl(import.meta.resolve("maplibre-gl/worker"));
maplibre
  .setRTLTextPlugin(import.meta.resolve("maplibre-gl/rtl-text"), false)
  .catch((error) => console.warn("Right-to-left labels:", error));

// Labels are drawn from the page's font, so it has to be here before the first tile. Latin and Arabic are two files.
const fontsReady = Promise.all(
  ["Aa1", "ابجد"].map((sample) => document.fonts.load(`400 16px "${FONT[0]}"`, sample)),
).catch(() => {});

/** Draws images that styles name: `maker(id)` gives {image, options} for map.addImage, or nothing. */
export const addImageMaker = (maker) => IMAGE_MAKERS.push(maker);

/**
 * A map in `element`, with keyboard use, loading and error states.
 *
 * options: bounds [west, south, east, north] or center and zoom; baseStyle (address of an external style);
 * interactive, controls (zoom, scale; default true); anything else goes to maplibre.Map.
 * Rejects with an error whose message is for people when the browser cannot draw maps.
 */
export async function createMap(element, options = {}) {
  const { bounds, center, baseStyle, controls = true, ...rest } = options;
  element.classList.add("map");
  element.setAttribute("aria-busy", "true");
  await fontsReady;
  let map;
  try {
    map = new maplibre.Map({
      container: element,
      style: baseStyle || { version: 8, sources: {}, layers: [] },
      ...(center ? { center } : { bounds: bounds ?? IRAQ, fitBoundsOptions: { padding: 24 } }),
      maxZoom: 21,
      dragRotate: false,
      pitchWithRotate: false,
      maxPitch: 0,
      fadeDuration: isStill ? 0 : 200,
      attributionControl: false,
      locale: texts.locale,
      ...rest,
    });
  } catch {
    const sentence = document.createElement("p");
    sentence.className = "map-failure";
    sentence.setAttribute("role", "alert");
    sentence.textContent = texts.noWebgl;
    element.replaceChildren(sentence);
    element.removeAttribute("aria-busy");
    throw new Error(texts.noWebgl);
  }
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  if (controls) {
    map.addControl(new maplibre.NavigationControl({ showCompass: false }), `bottom-${end}`);
    map.addControl(new maplibre.ScaleControl({ maxWidth: 120 }), `bottom-${start}`);
    map.addControl(new maplibre.AttributionControl({ compact: true }), `bottom-${start}`);
    // On a narrow map the sources would cover it; its button opens them.
    if (element.clientWidth < 640) {
      element.querySelector(".maplibregl-ctrl-attrib").classList.remove("maplibregl-compact-show");
      element.querySelector(".maplibregl-ctrl-attrib").removeAttribute("open");
    }
  }
  map.setMissingStyleImageResolver((id) => {
    const made = IMAGE_MAKERS.map((maker) => maker(id)).find(Boolean);
    if (made && !map.hasImage(id)) map.addImage(id, made.image, made.options);
  });
  showStates(map, element);
  return map;
}

/** A thin bar while tiles load; a sentence with a way to try again when some do not come. */
function showStates(map, element) {
  const bar = document.createElement("div");
  bar.className = "map-busy";
  bar.hidden = true;
  const notice = document.createElement("div");
  notice.className = "map-notice";
  notice.setAttribute("role", "alert");
  notice.hidden = true;
  element.append(bar, notice);

  let waiting;
  map.on("dataloading", () => {
    waiting ??= setTimeout(() => (bar.hidden = false), 300);
  });
  map.on("idle", () => {
    clearTimeout(waiting);
    waiting = undefined;
    bar.hidden = true;
    element.removeAttribute("aria-busy");
  });

  const failed = new Set();
  map.on("error", ({ sourceId, error }) => {
    if (!sourceId || error?.name === "AbortError") return console.warn(error);
    failed.add(sourceId);
    const again = document.createElement("button");
    again.type = "button";
    again.textContent = texts.tryAgain;
    again.addEventListener("click", () => {
      notice.hidden = true;
      for (const id of failed) {
        const source = map.getSource(id);
        if (source?.url) source.setUrl(source.url);
      }
      failed.clear();
    });
    notice.replaceChildren(navigator.onLine ? texts.tilesFailed : texts.offline, again);
    notice.hidden = false;
  });
}

/** Multiplies an opacity, which may be a number or an expression, by `factor`. */
export function faded(value, factor) {
  if (value === undefined) return factor;
  if (typeof value === "number") return value * factor;
  if (Array.isArray(value)) {
    // Zoom may only be read by the outermost expression, so its outputs are faded in place.
    const first = { interpolate: 4, step: 2 }[value[0]];
    if (first) return value.map((part, i) => (i >= first && (i - first) % 2 === 0 ? faded(part, factor) : part));
    return ["*", factor, value];
  }
  return value;
}

const OPACITIES = {
  fill: ["fill-opacity"],
  line: ["line-opacity"],
  circle: ["circle-opacity", "circle-stroke-opacity"],
  symbol: ["text-opacity", "icon-opacity"],
  "fill-extrusion": ["fill-extrusion-opacity"],
  heatmap: ["heatmap-opacity"],
  raster: ["raster-opacity"],
};

/**
 * Style layers of a catalogue layer, with ids and source.
 * layer: {slug, style, minZoom, maxZoom}; a layer is drawn from zoom minZoom up to, not including, maxZoom + 1.
 */
export function styleLayers(layer, source = layer.slug) {
  return layer.style.map((part, i) => {
    const drawn = {
      ...part,
      id: `${layer.slug}/${i}`,
      source,
      minzoom: Math.max(part.minzoom ?? 0, layer.minZoom ?? 0),
      maxzoom: Math.min(part.maxzoom ?? 24, (layer.maxZoom ?? 22) >= 22 ? 24 : layer.maxZoom + 1),
    };
    if (source === layer.slug) drawn["source-layer"] = layer.slug;
    if (part.layout?.["text-field"]) drawn.layout = { ...part.layout, "text-font": FONT };
    return drawn;
  });
}

/** The catalogue's layers on a map: shown, hidden, faded, in their drawing order with all labels on top. */
export class LayerStack {
  /** layers: descriptions in drawing order, lowest first. */
  constructor(map, layers) {
    this.map = map;
    this.layers = new Map(layers.map((layer) => [layer.slug, layer]));
    this.slugs = layers.map((layer) => layer.slug);
    this.opacity = new Map();
    this.shown = new Set();
  }

  has(slug) {
    return this.layers.has(slug);
  }

  show(slug) {
    const layer = this.layers.get(slug);
    if (!layer || this.shown.has(slug)) return;
    this.shown.add(slug);
    if (!this.map.getSource(slug)) {
      this.map.addSource(slug, { type: "vector", url: new URL(layer.tiles, location.href).href });
    }
    for (const part of styleLayers(layer)) this.map.addLayer(part, this.#above(part.id));
    if (this.opacity.has(slug)) this.fade(slug, this.opacity.get(slug));
  }

  hide(slug) {
    if (!this.shown.delete(slug)) return;
    for (const id of this.ids(slug)) this.map.removeLayer(id);
  }

  /** opacity: 0 to 1, on top of what the style says. */
  fade(slug, opacity) {
    this.opacity.set(slug, opacity);
    if (!this.shown.has(slug)) return;
    this.layers.get(slug).style.forEach((part, i) => {
      for (const name of OPACITIES[part.type] ?? []) {
        this.map.setPaintProperty(`${slug}/${i}`, name, faded(part.paint?.[name], opacity));
      }
    });
  }

  ids(slug) {
    return this.layers.get(slug).style.map((_, i) => `${slug}/${i}`);
  }

  /** Ids of the style layers on the map, for queryRenderedFeatures. */
  get shownIds() {
    return [...this.shown].flatMap((slug) => this.ids(slug));
  }

  /** Slugs on the map, lowest first. */
  inOrder() {
    return this.slugs.filter((slug) => this.shown.has(slug));
  }

  /** Draws the given layers in this order, lowest first; the others keep their places. */
  order(slugs) {
    const wanted = slugs.filter((slug) => this.has(slug));
    const places = this.slugs.map((slug, i) => (wanted.includes(slug) ? i : -1)).filter((i) => i >= 0);
    places.forEach((place, i) => (this.slugs[place] = wanted[i]));
    const ids = this.shownIds.sort((one, other) => this.#rank(one) - this.#rank(other));
    const over = this.map.getLayersOrder().find((id) => id.startsWith("over/"));
    for (const id of ids) this.map.moveLayer(id, over);
  }

  /** Exchanges a layer with the next one on the map. by: 1 for above, -1 for below. */
  move(slug, by) {
    const shown = this.inOrder();
    const at = shown.indexOf(slug);
    const other = shown[at + by];
    if (!other) return;
    [shown[at], shown[at + by]] = [other, slug];
    this.order(shown);
  }

  /** Labels rank above all else. */
  #rank(id) {
    const [slug, i] = id.split("/");
    const layer = this.layers.get(slug);
    if (!layer) return -1;
    return (layer.style[i].layout?.["text-field"] ? 1e6 : 0) + this.slugs.indexOf(slug) * 100 + Number(i);
  }

  /** The style layer that this one goes below: the lowest of higher rank, or what a page draws over them all. */
  #above(id) {
    const rank = this.#rank(id);
    return this.map
      .getLayersOrder()
      .find((other) => other !== id && (this.#rank(other) > rank || other.startsWith("over/")));
  }
}
