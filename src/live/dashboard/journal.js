// The newest rows of the journal, newest first.
import { h, show } from "./dom.js";
import { empty, heading } from "./empty.js";
import { decisionBadge } from "./now.js";
import { change, percent } from "./numbers.js";
import { ordered, state } from "./state.js";
import { hour, moment, zone } from "./times.js";
import { swatch } from "./versions.js";
import { known, t } from "./words.js";

const ROWS = 60;
const COLUMNS = [
  ["candle", ""],
  ["version", ""],
  ["probability", "number"],
  ["decision", ""],
  ["outcome", ""],
  ["return", "number"],
  ["stake", "number"],
  ["age", "number"],
  ["why", "told"],
];

/** Draw it. */
export function showJournal() {
  const head = h("div", { class: "head" }, heading("journal", t("journal_note", { zone: zone() })));
  if (state.rows.length === 0) {
    show("journal", head, empty("journal_empty", { command: "make live" }));
    return;
  }
  const scrolled = document.querySelector(".journal-scroll")?.scrollTop ?? 0;
  const names = ordered();
  const rows = state.rows.slice(-ROWS).reverse().map((one) => row(one, names.indexOf(one.version)));
  const titles = COLUMNS.map(([key, kind]) => h("th", { scope: "col", class: kind }, t(`column_${key}`)));
  const table = h("table", { class: "cards" }, h("thead", {}, h("tr", {}, titles)), h("tbody", {}, rows));
  // A region that scrolls must be reachable by keyboard.
  const region = h("div", { class: "scroll journal-scroll", tabindex: "0", role: "region", "aria-label": t("journal") }, table);
  show("journal", head, region);
  region.scrollTop = scrolled;
}

function row(one, place) {
  const cells = {
    version: [swatch(place), one.version],
    probability: percent(one.probability),
    decision: decisionBadge(one.decision),
    outcome: outcome(one.outcome),
    return: h("span", { class: one.return === null ? "muted" : one.return < 0 ? "down" : "up" }, change(one.return, 2)),
    stake: percent(one.share, 0),
    age: one.age === null ? "–" : `${one.age.toFixed(1)} s`,
    why: why(one),
  };
  const candle = h("th", { scope: "row" }, `${moment(one.opened)}–${hour(one.closed)}`);
  return h(
    "tr",
    {},
    candle,
    COLUMNS.slice(1).map(([key, kind]) => h("td", { class: cells[key] === "" ? `${kind} blank` : kind, "data-label": t(`column_${key}`) }, h("span", {}, cells[key]))),
  );
}

function outcome(value) {
  if (value === null) return h("span", { class: "muted" }, t("outcome_unknown"));
  return value === 1 ? h("span", { class: "up" }, `● ${t("outcome_rise")}`) : h("span", { class: "muted" }, `○ ${t("outcome_none")}`);
}

function why(one) {
  if (one.reason === null && one.decision !== "missed") return one.outside.length ? `${t("guard_outside")}: ${one.outside.join(", ")}` : "";
  return [known(`reason_${one.reason ?? one.decision}`, one.reason), one.sentence === null ? null : h("span", { class: "muted", lang: "en" }, ` ${one.sentence}`)].filter(Boolean);
}
