"""The picture at the top of the README: one SVG, drawn by the pipeline, so that it is never older than the figures."""

from dataclasses import dataclass
from xml.sax.saxutils import escape

import numpy as np
import pandas as pd
from numpy.typing import NDArray

WIDTH, HEIGHT = 980, 380
TOP, BOTTOM = 66, 326
COLOURS = {
    "ensemble": "#1f5fa8",
    "volatility": "#d9822b",
    "seed": "#b03a3a",
    "base_rate": "#777777",
    "buy_and_hold": "#777777",
}
LABELS = {
    "ensemble": "our ensemble",
    "volatility": "volatility alone",
    "seed": "the seed's settings",
    "base_rate": "base rate",
    "buy_and_hold": "buy and hold",
}


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


def result_picture(skill: pd.DataFrame, equity: pd.DataFrame) -> str:
    """Skill per fold, and what 1 became after costs, as an SVG document.

    Args:
        skill: `model, fold, until, log_loss_skill`.
        equity: `strategy, day, value`.
    """
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" '
            f'height="{HEIGHT}" font-family="sans-serif" font-size="12">',
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
            *_skill_panel(skill),
            *_equity_panel(equity),
            "</svg>\n",
        ]
    )


def _skill_panel(skill: pd.DataFrame) -> list[str]:
    series = {name: skill.loc[skill["model"] == name, "log_loss_skill"].to_numpy() for name in list(COLOURS)[:4]}
    marks = skill.loc[skill["model"] == "ensemble", "until"].tolist()
    return _chart("Walk-forward log loss skill per fold (0: the base rate)", 52, series, marks)


def _equity_panel(equity: pd.DataFrame) -> list[str]:
    series = {name: equity.loc[equity["strategy"] == name, "value"].to_numpy() for name in ("ensemble", "buy_and_hold")}
    days = equity.loc[equity["strategy"] == "ensemble", "day"].tolist()
    marks = [days[round(i * (len(days) - 1) / 4)] for i in range(5)]
    return _chart("What 1 became after fees and slippage", 552, series, marks)


def _chart(title: str, left: float, series: dict[str, NDArray[np.float64]], marks: list[str]) -> list[str]:
    values = np.concatenate([*series.values(), [0.0]])
    margin = 0.06 * (values.max() - values.min()) or 1.0
    panel = Panel(left, left + 400, float(values.min() - margin), float(values.max() + margin))
    parts = [_text(left, 30, title, weight="bold"), *_axes(panel, marks)]
    for position, (name, line) in enumerate(series.items()):
        dash = ' stroke-dasharray="5 4"' if COLOURS[name] == "#777777" else ""
        parts.append(
            f'<polyline points="{panel.path(line)}" fill="none" stroke="{COLOURS[name]}" stroke-width="2"{dash}/>'
        )
        parts.append(_text(left + 124 * position, 50, LABELS[name], COLOURS[name]))
    return parts


def _axes(panel: Panel, marks: list[str]) -> list[str]:
    parts = []
    for value in _ticks(panel.low, panel.high):
        parts.append(
            f'<line x1="{panel.left}" x2="{panel.right}" y1="{panel.y(value):.1f}" y2="{panel.y(value):.1f}" '
            f'stroke="{"#999999" if value == 0 else "#e4e4e4"}"/>'
        )
        parts.append(_text(panel.left - 6, panel.y(value) + 4, f"{value:g}", anchor="end"))
    for position, mark in enumerate(marks):
        parts.append(_text(panel.x(position / max(len(marks) - 1, 1)), BOTTOM + 22, mark[:7], anchor="middle"))
    return parts


def _ticks(low: float, high: float) -> list[float]:
    """Four to nine round values between ``low`` and ``high``."""
    step = 10.0 ** np.floor(np.log10((high - low) / 4))
    step *= next(factor for factor in (1, 2, 5, 10) if (high - low) / (step * factor) <= 8)
    return [round(float(i * step), 10) for i in range(int(np.ceil(low / step)), int(np.floor(high / step)) + 1)]


def _text(x: float, y: float, text: str, colour: str = "#333333", anchor: str = "start", weight: str = "normal") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}" text-anchor="{anchor}" font-weight="{weight}">'
        f"{escape(text)}</text>"
    )
