// Figures as text; what is not known is a dash.
import { chosen } from "./choice.js";

const DASH = "–";
const language = () => (chosen("language") === "ja" ? "ja-JP" : "en-GB");
const signed = (value, text) => (value === 0 ? text : value < 0 ? `−${text}` : `+${text}`);

/** As 31.4 %. */
export const percent = (value, digits = 1) => (value === null ? DASH : `${(value * 100).toFixed(digits)} %`.replace("-", "−"));
/** As +3.1 % or −0.4 %. */
export const change = (value, digits = 1) =>
  value === null ? DASH : signed(value, `${Math.abs(value * 100).toFixed(digits)} %`);
/** As 0.162. */
export const plain = (value, digits = 3) => (value === null ? DASH : value.toFixed(digits).replace("-", "−"));
/** As +0.031. */
export const signedPlain = (value, digits = 3) => (value === null ? DASH : signed(value, Math.abs(value).toFixed(digits)));
/** As 10,120,000 or 8,021.5: with the digits that prices of this size have. */
export const price = (value) =>
  value.toLocaleString(language(), { minimumFractionDigits: digitsOf(value), maximumFractionDigits: digitsOf(value) });
/** A price beside an axis whose ticks are `step` apart. */
export const tick = (value, step) => {
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  return value.toLocaleString(language(), { minimumFractionDigits: digits, maximumFractionDigits: digits });
};
/** As 12,345. */
export const count = (value) => value.toLocaleString(language());

const digitsOf = (value) => (value >= 100000 ? 0 : value >= 100 ? 1 : value >= 1 ? 3 : 6);
