// Conflicts: each geometry in question on a small map. A typed value chooses "something else".

import { pageData } from "muni/app";
import { createMap, LayerStack } from "muni/map";
import { boundsOf, drawShapes } from "./shapes.js";

const { layers } = pageData("conflict-map-data");
const base = layers.slice(0, -1);

async function draw(place) {
  const shapes = pageData(place.dataset.map);
  const bounds = boundsOf(shapes.features);
  const map = await createMap(place, { bounds, fitBoundsOptions: { padding: 32, maxZoom: 19 }, cooperativeGestures: true });
  map.once("load", () => {
    const stack = new LayerStack(map, base);
    for (const { slug } of base) stack.show(slug);
    drawShapes(map, shapes);
  });
}

// Browsers keep few maps alive at once, so each is drawn when it comes into sight.
const seen = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting) continue;
    seen.unobserve(target);
    draw(target);
  }
});
document.querySelectorAll("[data-map]").forEach((place) => seen.observe(place));

document.addEventListener("input", ({ target }) => {
  const radio = target.name?.startsWith("value-") && target.closest(".choice")?.querySelector("[type=radio]");
  if (radio) radio.checked = true;
});
