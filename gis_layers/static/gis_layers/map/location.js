// Where the reader stands, asked once on request and never sent anywhere.

import { announce } from "muni/app";
import { draw } from "./overlay.js";
import { fill, number, words } from "./format.js";

const SENTENCES = { 1: "locationDenied", 2: "locationUnknown", 3: "locationUnknown" };

export function locate(map) {
  if (!isSecureContext || !navigator.geolocation) return announce(words.locationInsecure, "warning");
  announce(words.locating);
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => {
      const center = [coords.longitude, coords.latitude];
      draw(map, "position", [circle(center, coords.accuracy), { type: "Point", coordinates: center }]);
      map.flyTo({ center, zoom: Math.max(map.getZoom(), 16) });
      announce(fill(words.youAreHere, { n: number(coords.accuracy, 0) }), "success");
    },
    ({ code }) => announce(words[SENTENCES[code]], "warning"),
    { enableHighAccuracy: true, timeout: 15000 },
  );
}

function circle([lon, lat], radius) {
  const [dy, dx] = [radius / 111320, radius / (111320 * Math.cos((lat * Math.PI) / 180))];
  const ring = Array.from({ length: 65 }, (_, i) => {
    const angle = (i / 32) * Math.PI;
    return [lon + dx * Math.cos(angle), lat + dy * Math.sin(angle)];
  });
  return { type: "Polygon", coordinates: [ring] };
}
