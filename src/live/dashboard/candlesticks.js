// Candles, volume and decisions, drawn on uPlot's canvas.
import { ink } from "./palette.js";

/** Rising candles are hollow and falling ones filled, so that they differ without colour too. Data: [x, o, h, l, c, v]. */
export function drawCandles(u) {
  const [opened, open, high, low, close, volume] = u.data;
  const { ctx } = u;
  const pixel = devicePixelRatio;
  const width = candleWidth(u);
  const most = Math.max(...visible(u).map((i) => volume[i]), 0);
  const colours = { up: ink("up"), down: ink("down"), paper: ink("paper") };
  clipped(u, () => {
    for (const i of visible(u)) {
      const colour = close[i] >= open[i] ? colours.up : colours.down;
      const x = u.valToPos(opened[i], "x", true);
      const y = (value) => u.valToPos(value, "y", true);
      ctx.fillStyle = ctx.strokeStyle = colour;
      ctx.lineWidth = pixel;
      const tall = most > 0 ? (volume[i] / most) * u.bbox.height * 0.14 : 0;
      ctx.globalAlpha = 0.28;
      ctx.fillRect(x - width / 2, u.bbox.top + u.bbox.height - tall, width, tall);
      ctx.globalAlpha = 1;
      line(ctx, x, y(high[i]), y(low[i]));
      const top = y(Math.max(open[i], close[i]));
      const body = Math.max(y(Math.min(open[i], close[i])) - top, pixel);
      if (close[i] >= open[i] && width > 4 * pixel) {
        ctx.fillStyle = colours.paper;
        ctx.fillRect(x - width / 2, top, width, body);
        ctx.strokeRect(x - width / 2, top, width, body);
      } else ctx.fillRect(x - width / 2, top, width, body);
    }
  });
}

/** A triangle below each candle whose decision was a rise. */
export function drawDecisions(u, decided) {
  const { ctx } = u;
  const size = 5 * devicePixelRatio;
  clipped(u, () => {
    ctx.fillStyle = ink("accent");
    for (const i of visible(u)) {
      if (!decided.has(u.data[0][i])) continue;
      const x = u.valToPos(u.data[0][i], "x", true);
      const y = u.valToPos(u.data[3][i], "y", true) + 5 * devicePixelRatio;
      ctx.beginPath();
      ctx.moveTo(x, y);
      ctx.lineTo(x + size, y + 1.7 * size);
      ctx.lineTo(x - size, y + 1.7 * size);
      ctx.fill();
    }
  });
}

/** A band over each hour without an answer. */
export function drawSilence(u, silent, seconds) {
  const { ctx } = u;
  clipped(u, () => {
    for (const [opened, decision] of silent) {
      const left = u.valToPos(opened - seconds / 2, "x", true);
      const right = u.valToPos(opened + seconds / 2, "x", true);
      ctx.fillStyle = ink(decision === "missed" ? "down-tint" : "warn-tint");
      ctx.fillRect(left, u.bbox.top, Math.max(right - left, devicePixelRatio), u.bbox.height);
    }
  });
}

/** A dot at each probability: filled after a rise, hollow after none, none while not known. */
export function drawOutcomes(u, outcomes, colour) {
  const { ctx } = u;
  const size = Math.min(3.4 * devicePixelRatio, candleWidth(u) * 0.45);
  clipped(u, () => {
    ctx.strokeStyle = colour;
    ctx.lineWidth = 1.3 * devicePixelRatio;
    for (const i of visible(u)) {
      const outcome = outcomes.get(u.data[0][i]);
      if (outcome === undefined || u.data[1][i] === null) continue;
      ctx.fillStyle = outcome === 1 ? colour : ink("paper");
      ctx.beginPath();
      ctx.arc(u.valToPos(u.data[0][i], "x", true), u.valToPos(u.data[1][i], "y", true), size, 0, 2 * Math.PI);
      ctx.fill();
      ctx.stroke();
    }
  });
}

function visible(u) {
  const { min, max } = u.scales.x;
  const [opened] = u.data;
  return [...opened.keys()].filter((i) => opened[i] >= min && opened[i] <= max);
}

function candleWidth(u) {
  const [opened] = u.data;
  const steps = opened.slice(1).map((value, i) => value - opened[i]);
  const step = Math.min(...steps, 86400);
  const pixels = (step / (u.scales.x.max - u.scales.x.min)) * u.bbox.width;
  return Math.min(Math.max(pixels * 0.66, devicePixelRatio), 14 * devicePixelRatio);
}

function line(ctx, x, from, to) {
  ctx.beginPath();
  ctx.moveTo(x, from);
  ctx.lineTo(x, to);
  ctx.stroke();
}

function clipped(u, paint) {
  const { ctx } = u;
  ctx.save();
  ctx.beginPath();
  ctx.rect(u.bbox.left, u.bbox.top, u.bbox.width, u.bbox.height);
  ctx.clip();
  paint();
  ctx.restore();
}
