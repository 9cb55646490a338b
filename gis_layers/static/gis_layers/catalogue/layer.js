// A layer's page: its map above the base map, addresses to copy.

import "./copy.js";
import "./images.js";
import { pageData } from "muni/app";
import { createMap, LayerStack } from "muni/map";
import { near, showWhere } from "./where.js";

const data = pageData("layer-map-data");
const map = await createMap(document.getElementById("layer-map"), {
  ...near(data),
  cooperativeGestures: true,
});
const stack = new LayerStack(map, data.layers);
map.once("load", () => {
  for (const { slug } of data.layers) stack.show(slug);
  showWhere(map, data);
});
