// Positions, lengths and angles as people type them, in either digit set.

import { fromUtm, utm } from "../gis_layers/map/geodesy.js";
import { rounded } from "./geometry.js";

const DIGITS = "٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹";
const IRAQ = { lon: [38.7, 48.9], lat: [28.9, 37.5] };
const within = (value, [low, high]) => low <= value && value <= high;

/** Arabic-Indic and Persian digits, the Arabic decimal sign and the typographic minus become ASCII. */
export const western = (text) =>
  text
    .replace(/[٠-٩۰-۹]/g, (digit) => DIGITS.indexOf(digit) % 10)
    .replace(/٫/g, ".")
    .replace(/[−–]/g, "-")
    .replace(/[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "")
    .trim();

/** A number, or null. Thousands may be grouped: 1,234.5 or ١٬٢٣٤٫٥ */
export function parseNumber(text) {
  const written = western(text).replace(/٬/g, ",");
  const plain = /^-?\d{1,3}(,\d{3})+(\.\d+)?$/.test(written) ? written.replaceAll(",", "") : written;
  return /^-?\d+(\.\d+)?$/.test(plain) ? Number(plain) : null;
}

/**
 * [longitude, latitude] or null. Degrees in either order where only one lies in Iraq, longitude first elsewhere;
 * UTM metres, easting first, in `zone` (north) unless the text names another: "38N 671234.5 3523456.7".
 */
export function parsePosition(text, zone) {
  const written = western(text).replace(/[،,;؛]/g, " ");
  const match = /^(?:(\d{1,2})\s*([A-Za-z])\s+)?(-?\d+(?:\.\d+)?)°?\s+(-?\d+(?:\.\d+)?)°?$/.exec(written);
  if (!match) return null;
  const [one, other] = [Number(match[3]), Number(match[4])];
  if (one >= 1e5 && one < 1e6 && other >= 0 && other <= 1e7) {
    const band = (match[2] ?? "N").toUpperCase();
    const position = fromUtm({
      zone: Number(match[1] ?? zone),
      hemisphere: band < "N" ? "S" : "N",
      easting: one,
      northing: other,
    });
    return onEarth(position);
  }
  if (match[1]) return null;
  return onEarth(within(one, IRAQ.lat) && within(other, IRAQ.lon) ? [other, one] : [one, other]);
}

const onEarth = ([lon, lat]) =>
  Number.isFinite(lon) && Number.isFinite(lat) && Math.abs(lon) <= 180 && Math.abs(lat) <= 85
    ? rounded([lon, lat])
    : null;

/** A position as it can be typed again: degrees, or metres in the UTM zone. */
export function written([lon, lat], system, zone) {
  if (system !== "utm") return `${lon.toFixed(9)}, ${lat.toFixed(9)}`;
  const { easting, northing } = utm([lon, lat], zone);
  return `${easting.toFixed(3)}, ${northing.toFixed(3)}`;
}
