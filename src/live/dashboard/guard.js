// What the window guard said of the newest candle.
import { h, show } from "./dom.js";
import { state } from "./state.js";
import { moment } from "./times.js";
import { known, t } from "./words.js";

/** Draw it. */
export function showGuard() {
  const { guard } = state.status;
  const head = (badge) => h("div", { class: "head" }, h("h2", {}, t("guard")), badge);
  if (guard === null) {
    show("guard", head(h("span", { class: "badge" }, t("guard_none"))), h("p", { class: "muted" }, t("guard_none_note")));
    return;
  }
  const passes = guard.reason === null;
  const badge = h("span", { class: passes ? "badge up" : "badge warn" }, t(passes ? "guard_passes" : "guard_abstains"));
  const sentence = guard.sentence === null ? null : h("p", { lang: "en", class: "muted" }, guard.sentence);
  show(
    "guard",
    head(badge),
    h("p", {}, passes ? t("guard_passes_note") : known(`reason_${guard.reason}`, guard.reason)),
    sentence,
    h(
      "dl",
      { class: "facts" },
      ...fact(t("guard_candle"), moment(guard.opened)),
      ...fact(t("guard_outside"), guard.outside.length ? guard.outside.join(", ") : t("none")),
      ...fact(t("guard_holes"), String(guard.older_holes)),
    ),
  );
}

/** A term and what holds for it. */
export const fact = (term, value) => [h("dt", {}, term), h("dd", {}, value)];
