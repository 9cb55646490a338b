// Measures on the WGS 84 ellipsoid. Positions are [longitude, latitude] in degrees, lengths in metres, areas in m².

const A = 6378137;
const F = 1 / 298.257223563;
const B = A * (1 - F);
const E2 = F * (2 - F);
const rad = Math.PI / 180;

export const DUNAM = 2500; // the Iraqi dunam (مشارة), m²

/** Length of the geodesic between two positions (Vincenty 1975; below a millimetre). */
export function distance([lon1, lat1], [lon2, lat2]) {
  const l = (lon2 - lon1) * rad;
  const u1 = Math.atan((1 - F) * Math.tan(lat1 * rad));
  const u2 = Math.atan((1 - F) * Math.tan(lat2 * rad));
  const [s1, c1, s2, c2] = [Math.sin(u1), Math.cos(u1), Math.sin(u2), Math.cos(u2)];
  let lambda = l;
  for (let i = 0; i < 50; i++) {
    const [sl, cl] = [Math.sin(lambda), Math.cos(lambda)];
    const sinSigma = Math.hypot(c2 * sl, c1 * s2 - s1 * c2 * cl);
    if (sinSigma === 0) return 0;
    const cosSigma = s1 * s2 + c1 * c2 * cl;
    const sigma = Math.atan2(sinSigma, cosSigma);
    const sinAlpha = (c1 * c2 * sl) / sinSigma;
    const cos2 = 1 - sinAlpha ** 2;
    const cosM = cos2 ? cosSigma - (2 * s1 * s2) / cos2 : 0;
    const c = (F / 16) * cos2 * (4 + F * (4 - 3 * cos2));
    const before = lambda;
    lambda = l + (1 - c) * F * sinAlpha * (sigma + c * sinSigma * (cosM + c * cosSigma * (2 * cosM ** 2 - 1)));
    if (Math.abs(lambda - before) < 1e-12) {
      const k = (cos2 * (A ** 2 - B ** 2)) / B ** 2;
      const a = 1 + (k / 16384) * (4096 + k * (-768 + k * (320 - 175 * k)));
      const b = (k / 1024) * (256 + k * (-128 + k * (74 - 47 * k)));
      const step =
        cosSigma * (2 * cosM ** 2 - 1) - (b / 6) * cosM * (4 * sinSigma ** 2 - 3) * (4 * cosM ** 2 - 3);
      return B * a * (sigma - b * sinSigma * (cosM + (b / 4) * step));
    }
  }
  return NaN; // nearly opposite points of the earth
}

/** Where one comes from a position after `metres` along the geodesic; bearing: degrees clockwise from north. */
export function destination([lon, lat], metres, bearing) {
  const azimuth = bearing * rad;
  const [sinA, cosA] = [Math.sin(azimuth), Math.cos(azimuth)];
  const tanU = (1 - F) * Math.tan(lat * rad);
  const cosU = 1 / Math.hypot(1, tanU);
  const sinU = tanU * cosU;
  const sigma1 = Math.atan2(tanU, cosA);
  const sinAlpha = cosU * sinA;
  const cos2 = 1 - sinAlpha ** 2;
  const k = (cos2 * (A ** 2 - B ** 2)) / B ** 2;
  const a = 1 + (k / 16384) * (4096 + k * (-768 + k * (320 - 175 * k)));
  const b = (k / 1024) * (256 + k * (-128 + k * (74 - 47 * k)));
  let sigma = metres / (B * a);
  let cosM;
  for (let i = 0; i < 20; i++) {
    cosM = Math.cos(2 * sigma1 + sigma);
    const [s, c] = [Math.sin(sigma), Math.cos(sigma)];
    const step = c * (2 * cosM ** 2 - 1) - (b / 6) * cosM * (4 * s ** 2 - 3) * (4 * cosM ** 2 - 3);
    sigma = metres / (B * a) + b * s * (cosM + (b / 4) * step);
  }
  const [s, c] = [Math.sin(sigma), Math.cos(sigma)];
  const across = sinU * s - cosU * c * cosA;
  const lambda = Math.atan2(s * sinA, cosU * c - sinU * s * cosA);
  const f = (F / 16) * cos2 * (4 + F * (4 - 3 * cos2));
  const l = lambda - (1 - f) * F * sinAlpha * (sigma + f * s * (cosM + f * c * (2 * cosM ** 2 - 1)));
  return [lon + l / rad, Math.atan2(sinU * c + cosU * s * cosA, (1 - F) * Math.hypot(sinAlpha, across)) / rad];
}

export const pathLength = (points) =>
  points.slice(1).reduce((sum, point, i) => sum + distance(points[i], point), 0);

