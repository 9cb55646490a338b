// What people write into an attribute, checked against the layer's schema.

import { parseNumber, western } from "./coordinates.js";

const WHOLE = 9_007_199_254_740_991;

/**
 * {value} or {error: name of the sentence}; an empty text is null.
 * attribute: {type, required, choices: [{value, label}]}
 */
export function read(text, { type, required, choices }) {
  const written = text.trim();
  if (!written) return required ? { error: "required" } : { value: null };
  if (choices.length && !choices.some(({ value }) => String(value) === written)) return { error: "notAChoice" };
  switch (type) {
    case "integer": {
      const number = parseNumber(written);
      return Number.isInteger(number) && Math.abs(number) <= WHOLE ? { value: number } : { error: "notWhole" };
    }
    case "number": {
      const number = parseNumber(written);
      return number === null ? { error: "notANumber" } : { value: number };
    }
    case "boolean":
      return ["true", "false"].includes(written) ? { value: written === "true" } : { error: "notAChoice" };
    case "date":
      return isDay(western(written)) ? { value: western(written) } : { error: "notADate" };
    case "datetime":
      return isMoment(western(written)) ? { value: western(written) } : { error: "notADate" };
    default:
      return { value: text };
  }
}

/** Day and month as the calendar has them: 2024-02-30 is none. */
function isDay(text) {
  const date = new Date(`${text}T00:00:00Z`);
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

const isMoment = (text) => isDay(text.slice(0, 10)) && !Number.isNaN(new Date(text).getTime());
