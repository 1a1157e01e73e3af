"""How restless the next bar will be, and the share of the capital that is held for it: as the backtest has them.

The deviation is smoothed over past probabilities of a move (src/evaluation/volatility_target.py). They are asked of the
graph anew, from the candles of the window alone, so that an answer depends on nothing that is kept.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from src.bundle.graph import Graph
from src.bundle.loaded import Sizing
from src.evaluation.volatility_target import SECONDS_OF_YEAR, SPAN, held_shares, sigma_of_move, smoothed, wanted_shares
from src.live.answering.guard import candles_verdict
from src.live.answering.window import Window
from src.live.settings import GuardSettings

# Bars that are smoothed over: what is older would weigh 2e-9.
SMOOTHED = 10 * SPAN
MOVE = "probability_move"


def bars_needed(graph: Graph, sizing: Sizing | None) -> int:
    """Candles that an answer with all its fields takes."""
    return graph.facts.warmup + (SMOOTHED - 1 if sizes(graph, sizing) else 0)


def sizes(graph: Graph, sizing: Sizing | None) -> bool:
    """Whether a version forecasts volatility: its graph asks whether the price will move, and its scale was judged."""
    return sizing is not None and MOVE in graph.outputs


def next_volatility(graph: Graph, sizing: Sizing | None, window: Window, settings: GuardSettings) -> float | None:
    """The deviation of the next bar's return, as a fraction of the price.

    None where the version has no such forecast, or the older candles that it is smoothed over are too few or broken.
    """
    if sizing is None or not sizes(graph, sizing):
        return None
    needed = bars_needed(graph, sizing)
    if candles_verdict(window, settings, replace(graph.facts, warmup=needed)).abstains:
        return None
    used = window.newest(needed)
    bars = graph.facts.warmup
    newest = np.arange(bars - 1, needed)
    # As in the backtest: a bar that no candle follows at once has no next return, and is left out.
    newest = newest[np.append(np.diff(used.opened[bars - 1 :]) == window.timeframe, True)]
    windows = np.lib.stride_tricks.sliding_window_view(used.values, (bars, used.values.shape[1]))[newest - bars + 1, 0]
    move: NDArray[np.float64] = graph.run(candles=windows, opened=used.opened[newest])[MOVE]
    if not np.isfinite(move).all():
        return None
    return sizing.scale * float(smoothed(sigma_of_move(move, graph.facts.target_threshold))[-1])


def next_position(volatility: float | None, sizing: Sizing | None, timeframe: int, held: float) -> float | None:
    """The share of the capital to hold, 0 to the cap, for who holds ``held``; None without a forecast.

    Args:
        volatility: of ``next_volatility``.
        sizing: of the version.
        timeframe: seconds of one candle.
        held: the share that is held now; it is kept where it is within the band.
    """
    if volatility is None or sizing is None:
        return None
    sigma = np.array([volatility])
    wanted = wanted_shares(sigma, SECONDS_OF_YEAR / timeframe, sizing.volatility, sizing.cap).tolist()
    return held_shares(wanted, sizing.band, held)[-1]
