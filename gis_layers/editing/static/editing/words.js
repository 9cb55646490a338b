// The page's sentences in the reader's language, as Django gives them.

import { pageData } from "muni/app";

export const words = pageData("editor-words");

/** say("nChanges", {n: 3}): the sentence with its {places} filled; with n the form that the language wants for it. */
export function say(name, values = {}) {
  const text = typeof words[name] === "string" ? words[name] : words[name][form(values.n)];
  return text.replace(/\{(\w+)\}/g, (_, place) => values[place] ?? "");
}

const rules = new Intl.PluralRules(document.documentElement.lang);
const form = (n) => words.forms.indexOf(rules.select(n));
