// What stands between a gesture and the server, and what can be done about it: the line that says whether all is saved,
// and the dialogs where somebody has to decide.

import { value as formatted } from "../gis_layers/map/format.js";
import { say, words } from "./words.js";

const SHAPES = { saved: "check", sending: "sending", waiting: "waiting", signedOut: "person", stale: "warning", refused: "stop" };

/** The line that always tells the truth about what is saved. */
export class StateLine {
  constructor(element, { onRetry, onDecide, signIn, isKept }) {
    Object.assign(this, { element, signIn, isKept });
    this.text = element.querySelector("[data-state=text]");
    this.icon = element.querySelector("[data-state=icon]");
    this.action = element.querySelector("[data-state=action]");
    this.link = element.querySelector("[data-state=sign-in]");
    this.action.addEventListener("click", () => (this.decides ? onDecide() : onRetry()));
  }

  show({ state, waiting }) {
    const n = waiting.length;
    this.element.dataset.is = state;
    this.text.textContent = say(n || state === "saved" ? `state_${state}` : "state_saved", { n }) + (this.isKept ? "" : ` ${words.notKept}`);
    this.icon.replaceChildren(document.getElementById(`icon-${SHAPES[state]}`).content.cloneNode(true));
    this.decides = state === "stale" || state === "refused";
    this.action.hidden = state === "saved" || state === "sending";
    this.action.textContent = this.decides ? words.decide : words.sendNow;
    this.link.hidden = state !== "signedOut";
  }
}

const described = (schema) =>
  schema.map((attribute) => ({
    ...attribute,
    choices: Object.fromEntries(attribute.choices.map(({ value, label }) => [value, label])),
  }));

/** Somebody else changed it between: theirs and mine beside each other. Resolves to "theirs", "mine" or null. */
export function askWhose(dialog, { sentences, pairs, schema, dependants }) {
  dialog.querySelector("[data-stale=why]").replaceChildren(...sentences.map(paragraph));
  dialog.querySelector("[data-stale=more]").textContent = dependants ? say("alsoDropped", { n: dependants }) : "";
  const isGone = pairs.some(({ theirs }) => !theirs);
  dialog.querySelector("[value=mine]").hidden = isGone;
  dialog.querySelector("[data-stale=gone]").hidden = !isGone;
  const body = dialog.querySelector("tbody");
  body.replaceChildren();
  for (const { mine, theirs } of pairs) {
    const rows = described(schema)
      .map((attribute) => [
        attribute.title,
        theirs ? (formatted(theirs.properties[attribute.name], attribute) ?? words.nothing) : words.edits.delete,
        mine ? (formatted(mine.properties[attribute.name], attribute) ?? words.nothing) : words.edits.delete,
      ])
      .filter(([, one, other]) => one !== other);
    const isReshaped = theirs && mine && JSON.stringify(theirs.geometry) !== JSON.stringify(mine.geometry);
    if (isReshaped) rows.push([words.shape, words.theirShape, words.myShape]);
    for (const [title, one, other] of rows) {
      const row = body.insertRow();
      row.append(Object.assign(document.createElement("th"), { scope: "row", textContent: title }));
      row.insertCell().textContent = one;
      row.insertCell().textContent = other;
    }
  }
  return choice(dialog);
}

/** The server will not take it. Resolves to "back" or null. */
export function askBack(dialog, { sentences, dependants }) {
  dialog.querySelector("[data-refused=why]").replaceChildren(...sentences.map(paragraph));
  dialog.querySelector("[data-refused=more]").textContent = dependants ? say("alsoDropped", { n: dependants }) : "";
  return choice(dialog);
}

/** Opens a dialog; resolves to the value of the button that closed it, or null. */
export function choice(dialog) {
  return new Promise((resolve) => {
    dialog.returnValue = "";
    dialog.addEventListener("close", () => resolve(dialog.returnValue || null), { once: true });
    if (!dialog.open) dialog.showModal();
  });
}

const paragraph = (text) => Object.assign(document.createElement("p"), { textContent: text });

/** Every sentence of a refusal, whatever its shape. */
export const sentencesOf = ({ message, fields }) => {
  const told = Object.values(fields ?? {}).flat().filter((text) => typeof text === "string");
  return told.length ? [...new Set(told)] : [message];
};
