// The figures of the candle under the cursor, or of the newest one.
import { h, show } from "./dom.js";
import { decisionBadge } from "./now.js";
import { change, percent, plain, price } from "./numbers.js";
import { main, state } from "./state.js";
import { elsewhere, hour, moment, zone } from "./times.js";
import { t } from "./words.js";

/** Write them; `place` is an index of `times`, or null. */
export function readout(place, times) {
  const opened = times[place ?? times.length - 1];
  const candle = state.candles.find((one) => one[0] === opened);
  const row = state.rows.find((one) => one.opened === opened && one.version === main());
  const parts = [h("b", {}, `${moment(opened)}–${hour(opened + state.status.timeframe)} ${zone()}`), h("span", { class: "muted" }, elsewhere(opened))];
  if (candle) {
    const [, open, high, low, close, volume] = candle;
    const made = close / open - 1;
    const figures = [["O", open], ["H", high], ["L", low], ["C", close]];
    parts.push(...figures.map(([name, value]) => part(name, price(value))), h("span", { class: made < 0 ? "down" : "up" }, change(made, 2)));
    parts.push(part(t("volume"), plain(volume, volume >= 100 ? 0 : 2)));
  } else parts.push(h("span", { class: "muted" }, t("no_candle")));
  if (row) {
    parts.push(part(t("probability"), percent(row.probability)), decisionBadge(row.decision));
    if (row.position !== null) parts.push(part(t("position"), percent(row.position)));
    if (row.outcome !== null) parts.push(part(t("then"), change(row.return, 2)));
  }
  show("readout", ...parts);
}

const part = (name, value) => h("span", {}, h("span", { class: "muted" }, name), value);
