// How much of the past the charts show.
import { h } from "./dom.js";
import { state } from "./state.js";
import { length } from "./times.js";
import { t } from "./words.js";

// In candles, so that it fits every timeframe.
export const SPANS = [24, 72, 168, 480];
let candles = 72;
let zoomed = false;

export const isZoomed = () => zoomed;
/** Remember that the reader chose a part with the mouse. */
export const zoom = (value) => (zoomed = value);

/** The limits of the time axis, with half a candle at both ends. */
export function limits() {
  const newest = state.candles.at(-1)?.[0] ?? state.rows.at(-1).opened;
  const oldest = state.candles[0]?.[0] ?? state.rows[0].opened;
  const { timeframe } = state.status;
  const from = Math.max(newest - (candles - 1) * timeframe, oldest);
  return { min: from - 0.7 * timeframe, max: Math.max(newest, from + 5 * timeframe) + 0.7 * timeframe };
}

/** The buttons. */
export function spanSwitch(onChange) {
  const button = (count) =>
    h(
      "button",
      { type: "button", "aria-pressed": String(count === candles), onclick: () => ((candles = count), (zoomed = false), onChange()) },
      length(count * state.status.timeframe),
    );
  return h("div", { class: "switch", role: "group", "aria-label": t("choose_span") }, SPANS.map(button));
}
