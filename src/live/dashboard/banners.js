// What must not be overlooked: a halt, an old candle, a service that does not answer.
import { h, show } from "./dom.js";
import { now, state } from "./state.js";
import { age, moment } from "./times.js";
import { t } from "./words.js";

// An exchange lists a candle seconds after its close; `make live` scores it at once.
const LATE_SECONDS = 180;

/** Draw them; `failure` is why the last reading failed, or null. */
export function showBanners(failure) {
  const { status } = state;
  const banners = [];
  if (failure !== null) banners.push(banner("warn", t("not_read"), failure));
  if (status?.halted) {
    const since = t("halted_since", { since: moment(status.halted.since) });
    banners.push(banner("down", t("halted"), `${status.halted.why} · ${since} `, h("code", {}, "make resume")));
  }
  if (status?.state === "draining") banners.push(banner("warn", t("draining"), t("draining_note")));
  const late = status && status.candle_age !== null && candleAge() > status.timeframe + LATE_SECONDS;
  if (late) banners.push(banner("warn", t("late"), t("late_note", { age: age(candleAge()) })));
  show("banners", ...banners);
}

/** Seconds since the newest scored candle closed, now. */
export const candleAge = () => state.status.candle_age + now() - state.status.now;

function banner(kind, title, ...text) {
  return h("div", { class: `banner ${kind}`, role: "alert" }, h("strong", { class: kind }, title), h("span", {}, ...text));
}
