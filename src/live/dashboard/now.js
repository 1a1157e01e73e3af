// The newest answer: of the version with the first claim on the stake, and beside it of the others.
import { h, show } from "./dom.js";
import { percent } from "./numbers.js";
import { factsOf, main, newestRow, ordered, state } from "./state.js";
import { hour, length, moment } from "./times.js";
import { known, t } from "./words.js";

/** Draw it. */
export function showNow() {
  const version = main();
  const row = version === null ? null : newestRow(version);
  const facts = version === null ? null : factsOf(version);
  document.getElementById("now").setAttribute("aria-label", t("now"));
  show("now", h("dl", { class: "tiles" }, probability(row, facts), decision(row, facts), stake(row, facts), ...volatility(row, facts), trading(facts), ...others()));
}

function probability(row, facts) {
  const target = facts === null ? "" : t("target", { threshold: percent(facts.target_threshold, 1), length: length(facts.target_horizon * state.status.timeframe) });
  const told = row === null ? t("no_answer_yet") : t("answered_for", { opened: moment(row.opened), closed: hour(row.closed) });
  return tile("big", t("probability_rise"), h("b", {}, percent(row?.probability ?? null)), [target, h("br"), told]);
}

function decision(row, facts) {
  const code = row?.decision ?? null;
  const threshold = facts === null ? null : t("threshold_is", { threshold: percent(facts.decision_threshold, 0) });
  const why = row?.reason ? known(`reason_${row.reason}`, row.reason) : threshold;
  return tile("", t("decision"), code === null ? "–" : decisionBadge(code), why);
}

/** A decision in words and its colour. */
export function decisionBadge(code) {
  const colour = { rise: "up", abstain: "warn", missed: "down" }[code] ?? "";
  return h("span", { class: `badge ${colour}` }, known(`decision_${code}`, code));
}

function stake(row, facts) {
  const share = state.status.halted ? 0 : (row?.share ?? facts?.share ?? null);
  const step = facts === null ? null : `${facts.version} · ${facts.step ?? t("no_step")}`;
  return tile("", t("stake"), percent(share, 0), state.status.halted ? t("halted_stake") : step);
}

function volatility(row, facts) {
  // Versions without two heads forecast none.
  if (facts === null || row === null || row.volatility === null) return [];
  const told = t("position_is", { position: percent(row.position) });
  return [tile("", t("volatility", { length: length(state.status.timeframe) }), percent(row.volatility, 2), told)];
}

function trading(facts) {
  if (facts === null) return tile("", t("trading"), "–", t("no_version"));
  const word = facts.trading_ready ? t("trading_ready") : t("trading_not_ready");
  const badge = h("span", { class: facts.trading_ready ? "badge up" : "badge warn" }, word);
  return tile("", t("trading"), badge, h("span", { lang: "en" }, facts.trading_reason));
}

function others() {
  return ordered()
    .slice(1)
    .map((version) => [version, newestRow(version), factsOf(version)])
    .filter(([, , facts]) => facts !== null)
    .map(([version, row, facts]) =>
      tile("", `${version} · ${facts.step ?? t("no_step")}`, percent(row?.probability ?? null), [row === null ? t("no_answer_yet") : decisionBadge(row.decision)]),
    );
}

function tile(kind, title, value, told) {
  return h("div", { class: `tile ${kind}` }, h("dt", {}, title), h("dd", {}, value, told === null ? null : h("small", {}, told)));
}
