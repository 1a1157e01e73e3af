// Each version's answers, and what they were worth.
import { h, show } from "./dom.js";
import { empty, heading } from "./empty.js";
import { change, count, percent, plain, signedPlain } from "./numbers.js";
import { factsOf, ordered, state } from "./state.js";
import { date } from "./times.js";
import { t } from "./words.js";

const COLUMNS = [
  ["version", ""],
  ["since", ""],
  ["n", "number"],
  ["skill", "number broad"],
  ["brier", "number"],
  ["calibration_error", "number"],
  ["base_rate", "number"],
  ["rises", "number"],
  ["silent", "number"],
  ["net", "number"],
  ["hold", "number"],
  ["trading", ""],
];

/** Draw it. */
export function showVersions() {
  const scored = state.scores?.versions ?? [];
  const names = ordered();
  const head = h("div", { class: "head" }, heading("versions", t("versions_note")));
  if (names.length === 0) {
    show("versions", head, empty("versions_empty", { command: "make live" }));
    return;
  }
  const rows = names.map((version, place) => row(version, place, scored.find((one) => one.version === version) ?? null));
  const titles = COLUMNS.map(([key, kind]) => h("th", { scope: "col", class: kind }, t(`column_${key}`)));
  show(
    "versions",
    head,
    h("div", { class: "scroll" }, h("table", { class: "cards" }, h("thead", {}, h("tr", {}, titles)), h("tbody", {}, rows))),
    h("p", { class: "note" }, t("versions_how", { cost: percent(state.scores?.cost ?? null, 2) })),
  );
}

function row(version, place, scores) {
  const facts = factsOf(version);
  const cells = {
    since: scores?.since ? date(scores.since) : "–",
    n: scores === null ? "0" : count(scores.scored),
    skill: skill(scores),
    brier: plain(scores?.brier ?? null),
    calibration_error: plain(scores?.calibration_error ?? null),
    base_rate: percent(scores?.base_rate ?? null),
    rises: scores === null ? "–" : count(scores.rises),
    silent: scores === null ? "–" : `${count(scores.abstained)} / ${count(scores.missed)}`,
    net: money(scores?.equity),
    hold: money(scores?.hold),
    trading: ready(facts),
  };
  const name = h(
    "th",
    { scope: "row" },
    h("span", {}, swatch(place), version, " "),
    h("span", { class: facts?.step === "live" ? "badge accent" : "badge" }, facts === null ? t("not_running") : (facts.step ?? t("no_step"))),
  );
  const others = COLUMNS.slice(1).map(([key, kind]) => h("td", { class: kind, "data-label": t(`column_${key}`) }, h("span", {}, cells[key])));
  return h("tr", {}, name, others);
}

function skill(scores) {
  if (scores === null || scores.skill === null) return h("span", { class: "muted" }, t("too_few"));
  const error = scores.skill_se === null ? h("span", { class: "muted" }, ` ± ${t("se_later")}`) : ` ± ${plain(scores.skill_se)}`;
  return [signedPlain(scores.skill), error];
}

function money(curve) {
  if (!curve?.length) return "–";
  const made = curve.at(-1)[1] - 1;
  return h("span", { class: made < 0 ? "down" : made > 0 ? "up" : "muted" }, change(made));
}

function ready(facts) {
  if (facts === null) return "–";
  return h("span", { class: facts.trading_ready ? "badge up" : "badge warn", title: facts.trading_reason }, t(facts.trading_ready ? "yes" : "no"));
}

/** The colour of a version. */
export const swatch = (place) => h("span", { class: `swatch ink-${place === "hold" ? place : place % 4}` });
