// Candles with the probability beneath, one time axis, one cursor; the figures under the cursor stand above.
import { drawCandles, drawDecisions, drawOutcomes, drawSilence } from "./candlesticks.js";
import { bareTimeAxis, draw, tag, timeAxis, valueAxis } from "./chart.js";
import { h, show } from "./dom.js";
import { empty, heading } from "./empty.js";
import { ink, versionInk } from "./palette.js";
import { percent, price, tick } from "./numbers.js";
import { readout } from "./readout.js";
import { isZoomed, limits, spanSwitch, zoom } from "./span.js";
import { factsOf, main, ordered, state } from "./state.js";
import { swatch } from "./versions.js";
import { t } from "./words.js";

const SYNC = "prices";
let charts = [];

/** Draw them. */
export function showPrices() {
  if (state.candles.length === 0 && state.rows.length === 0) {
    const command = "make live";
    show("prices", h("div", { class: "head" }, heading("prices")), empty("prices_empty", { command, tall: true }));
    return;
  }
  const { top, below } = places();
  const times = [...new Set([...state.candles.map((one) => one[0]), ...state.rows.map((row) => row.opened)])].sort((a, b) => a - b);
  charts = [drawPrices(top, times), drawProbabilities(below, times)];
  if (!isZoomed()) charts.forEach((chart) => chart.setScale("x", limits()));
  readout(charts[0].cursor.idx ?? null, times);
}

// The places stay, so that a chart is not made anew for each candle.
function places() {
  let top = document.getElementById("price-chart");
  if (top === null) {
    top = h("div", { id: "price-chart", class: "chart", "data-high": 330, "data-low": 240, tabindex: "0", role: "group", onkeydown: move, onfocus: speak, onblur: speak });
    const below = h("div", { id: "probability-chart", class: "chart", "data-high": 190, "data-low": 150 });
    const title = h("p", { class: "chart-title", id: "probability-title" });
    const line = h("p", { class: "readout", id: "readout" });
    show("prices", h("div", { class: "head", id: "prices-head" }), line, top, title, below);
  }
  top.setAttribute("aria-label", t("prices_label"));
  show("prices-head", heading("prices", t("prices_note")), spanSwitch(showPrices));
  const lines = ordered().map((version, place) => h("span", {}, swatch(place), version, "  "));
  show("probability-title", t("probability_note"), "  ", ...lines);
  return { top, below: document.getElementById("probability-chart") };
}

// Read aloud for whoever moves the cursor by keyboard; a mouse would make it chatter.
function speak(event) {
  document.getElementById("readout").setAttribute("aria-live", event.type === "focus" ? "polite" : "off");
}

function drawPrices(place, times) {
  const by = new Map(state.candles.map((candle) => [candle[0], candle]));
  const column = (index) => times.map((time) => by.get(time)?.[index] ?? null);
  const data = [times, ...[1, 2, 3, 4, 5].map(column)];
  return draw(place, "prices", data, () => ({
    ...shared(times),
    scales: { x: { time: true }, y: { range: priceRange } },
    axes: [bareTimeAxis(), valueAxis("y", tick)],
    series: [{}, ...Array.from({ length: 4 }, () => ({ scale: "y", paths: () => null, points: { show: false } })), { scale: "v", show: false }],
    hooks: hooks((u) => {
      drawCandles(u);
      drawDecisions(u, new Set(state.rows.filter((row) => row.version === main() && row.decision === "rise").map((row) => row.opened)));
      const last = state.candles.at(-1);
      if (last) tag(u, last[4], "y", price(last[4]), ink(last[4] >= last[1] ? "up" : "down"));
    }),
  }));
}

function priceRange(u) {
  const [opened, , high, low] = u.data;
  const { min, max } = u.scales.x;
  const shown = [...opened.keys()].filter((i) => opened[i] >= min && opened[i] <= max && low[i] !== null);
  const [bottom, top] = [Math.min(...shown.map((i) => low[i])), Math.max(...shown.map((i) => high[i]))];
  if (!Number.isFinite(bottom)) return [0, 1];
  const height = top - bottom || top * 0.001;
  // Room below for the volume, and for a triangle.
  return [bottom - 0.2 * height, top + 0.05 * height];
}

function drawProbabilities(place, times) {
  const names = ordered();
  const column = (version) => {
    const by = new Map(state.rows.filter((row) => row.version === version).map((row) => [row.opened, row.probability]));
    return times.map((time) => by.get(time) ?? null);
  };
  const threshold = factsOf(main())?.decision_threshold ?? 0.5;
  return draw(place, `probabilities ${names.join(" ")} ${threshold}`, [times, ...names.map(column)], () => ({
    ...shared(times),
    scales: { x: { time: true }, y: { range: probabilityRange(threshold) } },
    axes: [timeAxis(), valueAxis("y", (value) => percent(value, 0), { space: 28 })],
    series: [{}, ...names.map((_, i) => ({ stroke: versionInk(i), width: i === 0 ? 1.6 : 1.2, points: { show: false }, spanGaps: false }))],
    hooks: {
      ...hooks((u) => {
        const outcomes = state.rows.filter((row) => row.version === main() && row.outcome !== null);
        drawOutcomes(u, new Map(outcomes.map((row) => [row.opened, row.outcome])), versionInk(0));
        dashed(u, threshold);
        tag(u, threshold, "y", percent(threshold, 0), ink("muted"));
      }),
      drawAxes: [
        (u) => {
          const silent = state.rows.filter((row) => row.version === main() && row.probability === null);
          drawSilence(u, silent.map((row) => [row.opened, row.decision]), state.status.timeframe);
        },
      ],
    },
  }));
}

function probabilityRange(threshold) {
  return (u) => {
    const { min, max } = u.scales.x;
    const shown = u.data.slice(1).flatMap((line) => line.filter((value, i) => value !== null && u.data[0][i] >= min && u.data[0][i] <= max));
    return [0, Math.min(Math.max(threshold * 1.15, Math.max(...shown, 0) * 1.1), 1)];
  };
}

function dashed(u, value) {
  const y = u.valToPos(value, "y", true);
  u.ctx.save();
  u.ctx.strokeStyle = ink("muted");
  u.ctx.lineWidth = devicePixelRatio;
  u.ctx.setLineDash([5 * devicePixelRatio, 4 * devicePixelRatio]);
  u.ctx.beginPath();
  u.ctx.moveTo(u.bbox.left, y);
  u.ctx.lineTo(u.bbox.left + u.bbox.width, y);
  u.ctx.stroke();
  u.ctx.restore();
}

function shared() {
  return {
    padding: [8, 0, 0, 24],
    cursor: {
      y: false,
      points: { show: false },
      sync: { key: SYNC, setSeries: false },
      drag: { x: true, y: false, setScale: true },
      bind: { dblclick: () => () => ((zoom(false), showPrices()), null) },
    },
  };
}

function hooks(paint) {
  return {
    draw: [paint],
    setCursor: [(u) => readout(u.cursor.idx ?? null, u.data[0])],
    setSelect: [() => zoom(true)],
  };
}

/** Arrow keys move the cursor from candle to candle. */
function move(event) {
  const step = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity }[event.key];
  if (step === undefined) return;
  event.preventDefault();
  const [chart] = charts;
  const times = chart.data[0];
  const { min, max } = limits();
  const first = times.findIndex((time) => time >= min);
  const last = times.findLastIndex((time) => time <= max);
  const place = Math.min(Math.max((chart.cursor.idx ?? last + 1) + step, first), last);
  chart.setCursor({ left: chart.valToPos(times[place], "x"), top: 10 });
}
