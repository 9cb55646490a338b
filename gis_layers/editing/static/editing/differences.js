// Differences of a changeset or of two revisions: the map and the list lead to one another.

import { pageData } from "muni/app";
import { createMap, isStill, LayerStack } from "muni/map";
import { boundsOf, drawShapes, KINDS } from "./shapes.js";

const place = document.getElementById("review-map");
if (place) {
  const data = pageData("review-map-data");
  const [map, shapes] = await Promise.all([
    createMap(place, { ...(data.bounds && { bounds: data.bounds }), cooperativeGestures: true }),
    fetch(data.shapes).then((answer) => answer.json()),
  ]);
  const base = data.layers.slice(0, -1);
  const show = (features) => {
    const bounds = boundsOf(features);
    if (bounds) map.fitBounds(bounds, { padding: 48, maxZoom: 18, animate: !isStill });
  };
  const ready = () => {
    const stack = new LayerStack(map, base);
    for (const { slug } of base) stack.show(slug);
    drawShapes(map, shapes);
    map.fitBounds(boundsOf(shapes.features) ?? data.bounds, { padding: 48, maxZoom: 18, animate: false });
  };
  if (map.loaded()) ready();
  else map.once("load", ready);

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-show]");
    if (!button) return;
    const id = Number(button.dataset.show);
    show(shapes.features.filter(({ properties }) => properties.id === id));
    place.scrollIntoView({ block: "nearest", behavior: isStill ? "auto" : "smooth" });
  });

  const ids = () => KINDS.flatMap((kind) => ["area", "line", "point"].map((part) => `over/${kind}/${part}`)).filter((id) => map.getLayer(id));
  map.on("click", ({ point }) => {
    const [found] = map.queryRenderedFeatures([[point.x - 4, point.y - 4], [point.x + 4, point.y + 4]], { layers: ids() });
    const row = found && document.getElementById(`feature-${found.properties.id}`);
    if (!row) return;
    document.querySelector(".difference.is-chosen")?.classList.remove("is-chosen");
    row.classList.add("is-chosen");
    row.scrollIntoView({ block: "center", behavior: isStill ? "auto" : "smooth" });
  });
}
