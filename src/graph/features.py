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
from src.graph.averages import ema_weights, macd_weights, wilder_weights
from src.graph.nodes import Nodes


def add_features(nodes: Nodes, candles: str, warmup: int, output: str) -> str:
    """(n, warmup, 5) float64 candles, oldest first → (n, 12) float64, the features of the newest.

    A window with a NaN or an infinite value gets NaN in all twelve.
    """
    high, low, close, volume = (
        nodes.add("Gather", candles, nodes.constant(OHLCV.index(name), "int64"), axis=2, name=name)
        for name in OHLCV[1:]
    )
    before, last = nodes.part(close, -2, -1), nodes.part(close, -1, None, name="last_close")
    found = {
        "close": last,
        "volume": nodes.part(volume, -1, None),
        "returns_1": nodes.add("Sub", nodes.add("Div", last, before), nodes.constant(1), name="returns_1"),
    }
    found |= _averages(nodes, close, last, warmup)
    found |= _wilder(nodes, high, low, close, warmup)
    found |= _bands(nodes, close, last)
    found["volume_ratio"] = _volume_ratio(nodes, volume, found["volume"])
    features = nodes.add("Concat", *(found[name] for name in FEATURE_NAMES), axis=1)
    # One NaN or infinity makes the sum one.
    total = nodes.add("ReduceSum", candles, nodes.constant([1, 2], "int64"), keepdims=0)
    total = nodes.add("Unsqueeze", total, nodes.constant([1], "int64"))
    usable = nodes.add("LessOrEqual", nodes.add("Abs", total), nodes.constant(np.finfo("float64").max))
    return nodes.add("Where", usable, features, nodes.constant(np.nan), name=output)


def _averages(nodes: Nodes, close: str, last: str, bars: int) -> dict[str, str]:
    """MACD, its signal and both EMAs: one matrix product with the closes, taken from the last close for precision."""
    columns = [*macd_weights(bars, 12, 26, 9), ema_weights(bars, 20), ema_weights(bars, 50)]
    moved = nodes.add("Sub", close, last)
    products = nodes.add("MatMul", moved, nodes.constant(np.column_stack(columns)), name="averages")
    macd, signal, ema_20, ema_50 = (nodes.columns(products, [position]) for position in range(4))
    return {
        "macd": macd,
        "macd_signal": signal,
        "ema_20": nodes.add("Add", last, ema_20, name="ema_20"),
        "ema_50": nodes.add("Add", last, ema_50, name="ema_50"),
    }


def _wilder(nodes: Nodes, high: str, low: str, close: str, bars: int) -> dict[str, str]:
    """RSI and ATR: Wilder's averages of gains, of moves and of true ranges, one fewer than there are bars."""
    now, before = nodes.part(close, 1, None), nodes.part(close, 0, -1)
    moves = nodes.add("Sub", now, before)
    weights = nodes.constant(wilder_weights(bars - 1, RSI_PERIOD)[:, None])
    gain = nodes.add("MatMul", nodes.add("Relu", moves), weights)
    either = nodes.add("MatMul", nodes.add("Abs", moves), weights)
    rsi = nodes.add("Mul", nodes.add("Div", gain, either), nodes.constant(100))
    unmoved = _all_equal(nodes, nodes.part(close, -RSI_PERIOD - 1, None))
    top = nodes.add("Max", nodes.part(high, 1, None), before)
    bottom = nodes.add("Min", nodes.part(low, 1, None), before)
    true_range = nodes.add("Sub", top, bottom, name="true_range")
    weights = nodes.constant(wilder_weights(bars - 1, ATR_PERIOD)[:, None])
    return {
        "rsi_14": nodes.add("Where", unmoved, nodes.constant(RSI_OF_NO_MOVE), rsi, name="rsi_14"),
        "atr_14": nodes.add("MatMul", true_range, weights, name="atr_14"),
    }


def _bands(nodes: Nodes, close: str, last: str) -> dict[str, str]:
    """z-score and place in the Bollinger bands, over deviations from the last close for precision."""
    closes = nodes.part(close, -WINDOW, None)
    recent = nodes.add("Sub", closes, last)
    mean = nodes.add("ReduceMean", recent, axes=[1], keepdims=1)
    centred = nodes.add("Sub", recent, mean)
    variance = nodes.add("ReduceMean", nodes.add("Mul", centred, centred), axes=[1], keepdims=1)
    zscore = nodes.add("Div", nodes.add("Neg", mean), nodes.add("Sqrt", variance))
    flat = _all_equal(nodes, closes)
    place = nodes.add("Add", nodes.add("Div", zscore, nodes.constant(2 * BANDS)), nodes.constant(0.5))
    band = nodes.constant(BAND_POSITION_OF_FLAT_WINDOW)
    return {
        "zscore": nodes.add("Where", flat, nodes.constant(ZSCORE_OF_FLAT_WINDOW), zscore, name="zscore"),
        "bb_position": nodes.add("Where", flat, band, place, name="bb_position"),
    }


def _volume_ratio(nodes: Nodes, volume: str, newest: str) -> str:
    recent = nodes.part(volume, -WINDOW, None)
    ratio = nodes.add("Div", newest, nodes.add("ReduceMean", recent, axes=[1], keepdims=1))
    silent = nodes.add("Equal", nodes.add("ReduceMax", recent, axes=[1], keepdims=1), nodes.constant(0))
    return nodes.add("Where", silent, nodes.constant(VOLUME_RATIO_OF_NO_VOLUME), ratio, name="volume_ratio")


def _all_equal(nodes: Nodes, values: str) -> str:
    highest = nodes.add("ReduceMax", values, axes=[1], keepdims=1)
    return nodes.add("Equal", highest, nodes.add("ReduceMin", values, axes=[1], keepdims=1))
