// Where to look: the layer's box, not nearer than a street and never so far away that the layer is not drawn yet.

export const near = ({ bounds }) => (bounds ? { bounds, fitBoundsOptions: { padding: 24, maxZoom: 16 } } : {});

export function showWhere(map, { bounds, min_zoom: minZoom }) {
  if (bounds && map.getZoom() < minZoom) map.jumpTo({ zoom: minZoom + 0.1 });
}