/** Area of a ring (open or closed), on the sphere that has the ellipsoid's area. */
export function area(ring) {
  const e = Math.sqrt(E2);
  const q = (s) => (1 - E2) * (s / (1 - E2 * s * s) + Math.atanh(e * s) / e);
  const pole = q(1);
  let sum = 0;
  ring.forEach(([lon, lat], i) => {
    const [nextLon, nextLat] = ring[(i + 1) % ring.length];
    const [y1, y2] = [q(Math.sin(lat * rad)) / pole, q(Math.sin(nextLat * rad)) / pole];
    sum += (nextLon - lon) * rad * (2 + y1 + y2);
  });
  return Math.abs((sum * A * A * pole) / 4);
}

/** UTM {zone, hemisphere, easting, northing} (Karney 2011, third order: below a millimetre inside a zone). */
export function utm([lon, lat], zone = Math.floor((lon + 180) / 6) + 1) {
  const n = F / (2 - F);
  const e = Math.sqrt(E2);
  const phi = lat * rad;
  const l = (lon - (zone * 6 - 183)) * rad;
  const t = Math.sinh(Math.atanh(Math.sin(phi)) - e * Math.atanh(e * Math.sin(phi)));
  const xi = Math.atan2(t, Math.cos(l));
  const eta = Math.atanh(Math.sin(l) / Math.hypot(1, t));
  const alpha = [
    n / 2 - (2 / 3) * n ** 2 + (5 / 16) * n ** 3,
    (13 / 48) * n ** 2 - (3 / 5) * n ** 3,
    (61 / 240) * n ** 3,
  ];
  const radius = (A / (1 + n)) * (1 + n ** 2 / 4 + n ** 4 / 64);
  let [east, north] = [eta, xi];
  alpha.forEach((a, i) => {
    const j = 2 * (i + 1);
    east += a * Math.cos(j * xi) * Math.sinh(j * eta);
    north += a * Math.sin(j * xi) * Math.cosh(j * eta);
  });
  return {
    zone,
    hemisphere: lat < 0 ? "S" : "N",
    easting: 500000 + 0.9996 * radius * east,
    northing: 0.9996 * radius * north + (lat < 0 ? 1e7 : 0),
  };
}

const WORLD = 2 * Math.PI * A;
const TILE = 512; // MapLibre's zoom 0 shows the world in this many pixels

/** True metres on the ground in one CSS pixel: the mean of east-west and north-south, which differ by 0.5 % in Iraq. */
export function metresPerPixel(lat, zoom) {
  const w = 1 - E2 * Math.sin(lat * rad) ** 2;
  const mercator = (WORLD * Math.cos(lat * rad)) / (TILE * 2 ** zoom);
  const eastWest = 1 / Math.sqrt(w);
  const northSouth = (1 - E2) / w ** 1.5;
  return mercator * Math.sqrt(eastWest * northSouth);
}

/** The zoom at which a CSS pixel (1/96 inch) shows `scale` pixels of ground. */
export function zoomOfScale(lat, scale) {
  const pixel = 0.0254 / 96;
  return Math.log2(metresPerPixel(lat, 0) / (scale * pixel));
}

export const scaleOfZoom = (lat, zoom) => metresPerPixel(lat, zoom) / (0.0254 / 96);

/** The position of a UTM coordinate; the inverse of `utm`. */
export function fromUtm({ zone, hemisphere, easting, northing }) {
  const n = F / (2 - F);
  const e = Math.sqrt(E2);
  const beta = [
    n / 2 - (2 / 3) * n ** 2 + (37 / 96) * n ** 3,
    n ** 2 / 48 + n ** 3 / 15,
    (17 / 480) * n ** 3,
  ];
  const radius = (A / (1 + n)) * (1 + n ** 2 / 4 + n ** 4 / 64);
  const xi = (northing - (hemisphere === "S" ? 1e7 : 0)) / (0.9996 * radius);
  const eta = (easting - 500000) / (0.9996 * radius);
  let [x, y] = [xi, eta];
  beta.forEach((b, i) => {
    const j = 2 * (i + 1);
    x -= b * Math.sin(j * xi) * Math.cosh(j * eta);
    y -= b * Math.cos(j * xi) * Math.sinh(j * eta);
  });
  const conformal = Math.sin(x) / Math.hypot(Math.sinh(y), Math.cos(x)); // tangent of the conformal latitude
  let t = conformal;
  for (let i = 0; i < 6; i++) {
    const s = Math.sinh(e * Math.atanh((e * t) / Math.hypot(1, t)));
    const back = t * Math.hypot(1, s) - s * Math.hypot(1, t);
    t += ((conformal - back) / Math.hypot(1, back)) * ((1 + (1 - E2) * t * t) / ((1 - E2) * Math.hypot(1, t)));
  }
  return [zone * 6 - 183 + Math.atan2(Math.sinh(y), Math.cos(x)) / rad, Math.atan(t) / rad];
}
