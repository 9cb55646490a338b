// Where to look: the layer's box, but never so far away that the layer is not drawn yet.

export function showWhere(map, { bounds, min_zoom: minZoom }) {
  if (bounds && map.getZoom() < minZoom) map.jumpTo({ zoom: minZoom + 0.1 });
}
