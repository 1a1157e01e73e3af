// Moments as text, in UTC or the reader's own zone.
import { chosen } from "./choice.js";
import { t } from "./words.js";

const made = new Map();

function format(options, name = chosen("zone")) {
  const language = chosen("language") === "ja" ? "ja-JP" : "en-GB";
  const zone = name === "utc" ? "UTC" : undefined;
  const key = JSON.stringify([language, zone, options]);
  if (!made.has(key)) made.set(key, new Intl.DateTimeFormat(language, { timeZone: zone, hourCycle: "h23", ...options }));
  return made.get(key);
}

const text = (seconds, options, name) => format(options, name).format(new Date(seconds * 1000));

/** As 14:00. */
export const hour = (seconds) => text(seconds, { hour: "2-digit", minute: "2-digit" });
/** As 16 Oct. */
export const day = (seconds) => text(seconds, { month: "short", day: "numeric" });
/** As 16 Oct 2019. */
export const date = (seconds) => text(seconds, { year: "numeric", month: "short", day: "numeric" });
/** As 16 Oct, 14:00. */
export const moment = (seconds) => `${day(seconds)} ${hour(seconds)}`;

/** As UTC, or GMT+9. */
export function zone(name = chosen("zone")) {
  const parts = format({ timeZoneName: "short" }, name).formatToParts(new Date());
  return parts.find((part) => part.type === "timeZoneName").value;
}

/** The same moment in the zone that was not chosen, as 18:00 GMT+9. */
export function elsewhere(seconds) {
  const other = chosen("zone") === "utc" ? "local" : "utc";
  return t("in_other_zone", { at: text(seconds, { hour: "2-digit", minute: "2-digit" }, other), zone: zone(other) });
}

/** The date that uPlot sets its ticks by. */
export function chartDate(seconds) {
  const moment = new Date(seconds * 1000);
  return chosen("zone") === "utc" ? uPlot.tzDate(moment, "Etc/UTC") : moment;
}

/** The length of candles, as 1h, 15m or 1d. */
export function length(seconds) {
  const [unit, size] = [["d", 86400], ["h", 3600], ["m", 60]].find(([, size]) => seconds % size === 0) ?? ["s", 1];
  return `${seconds / size}${unit}`;
}

/** As 4:07 or 1:04:07. */
export function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (value) => String(value).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/** As 42 s, 7 min, 3 h or 2 d. */
export function age(seconds) {
  if (seconds < 90) return t("age_s", { n: Math.round(seconds) });
  if (seconds < 5400) return t("age_min", { n: Math.round(seconds / 60) });
  return seconds < 172800 ? t("age_h", { n: Math.round(seconds / 3600) }) : t("age_d", { n: Math.round(seconds / 86400) });
}
