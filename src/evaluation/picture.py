"""The picture at the top of the README: one SVG, drawn by the pipeline, so that it is never older than the figures.

It brings a background of its own, light or dark as the reader's system asks, so that it can be read on any page.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from src.evaluation.figures import with_error

WIDTH, HEIGHT = 1000, 420
TOP, BOTTOM = 80, 380
LABELS = {
    "ensemble": "our ensemble",
    "volatility": "volatility alone",
    "seed": "seed's settings",
    "base_rate": "base rate",
    "buy_and_hold": "buy and hold",
}
# Each background with its colours; tests/evaluation/test_picture.py checks their contrast.
LIGHT = {
    "paper": "#ffffff",
    "text": "#24292f",
    "grid": "#d8dee4",
    "ensemble": "#0b57b0",
    "volatility": "#a35200",
    "seed": "#b42330",
    "base_rate": "#59636e",
    "buy_and_hold": "#59636e",
}
DARK = {
    "paper": "#0d1117",
    "text": "#e6edf3",
    "grid": "#30363d",
    "ensemble": "#6cb1ff",
    "volatility": "#f0a04b",
    "seed": "#ff8b85",
    "base_rate": "#9aa4af",
    "buy_and_hold": "#9aa4af",
}
DASHED = ("base_rate", "buy_and_hold")


@dataclass(frozen=True)
class Panel:
    """A chart between ``left`` and ``right`` (pixels) for x in 0…1 and y in ``low``…``high``."""

    left: float
    right: float
    low: float
    high: float

    def x(self, share: float) -> float:
        """Pixel of ``share`` of the width."""
        return self.left + share * (self.right - self.left)

    def y(self, value: float) -> float:
        """Pixel of ``value``."""
        return BOTTOM - (value - self.low) / (self.high - self.low) * (BOTTOM - TOP)

    def path(self, values: NDArray[np.float64]) -> str:
        """Points of a polyline through evenly spaced ``values``."""
        shares = np.linspace(0, 1, len(values))
        return " ".join(f"{self.x(s):.1f},{self.y(v):.1f}" for s, v in zip(shares, values, strict=True))


@dataclass(frozen=True)
class Label:
    """Lines of text in the colour of the series ``name``, beside the height ``y`` if there is room."""

    name: str
    y: float
    lines: tuple[str, ...]


def result_picture(skill: pd.DataFrame, equity: pd.DataFrame) -> str:
    """Skill per fold with its mean and standard error, and what 1 became after costs, as an SVG document.

    Args:
        skill: `model, fold, until, log_loss_skill`.
        equity: `strategy, day, value`.
    """
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" '
            f'height="{HEIGHT}" font-family="Helvetica, Arial, sans-serif" font-size="14">',
            f"<style>{_style(LIGHT)} @media (prefers-color-scheme: dark) {{ {_style(DARK)} }}</style>",
            f'<rect class="paper" width="{WIDTH}" height="{HEIGHT}" rx="6"/>',
            *_skill_panel(skill),
            *_equity_panel(equity),
            "</svg>\n",
        ]
    )


def _style(colours: Mapping[str, str]) -> str:
    # A rim in the colour of the paper keeps letters readable where a line crosses them.
    rules = [
        f".paper {{ fill: {colours['paper']} }}",
        f".grid {{ stroke: {colours['grid']} }}",
        f"text {{ stroke: {colours['paper']}; stroke-width: 4px; paint-order: stroke }}",
    ]
    for name in ("text", *LABELS):
        # Letters and dots are filled, lines are stroked.
        rules.append(f"text.{name}, circle.{name} {{ fill: {colours[name]} }}")
        rules.append(f"line.{name}, path.{name}, polyline.{name} {{ stroke: {colours[name]}; fill: none }}")
    return " ".join(rules)


def _skill_panel(skill: pd.DataFrame) -> list[str]:
    """One line per model through the folds; right of them its mean ± one standard error over the folds."""
    drawn = [name for name in LABELS if name in set(skill["model"])]
    # The base rate is what the others are measured by: 0 in every fold.
    judged = [name for name in drawn if name != "base_rate"]
    series = {name: skill.loc[skill["model"] == name, "log_loss_skill"].to_numpy() for name in drawn}
    means = {name: float(values.mean()) for name, values in series.items()}
    errors = {name: float(values.std(ddof=1) / np.sqrt(len(values))) for name, values in series.items()}
    edges = [means[name] + sign * errors[name] for name in drawn for sign in (-1, 1)]
    panel = _panel(56, 330, [*np.concatenate(list(series.values())), *edges, 0.0])
    parts = [
        _text(16, 32, "Skill on hours no model saw, fold by fold", weight="bold"),
        _text(16, 53, "0: always answering the base rate; bars: mean of the folds ± one standard error (SE)", size=13),
        *_axes(panel, skill.loc[skill["model"] == drawn[0], "until"].tolist(), beyond=114),
        *_lines(panel, series),
        *_labels(panel.right + 6, [_end(name, panel, series[name][-1]) for name in judged], 12),
    ]
    for position, name in enumerate(judged):
        centre = panel.right + 68 + 15 * position
        low, high = panel.y(means[name] - errors[name]), panel.y(means[name] + errors[name])
        parts.append(_bar(name, centre, low, high))
        parts.append(f'<circle class="{name}" cx="{centre:.1f}" cy="{panel.y(means[name]):.1f}" r="4"/>')
    parts.append(_text(panel.right + 83, BOTTOM + 24, "mean ± SE", anchor="middle", size=12))
    figures = {name: (with_error(means[name], errors[name], 3, signed=True),) for name in judged}
    labels = [Label(name, panel.y(means[name]), (LABELS[name], *figures.get(name, ("0",)))) for name in drawn]
    return parts + _labels(panel.right + 122, labels, 14)


def _end(name: str, panel: Panel, value: float) -> Label:
    return Label(name, panel.y(value), (f"{round(value, 3) + 0.0:+.3f}",))


def _equity_panel(equity: pd.DataFrame) -> list[str]:
    series = {name: equity.loc[equity["strategy"] == name, "value"].to_numpy() for name in ("ensemble", "buy_and_hold")}
    days = equity.loc[equity["strategy"] == "ensemble", "day"].tolist()
    marks = [days[round(i * (len(days) - 1) / 3)] for i in range(4)]
    panel = _panel(628, 890, [*np.concatenate(list(series.values())), 0.0])
    labels = [Label(name, panel.y(v[-1]), (LABELS[name], f"{v[-1]:.2f}")) for name, v in series.items()]
    return [
        _text(592, 32, "What 1 became after fees and slippage", weight="bold"),
        _text(592, 53, "long while the model says 1, the same hours", size=13),
        *_axes(panel, marks),
        *_lines(panel, series),
        *_labels(panel.right + 8, labels, 14),
    ]


def _panel(left: float, right: float, values: Sequence[float]) -> Panel:
    low, high = min(values), max(values)
    margin = 0.06 * (high - low) or 1.0
    return Panel(left, right, float(low - margin), float(high + margin))


def _lines(panel: Panel, series: Mapping[str, NDArray[np.float64]]) -> list[str]:
    dash = {name: ' stroke-dasharray="5 4"' if name in DASHED else "" for name in series}
    return [
        f'<polyline class="{name}" points="{panel.path(values)}" stroke-width="2"{dash[name]}/>'
        for name, values in series.items()
    ]


def _bar(name: str, x: float, low: float, high: float) -> str:
    caps = "".join(f"M{x - 5:.1f},{y:.1f}h10" for y in (low, high))
    return f'<path class="{name}" d="M{x:.1f},{low:.1f}V{high:.1f}{caps}" stroke-width="2"/>'


def _labels(x: float, labels: Sequence[Label], size: int) -> list[str]:
    """The labels one below the other, each as near to its height as the others allow; none overlap."""
    parts = []
    space = size + 2.0
    ordered = sorted(labels, key=lambda label: label.y)
    heights = [space * len(label.lines) + (4 if len(label.lines) > 1 else 0) for label in ordered]
    middles = _spread([label.y for label in ordered], heights)
    for label, middle in zip(ordered, middles, strict=True):
        first = middle - space * len(label.lines) / 2 + size * 0.85
        for number, line in enumerate(label.lines):
            weight = "bold" if number == 0 and size > 12 else "normal"
            parts.append(_text(x, first + space * number, line, label.name, weight=weight, size=size))
    return parts


def _spread(wanted: Sequence[float], heights: Sequence[float]) -> list[float]:
    """Ascending middles near ``wanted`` that leave each item its height, within the chart where there is room."""
    middles = list(wanted)
    for i in range(1, len(middles)):
        middles[i] = max(middles[i], middles[i - 1] + (heights[i - 1] + heights[i]) / 2)
    bottom = float(BOTTOM)
    for i in reversed(range(len(middles))):
        middles[i] = min(middles[i], bottom - heights[i] / 2)
        bottom = middles[i] - heights[i] / 2
    return middles


def _axes(panel: Panel, marks: Sequence[str], beyond: float = 0.0) -> list[str]:
    """Grid lines, ``beyond`` pixels longer than the chart, with their values; ``marks`` evenly below."""
    parts = []
    for value in _ticks(panel.low, panel.high):
        height = panel.y(value)
        colour = "text" if value == 0 else "grid"
        parts.append(
            f'<line class="{colour}" x1="{panel.left:.1f}" x2="{panel.right + beyond:.1f}" '
            f'y1="{height:.1f}" y2="{height:.1f}"/>'
        )
        parts.append(_text(panel.left - 8, height + 4, f"{value:g}", anchor="end", size=12))
    for position, mark in enumerate(marks):
        x = panel.x(position / max(len(marks) - 1, 1))
        parts.append(_text(x, BOTTOM + 24, mark[:7], anchor="middle", size=12))
    return parts


def _ticks(low: float, high: float) -> list[float]:
    """Four to nine round values between ``low`` and ``high``."""
    step = 10.0 ** np.floor(np.log10((high - low) / 4))
    step *= next(factor for factor in (1, 2, 5, 10) if (high - low) / (step * factor) <= 8)
    return [round(float(i * step), 10) for i in range(int(np.ceil(low / step)), int(np.floor(high / step)) + 1)]


def _text(
    x: float, y: float, text: str, name: str = "text", *, anchor: str = "start", weight: str = "normal", size: int = 15
) -> str:
    return (
        f'<text class="{name}" x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" '
        f'font-weight="{weight}">{escape(text)}</text>'
    )
