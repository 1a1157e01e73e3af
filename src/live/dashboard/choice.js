// What the reader chose, kept by this browser alone.

const DEFAULTS = {
  language: () => (navigator.languages.some((one) => one.startsWith("ja")) && !navigator.languages[0].startsWith("en") ? "ja" : "en"),
  zone: () => "utc",
  theme: () => "system",
};
const heard = [];

export const OPTIONS = { language: ["en", "ja"], zone: ["utc", "local"], theme: ["system", "light", "dark"] };

/** What is chosen for `name`: `language`, `zone` or `theme`. */
export function chosen(name) {
  const kept = stored(name);
  return OPTIONS[name].includes(kept) ? kept : DEFAULTS[name]();
}

/** Choose, keep it, and tell whoever listens. */
export function choose(name, value) {
  try {
    localStorage.setItem(name, value);
  } catch {
    // It holds until the page is closed.
  }
  current[name] = value;
  apply();
  heard.forEach((tell) => tell());
}

/** Call `tell` after every choice, and when the system turns dark or light. */
export function onChoice(tell) {
  heard.push(tell);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", tell);
}

const current = {};

function stored(name) {
  if (name in current) return current[name];
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

/** Put language and theme on the document. */
export function apply() {
  const root = document.documentElement;
  root.lang = chosen("language");
  if (chosen("theme") === "system") delete root.dataset.theme;
  else root.dataset.theme = chosen("theme");
}
