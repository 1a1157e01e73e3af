// What stands where figures are still missing: what will appear here, and what brings it.
import { h } from "./dom.js";
import { t } from "./words.js";

/** A note; with a command where one starts it. */
export function empty(key, { command = null, tall = false } = {}) {
  return h(
    "div",
    { class: tall ? "empty tall" : "empty" },
    h("p", {}, t(key)),
    command === null ? null : h("p", { class: "command" }, t("start_with"), " ", h("code", {}, command)),
  );
}

/** A panel's heading, with a note beside it. */
export const heading = (key, note = null) => h("h2", {}, t(key), note === null ? null : h("small", {}, note));
