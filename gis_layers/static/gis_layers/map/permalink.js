// The view in the address: #map=zoom/lat/lon&on=lowest,…,topmost*60&pick=layer/id

const PLACES = 6;

/** {zoom, center, on: [{slug, opacity}] or null, pick: {layer, id} or null}; what the address lacks is null. */
export function read(hash = location.hash) {
  const parts = new URLSearchParams(hash.slice(1));
  const [zoom, lat, lon] = (parts.get("map") ?? "").split("/").map(Number);
  const on = parts.get("on");
  const pick = /^([a-z][a-z0-9_-]*)\/(\d+)$/.exec(parts.get("pick") ?? "");
  const isPosition = [zoom, lat, lon].every(Number.isFinite) && Math.abs(lat) <= 85 && Math.abs(lon) <= 180;
  return {
    zoom: isPosition ? zoom : null,
    center: isPosition ? [lon, lat] : null,
    on: on === null ? null : on.split(",").filter(Boolean).map(readLayer),
    pick: pick && { layer: pick[1], id: Number(pick[2]) },
  };
}

function readLayer(text) {
  const [slug, percent] = text.split("*");
  const opacity = percent === undefined ? 1 : Number(percent) / 100;
  return { slug, opacity: opacity >= 0 && opacity <= 1 ? opacity : 1 };
}

export function write({ zoom, center, on, pick }) {
  const digits = Math.min(PLACES, Math.max(2, Math.ceil(zoom / 3.3)));
  const parts = [`map=${zoom.toFixed(2)}/${center.lat.toFixed(digits)}/${center.lng.toFixed(digits)}`];
  parts.push(
    `on=${on.map(({ slug, opacity }) => (opacity < 1 ? `${slug}*${Math.round(opacity * 100)}` : slug)).join(",")}`,
  );
  if (pick) parts.push(`pick=${pick.layer}/${pick.id}`);
  return `#${parts.join("&")}`;
}
