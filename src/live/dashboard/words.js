// Every text of the page, in the chosen language, from words.json.
import { chosen } from "./choice.js";

let words = null;

/** Fetch the dictionary; before that no text can be shown. */
export async function loadWords() {
  const answer = await fetch("/assets/words.json");
  words = await answer.json();
}

export const haveWords = () => words !== null;

/** The text of `key`, with `{name}` replaced by `values.name`. */
export function t(key, values = {}) {
  const text = words[chosen("language")][key];
  if (text === undefined) throw new Error(`words.json has no ${key}`);
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

/** The text of `key` where there is one, else `otherwise`: for codes that a newer service may send. */
export function known(key, otherwise) {
  return key in words[chosen("language")] ? t(key) : otherwise;
}
