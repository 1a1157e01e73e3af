// Whose market, whether the page is connected, how long until the next close, and the switches.
import { choose, chosen, OPTIONS } from "./choice.js";
import { h, show } from "./dom.js";
import { now, state } from "./state.js";
import { clock, hour, length, zone } from "./times.js";
import { t } from "./words.js";

/** Draw it. */
export function showHeader() {
  document.querySelector("[data-word=skip]").textContent = t("skip");
  for (const group of document.querySelectorAll("[data-choice]")) switches(group);
  const status = state.status;
  if (status !== null) {
    document.title = `${status.symbol} · btc-ensemble`;
    document.getElementById("symbol").textContent = status.symbol;
    document.getElementById("market").textContent = `${status.exchange} · ${t("candles_of", { length: length(status.timeframe) })}`;
  }
  show("pulse", ...pulse());
  show("foot", `${t("zone_note", { zone: zone() })} ${t("not_advice")}`);
  tick();
}

/** The seconds, once a second. */
export function tick() {
  const place = document.getElementById("countdown");
  if (place === null) return;
  const { timeframe } = state.status;
  const close = (Math.floor(now() / timeframe) + 1) * timeframe;
  place.textContent = t("next_close", { at: hour(close), left: clock(close - now()) });
}

function pulse() {
  if (state.connected === null) return [];
  const dot = h("span", { class: state.connected ? "dot up beating" : "dot warn" });
  return [dot, t(state.connected ? "connected" : "reconnecting"), " · ", h("span", { id: "countdown", "aria-live": "off" })];
}

function switches(group) {
  const name = group.dataset.choice;
  group.setAttribute("aria-label", t(`choose_${name}`));
  if (group.childElementCount === 0) {
    group.append(...OPTIONS[name].map((value) => h("button", { type: "button", "data-value": value, onclick: () => choose(name, value) })));
  }
  for (const button of group.children) {
    button.textContent = t(`${name}_${button.dataset.value}`);
    button.setAttribute("aria-pressed", chosen(name) === button.dataset.value);
  }
}
