// Why the newest probability is what it is: by how much each feature moves it away from the mean of the week before.
import { h, show } from "./dom.js";
import { empty, heading } from "./empty.js";
import { change, percent, plain } from "./numbers.js";
import { state } from "./state.js";
import { moment } from "./times.js";
import { t } from "./words.js";

// Of the effects; the smaller ones stand in one line together.
const MOST = 12;

/** Draw it. */
export function showWhy() {
  const { explanation, sentence } = state.why;
  const head = (...more) => h("div", { class: "head" }, heading("why", t("why_note")), ...more);
  if (explanation === null) {
    show("why", head(), empty("why_empty"), sentence === null ? null : h("p", { lang: "en", class: "muted" }, sentence));
    return;
  }
  const { version, opened, probability, usual, contributions } = explanation;
  const largest = Math.max(...contributions.map((one) => Math.abs(one.probability)), 1e-9);
  const told = t("why_sum", { usual: percent(usual), probability: percent(probability) });
  show(
    "why",
    head(h("small", { class: "muted" }, `${version} · ${moment(Date.parse(opened) / 1000)}`)),
    h("p", {}, told),
    h("div", { class: "scroll" }, h("table", { class: "contributions" }, columns(), h("tbody", {}, shown(contributions).map((one) => row(one, largest))))),
  );
}

function shown(contributions) {
  const others = contributions.slice(MOST);
  if (others.length < 2) return contributions;
  const together = others.reduce((sum, one) => sum + one.probability, 0);
  return [...contributions.slice(0, MOST), { feature: t("why_others", { count: others.length }), value: null, usual: null, probability: together }];
}

function columns() {
  const names = ["why_feature", "why_value", "why_usual", "why_effect"].map((name) => t(name));
  return h("thead", {}, h("tr", {}, names.map((name) => h("th", { scope: "col" }, name)), h("th", { "aria-hidden": "true" })));
}

function row({ feature, value, usual, probability }, largest) {
  const side = probability < 0 ? "down" : "up";
  const bar = h("meter", { class: side, min: 0, max: 1, value: Math.abs(probability) / largest, "aria-hidden": "true" });
  return h("tr", {}, h("th", { scope: "row" }, feature), h("td", {}, figure(value)), h("td", {}, figure(usual)), h("td", {}, change(probability)), h("td", { class: "effect" }, bar));
}

const figure = (value) => value === null ? "" : plain(value, Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 1 ? 2 : 4);
