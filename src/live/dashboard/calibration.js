// Whether what was said with 30 % came in 30 of 100: said against seen, by bins of equally many answers.
import { h, s, show } from "./dom.js";
import { empty, heading } from "./empty.js";
import { percent } from "./numbers.js";
import { ordered, state } from "./state.js";
import { swatch } from "./versions.js";
import { t } from "./words.js";

const HEIGHT = 240;

/** Draw it. */
export function showCalibration() {
  const scores = (state.scores?.versions ?? []).filter((one) => one.calibration.length > 0);
  const head = h("div", { class: "head" }, heading("calibration", t("calibration_note")));
  if (scores.length === 0) {
    show("calibration", head, empty("calibration_empty"));
    return;
  }
  const names = ordered();
  const bins = scores.flatMap((one) => one.calibration);
  const most = Math.min(1, Math.ceil(Math.max(...bins.map((bin) => Math.max(bin.high, bin.probability))) * 10 + 0.2) / 10);
  const width = widthOf(document.getElementById("calibration"));
  const edges = { left: 46, right: width - 16, top: 22, bottom: HEIGHT - 24 };
  const x = (value) => edges.left + (value / most) * (edges.right - edges.left);
  const y = (value) => edges.bottom - (value / most) * (edges.bottom - edges.top);
  const step = most > 0.6 ? 0.2 : 0.1;
  const marks = Array.from({ length: Math.floor(most / step + 1e-9) + 1 }, (_, i) => i * step);
  const drawing = s(
    "svg",
    { class: "diagram", width, height: HEIGHT, role: "img", "aria-label": t("calibration_label") },
    marks.flatMap((value) => grid(value, x, y, edges)),
    s("line", { class: "perfect", x1: x(0), y1: y(0), x2: x(most), y2: y(most) }),
    scores.flatMap((one) => series(one.calibration, names.indexOf(one.version) % 4, x, y)),
    s("text", { x: edges.right, y: edges.bottom - 6, "text-anchor": "end" }, `${t("calibration_x")} →`),
    s("text", { x: edges.left - 6, y: 12 }, `↑ ${t("calibration_y")}`),
  );
  const legend = scores.map((one) => h("li", {}, swatch(names.indexOf(one.version)), one.version));
  show("calibration", head, h("ul", { class: "legend" }, legend), drawing);
}

// Drawn anew when the page is resized: letters keep their size.
function widthOf(panel) {
  const { paddingLeft, paddingRight } = getComputedStyle(panel);
  return Math.max(panel.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight), 240);
}

function grid(value, x, y, edges) {
  return [
    s("line", { class: "grid", x1: edges.left, x2: edges.right, y1: y(value), y2: y(value) }),
    s("text", { x: edges.left - 6, y: y(value) + 4, "text-anchor": "end" }, percent(value, 0)),
    s("text", { x: x(value), y: edges.bottom + 16, "text-anchor": "middle" }, percent(value, 0)),
  ];
}

function series(bins, place, x, y) {
  return bins.flatMap((bin) => [
    s("line", { class: `mark-${place}`, x1: x(bin.probability), x2: x(bin.probability), y1: y(bin.low), y2: y(bin.high) }),
    s("circle", { class: `mark-${place}`, cx: x(bin.probability), cy: y(bin.rate), r: 3.4 }, s("title", {}, told(bin))),
  ]);
}

const told = (bin) => t("calibration_bin", { said: percent(bin.probability), seen: percent(bin.rate), n: bin.n });
