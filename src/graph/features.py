"""The 12 features of a window of candles as nodes: closed forms of what src/features/technical.py computes."""

import numpy as np

from src.core.names import FEATURE_NAMES, OHLCV
from src.features.technical import (
    ATR_PERIOD,
    BAND_POSITION_OF_FLAT_WINDOW,
    BANDS,
    RSI_OF_NO_MOVE,
    RSI_PERIOD,
    VOLUME_RATIO_OF_NO_VOLUME,
    WINDOW,
    ZSCORE_OF_FLAT_WINDOW,
)
from src.graph.averages import ema_weights, macd_weights, mean_weights, wilder_weights
from src.graph.nodes import Nodes

Columns = dict[str, str]


def add_columns(nodes: Nodes, candles: str) -> Columns:
    """(n, warmup, 5) float64 candles → (n, warmup) each of high, low, close and volume, by name."""
    columns = nodes.apart(candles, OHLCV)
    return {name: nodes.add("Squeeze", columns[name], nodes.constant([2], "int64"), name=name) for name in OHLCV[1:]}


def add_features(nodes: Nodes, columns: Columns, warmup: int, output: str) -> str:
    """``add_columns`` of candles, oldest first → (n, 12) float64, the features of the newest."""
    high, low, close, volume = (columns[name] for name in OHLCV[1:])
    last = nodes.part(close, -1, None, name="last_close")
    found = {"close": last, "volume": nodes.part(volume, -1, None, name="last_volume")}
    growth = nodes.add("Div", last, nodes.part(close, -2, -1))
    found["returns_1"] = nodes.add("Sub", growth, nodes.constant(1), name="returns_1")
    # From the last close: that keeps the digits of a small move at a high price, and is exactly 0 in a flat window.
    moved = nodes.add("Sub", close, last, name="closes_from_last")
    averages = _averages(nodes, moved, warmup)
    found |= {name: averages[name] for name in ("macd", "macd_signal")}
    found |= {name: nodes.add("Add", last, averages[name], name=name) for name in ("ema_20", "ema_50")}
    before = nodes.part(close, 0, -1)
    found["rsi_14"] = _rsi(nodes, nodes.add("Sub", nodes.part(close, 1, None), before), averages["net_move"], warmup)
    found["atr_14"] = _atr(nodes, nodes.part(high, 1, None), nodes.part(low, 1, None), before, warmup)
    found |= _bands(nodes, nodes.part(moved, -WINDOW, None), averages["mean"])
    found["volume_ratio"] = _volume_ratio(nodes, volume, found["volume"])
    return nodes.add("Concat", *(found[name] for name in FEATURE_NAMES), axis=1, name=output)


def _averages(nodes: Nodes, moved: str, bars: int) -> dict[str, str]:
    """All that is linear in the closes, as one matrix product; (n, 1) each, counted from the last close."""
    macd, signal = macd_weights(bars, 12, 26, 9)
    step = wilder_weights(bars - 1, RSI_PERIOD)
    weights = {
        "macd": macd,
        "macd_signal": signal,
        "ema_20": ema_weights(bars, 20),
        "ema_50": ema_weights(bars, 50),
        "mean": mean_weights(bars, WINDOW),
        # The average of the moves from bar to bar, gains less losses.
        "net_move": np.append(0, step) - np.append(step, 0),
    }
    product = nodes.add("MatMul", moved, nodes.constant(np.column_stack(list(weights.values()))), name="averages")
    return {name: nodes.columns(product, [position], name=f"{name}_") for position, name in enumerate(weights)}


def _rsi(nodes: Nodes, moves: str, net: str, bars: int) -> str:
    """100 · gains / (gains + losses) = 50 + 50 · (gains − losses) / (gains + losses), by Wilder's averages."""
    sizes = nodes.add("Abs", moves)
    either = nodes.add("MatMul", sizes, nodes.constant(wilder_weights(bars - 1, RSI_PERIOD)[:, None]))
    half = nodes.constant(50)
    rsi = nodes.add("Add", nodes.add("Mul", nodes.add("Div", net, either), half), half)
    largest = nodes.add("ReduceMax", nodes.part(sizes, -RSI_PERIOD, None), axes=[1], keepdims=1)
    unmoved = nodes.add("Equal", largest, nodes.constant(0))
    return nodes.add("Where", unmoved, nodes.constant(RSI_OF_NO_MOVE), rsi, name="rsi_14")


def _atr(nodes: Nodes, high: str, low: str, before: str, bars: int) -> str:
    """Wilder's average of the true ranges; the first bar has none, as nothing is known before it."""
    true_range = nodes.add("Sub", nodes.add("Max", high, before), nodes.add("Min", low, before), name="true_range")
    weights = nodes.constant(wilder_weights(bars - 1, ATR_PERIOD)[:, None])
    return nodes.add("MatMul", true_range, weights, name="atr_14")


def _bands(nodes: Nodes, recent: str, mean: str) -> dict[str, str]:
    """z-score and place in the Bollinger bands; ``recent`` and ``mean`` count from the last close."""
    centred = nodes.add("Sub", recent, mean)
    variance = nodes.add("ReduceMean", nodes.add("Mul", centred, centred), axes=[1], keepdims=1)
    zscore = nodes.add("Div", nodes.add("Neg", mean), nodes.add("Sqrt", variance))
    flat = nodes.add("Equal", variance, nodes.constant(0))
    place = nodes.add("Add", nodes.add("Div", zscore, nodes.constant(2 * BANDS)), nodes.constant(0.5))
    band = nodes.constant(BAND_POSITION_OF_FLAT_WINDOW)
    return {
        "zscore": nodes.add("Where", flat, nodes.constant(ZSCORE_OF_FLAT_WINDOW), zscore, name="zscore"),
        "bb_position": nodes.add("Where", flat, band, place, name="bb_position"),
    }


def _volume_ratio(nodes: Nodes, volume: str, newest: str) -> str:
    mean = nodes.add("ReduceMean", nodes.part(volume, -WINDOW, None), axes=[1], keepdims=1)
    silent = nodes.add("Equal", mean, nodes.constant(0))
    ratio = nodes.add("Div", newest, mean)
    return nodes.add("Where", silent, nodes.constant(VOLUME_RATIO_OF_NO_VOLUME), ratio, name="volume_ratio")
