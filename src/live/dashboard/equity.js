// What following each version would have made after costs, and holding beside it.
import { draw, timeAxis, valueAxis } from "./chart.js";
import { h, show } from "./dom.js";
import { empty, heading } from "./empty.js";
import { ink, versionInk } from "./palette.js";
import { change, percent } from "./numbers.js";
import { ordered, state } from "./state.js";
import { swatch } from "./versions.js";
import { t } from "./words.js";

/** Draw it. */
export function showEquity() {
  const scores = state.scores?.versions.filter((one) => one.equity.length > 1) ?? [];
  const head = h("div", { class: "head" }, heading("equity", t("equity_note", { cost: percent(state.scores?.cost ?? null, 2) })));
  if (scores.length === 0) {
    show("equity", head, empty("equity_empty"));
    return;
  }
  const names = ordered().filter((name) => scores.some((one) => one.version === name));
  const of = (name) => scores.find((one) => one.version === name);
  // The longest holding: that of the version that answered first.
  const hold = scores.reduce((longest, one) => (one.hold[0][0] < longest[0][0] ? one.hold : longest), scores[0].hold);
  const curves = [...names.map((name) => of(name).equity), hold];
  const place = document.getElementById("equity-chart") ?? h("div", { id: "equity-chart", class: "chart", role: "img", "data-high": 240, "data-low": 190 });
  place.setAttribute("aria-label", t("equity_label"));
  const legend = [...names.map((name, i) => item(ordered().indexOf(name), name, of(name).equity)), item("hold", t("hold"), hold)];
  show("equity", head, h("ul", { class: "legend" }, legend), place);
  const data = uPlot.join(curves.map((curve) => [curve.map(([moment]) => moment), curve.map(([, value]) => value - 1)]));
  const chart = draw(place, `equity ${names.join(" ")}`, data, () => ({
    padding: [8, 0, 0, 24],
    scales: { x: { time: true }, y: { range: (_, low, high) => padded(low, high) } },
    axes: [timeAxis(), valueAxis("y", (value, step) => change(value, step < 0.0099 ? 1 : 0), { space: 34 })],
    cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
    series: [
      {},
      ...names.map((name) => ({ stroke: versionInk(ordered().indexOf(name)), width: 1.8, points: { show: false }, spanGaps: true })),
      { stroke: ink("muted"), width: 1.4, dash: [5, 4], points: { show: false }, spanGaps: true },
    ],
  }));
  chart.setScale("x", { min: data[0][0], max: data[0].at(-1) });
}

const item = (place, name, curve) => h("li", {}, swatch(place), `${name} ${change(curve.at(-1)[1] - 1)}`);

function padded(low, high) {
  const [from, to] = [Math.min(low ?? 0, 0), Math.max(high ?? 0, 0)];
  const room = (to - from || 0.01) * 0.08;
  return [from - room, to + room];
}
