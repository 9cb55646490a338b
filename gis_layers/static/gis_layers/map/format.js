// Values as an Iraqi office writes them: Western digits, grouped thousands, Iraqi month names.

export const words = JSON.parse(document.getElementById("map-words").textContent);
const language = document.documentElement.lang;
const day = new Intl.DateTimeFormat(language === "ar" ? "ar-IQ-u-nu-latn" : "en-GB", { dateStyle: "long" });
const moment = new Intl.DateTimeFormat(language === "ar" ? "ar-IQ-u-nu-latn" : "en-GB", {
  dateStyle: "long",
  timeStyle: "short",
  hour12: false,
  timeZone: "Asia/Baghdad",
});

export const number = (value, digits = 2) =>
  new Intl.NumberFormat("en-US", { maximumFractionDigits: digits }).format(value);

export const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

/** Length in metres or kilometres. */
export function length(metres) {
  if (metres < 1000) return `${number(metres, metres < 100 ? 1 : 0)} ${words.metres}`;
  return `${number(metres / 1000, metres < 1e5 ? 2 : 0)} ${words.kilometres}`;
}

/** Area in m² or km². */
export function surface(m2) {
  if (m2 < 1e6) return `${number(m2, m2 < 1000 ? 1 : 0)} ${words.squareMetres}`;
  return `${number(m2 / 1e6)} ${words.squareKilometres}`;
}

/**
 * A value of an attribute as text, or null where nothing is recorded.
 * attribute: {type, unit, choices} as the page describes it.
 */
export function value(raw, attribute) {
  if (raw === null || raw === undefined || raw === "") return null;
  if (Object.hasOwn(attribute.choices, raw)) return attribute.choices[raw];
  const unit = attribute.unit ? ` ${attribute.unit}` : "";
  switch (attribute.type) {
    case "boolean":
      return raw === true || raw === "true" ? words.yes : words.no;
    case "integer":
    case "number":
      return Number.isFinite(Number(raw)) ? number(Number(raw), 3) + unit : String(raw);
    case "date": {
      const date = new Date(`${raw}T12:00:00Z`);
      return Number.isNaN(date.getTime()) ? String(raw) : day.format(date);
    }
    case "datetime": {
      const date = new Date(raw);
      return Number.isNaN(date.getTime()) ? String(raw) : moment.format(date);
    }
    default:
      return String(raw) + unit;
  }
}
