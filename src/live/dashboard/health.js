// Whether service, journal and candles are as they should be.
import { candleAge } from "./banners.js";
import { h, show } from "./dom.js";
import { fact } from "./guard.js";
import { count } from "./numbers.js";
import { main, factsOf, now, state } from "./state.js";
import { age, date, moment } from "./times.js";
import { known, t } from "./words.js";

/** Draw it. */
export function showHealth() {
  const { status } = state;
  const facts = factsOf(main());
  const serving = status.state === "serving";
  const badge = h("span", { class: serving ? "badge up" : "badge warn" }, known(`state_${status.state}`, status.state));
  show(
    "health",
    h("div", { class: "head" }, h("h2", {}, t("health")), badge),
    h(
      "dl",
      { class: "facts" },
      ...fact(t("health_age"), status.candle_age === null ? "–" : age(candleAge())),
      ...fact(t("health_journal"), status.journal.present ? t("rows", { n: count(status.journal.predictions) }) : t("journal_absent")),
      ...fact(t("health_newest"), status.journal.newest === null ? "–" : moment(status.journal.newest)),
      ...fact(t("health_running"), age(now() - status.started)),
      ...fact(t("health_proof"), facts === null ? "–" : known(`proof_${facts.proof}`, facts.proof)),
      ...fact(t("health_trained"), facts === null ? "–" : date(Date.parse(facts.trained_until) / 1000)),
    ),
    status.journal.sentence === null ? null : h("p", { class: "muted", lang: "en" }, status.journal.sentence),
  );
}
