// What all charts share: axes with dates, a size that follows the page, one cursor.
import { chosen } from "./choice.js";
import { ink } from "./palette.js";
import { chartDate, day, hour } from "./times.js";

const FONT = "11px system-ui, sans-serif";
const DAY = 86400;

/** An axis of time at the bottom: hours, and the date below where it changes. */
export const timeAxis = () => axis({ values: (_, splits) => splits.map(label), space: 62, size: 40 });

/** The same lines without a text, for a chart that stands above another. */
export const bareTimeAxis = () => axis({ values: (_, splits) => splits.map(() => ""), space: 62, size: 6 });

function label(moment, place, all) {
  const step = all.length > 1 ? all[1] - all[0] : 0;
  if (step >= DAY) return day(moment);
  const changed = place === 0 || day(all[place - 1]) !== day(moment);
  return changed ? `${hour(moment)}\n${day(moment)}` : hour(moment);
}

/** An axis of values at the right, wide enough that charts below one another are in line. */
export function valueAxis(scale, text, options = {}) {
  return axis({ scale, side: 1, size: 74, values: (_, splits) => splits.map((value) => text(value, splits.length > 1 ? splits[1] - splits[0] : 1)), ...options });
}

function axis(options) {
  return {
    stroke: ink("muted"),
    font: FONT,
    grid: { stroke: ink("line"), width: 1 },
    ticks: { show: false },
    gap: 6,
    ...options,
  };
}

const drawn = new Map();

/**
 * Draw a chart at `place`, or give it new data.
 *
 * @param key  what the chart was made for; another one (colours, language, versions) makes it anew
 */
export function draw(place, key, data, options) {
  const full = [key, chosen("zone"), chosen("language"), ink("text"), ink("paper")].join("|");
  const old = drawn.get(place);
  if (old?.full === full && old.chart.root.isConnected) {
    old.chart.setData(data, false);
    return old.chart;
  }
  old?.watch.disconnect();
  old?.chart.destroy();
  const size = () => ({ width: Math.max(place.clientWidth, 120), height: heightOf(place) });
  const chart = new uPlot({ ...size(), legend: { show: false }, tzDate: chartDate, ...options() }, data, place);
  const watch = new ResizeObserver(() => {
    if (place.clientWidth > 0 && place.clientWidth !== chart.width) chart.setSize(size());
  });
  watch.observe(place);
  drawn.set(place, { chart, full, watch });
  return chart;
}

const heightOf = (place) => Number(matchMedia("(max-width: 640px)").matches ? place.dataset.low : place.dataset.high);

/** A line with a text at its right end, in a hook of uPlot. */
export function tag(u, value, scale, text, colour) {
  const y = u.valToPos(value, scale, true);
  const { left, top, width, height } = u.bbox;
  if (y < top || y > top + height) return;
  const { ctx } = u;
  const size = 11 * devicePixelRatio;
  ctx.save();
  ctx.font = `600 ${size}px system-ui, sans-serif`;
  ctx.textAlign = "left";
  ctx.textBaseline = "middle";
  const x = left + width;
  const pad = 5 * devicePixelRatio;
  ctx.fillStyle = colour;
  ctx.fillRect(x + 1, y - size * 0.8, ctx.measureText(text).width + 2 * pad, size * 1.6);
  ctx.fillStyle = ink("paper");
  ctx.fillText(text, x + 1 + pad, y);
  ctx.restore();
}
