// The page of choices: the first features on a map; the page is read anew when layer, encoding or target change.

import { pageData } from "muni/app";

const form = document.getElementById("choices");
form.addEventListener("change", (event) => {
  if (["sublayer", "encoding", "crs", "layer", "target"].includes(event.target.name)) form.requestSubmit();
});

const place = document.getElementById("preview-map");
if (place) {
  const { createMap, maplibre } = await import("muni/map");
  const data = pageData("preview-features");
  const map = await createMap(place, { bounds: boundsOf(data) });
  const colour = getComputedStyle(document.documentElement).getPropertyValue("--accent").trim();
  const draw = () => {
    map.addSource("preview", { type: "geojson", data });
    map.addLayer({ id: "areas", type: "fill", source: "preview", filter: ["==", ["geometry-type"], "Polygon"], paint: { "fill-color": colour, "fill-opacity": 0.25 } });
    map.addLayer({ id: "lines", type: "line", source: "preview", filter: ["!=", ["geometry-type"], "Point"], paint: { "line-color": colour, "line-width": 1.5 } });
    map.addLayer({ id: "points", type: "circle", source: "preview", filter: ["==", ["geometry-type"], "Point"], paint: { "circle-color": colour, "circle-radius": 4, "circle-stroke-color": "#fff", "circle-stroke-width": 1 } });
  };
  if (map.isStyleLoaded()) draw();
  else map.once("load", draw);
  map.on("click", ["areas", "lines", "points"], ({ features, lngLat }) => {
    const list = document.createElement("dl");
    list.className = "facts";
    for (const [name, value] of Object.entries(features[0].properties)) {
      const term = document.createElement("dt");
      const detail = document.createElement("dd");
      term.textContent = name;
      detail.textContent = value;
      list.append(term, detail);
    }
    new maplibre.Popup({ maxWidth: "20rem" }).setLngLat(lngLat).setDOMContent(list).addTo(map);
  });
}

function boundsOf(collection) {
  const box = [180, 90, -180, -90];
  const visit = (node) => {
    if (typeof node[0] === "number") {
      box[0] = Math.min(box[0], node[0]);
      box[1] = Math.min(box[1], node[1]);
      box[2] = Math.max(box[2], node[0]);
      box[3] = Math.max(box[3], node[1]);
    } else node.forEach(visit);
  };
  const shapes = (g) => (g.type === "GeometryCollection" ? g.geometries.forEach(shapes) : visit(g.coordinates));
  collection.features.forEach((f) => shapes(f.geometry));
  return box;
}
