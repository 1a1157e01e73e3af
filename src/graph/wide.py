"""The features of `features.set: wide` as nodes: closed forms of what src/features/wide.py computes."""

import numpy as np
from onnx import TensorProto

from src.core.names import FEATURE_NAMES, FEATURE_SETS, OHLCV
from src.features.technical import RSI_OF_NO_MOVE, ZSCORE_OF_FLAT_WINDOW
from src.features.wide import (
    CLV_OF_NO_RANGE,
    DAY,
    EXTREMES,
    FIRST_WEEKDAY,
    LEAST_VOL,
    MOMENTUM,
    RSI,
    SAME_HOUR,
    SECONDS_OF_DAY,
    SECONDS_OF_HOUR,
    SHARE_OF_NO_VOLUME,
    SIGNED_VOLUME,
    VOL_SPAN,
    WEEK,
    WEIGHTED_CLV,
    ZSCORE,
)
from src.graph.averages import ema_weights
from src.graph.features import Columns, add_features
from src.graph.nodes import Nodes


def add_wide_features(nodes: Nodes, columns: Columns, opened: str, warmup: int, step: int, output: str) -> str:
    """``add_columns`` of candles, oldest first, and (n,) int64 opens of the newest → (n, k) float64, its features.

    Args:
        nodes: the graph.
        columns: of the candles.
        opened: seconds since 1970.
        warmup: candles in a window.
        step: seconds of a candle.
        output: the name of the result.
    """
    twelve = add_features(nodes, columns, warmup, output="twelve_features")
    high, low, close, volume = (columns[name] for name in OHLCV[1:])
    before, after = nodes.part(close, 0, -1), nodes.part(close, 1, None)
    returns = _less_one(nodes, nodes.add("Div", after, before))
    last = nodes.part(close, -1, None)
    found = _clock(nodes, opened, step)
    found |= _moves(nodes, high, low, returns, warmup)
    found |= _close_location(nodes, high, low, close, volume)
    found |= _momentum(nodes, close, last, returns, warmup)
    for bars in SIGNED_VOLUME:
        recent = nodes.part(returns, -bars, None)
        size = nodes.add("Where", _is_zero(nodes, recent), nodes.constant(1), nodes.add("Abs", recent))
        signed = nodes.add("Mul", nodes.add("Div", recent, size), nodes.part(volume, -bars, None))
        found[f"signed_volume_{bars}"] = _share_of_volume(nodes, signed, volume, bars)
    found[f"rsi_{RSI}"] = _rsi(nodes, close, last, nodes.add("Abs", nodes.add("Sub", after, before)))
    found[f"zscore_{ZSCORE}"] = _zscore(nodes, nodes.add("Sub", nodes.part(close, -ZSCORE, None), last))
    for bars in EXTREMES:
        highest = _largest(nodes, nodes.part(high, -bars, None))
        lowest = nodes.add("Neg", _largest(nodes, nodes.add("Neg", nodes.part(low, -bars, None))))
        found[f"from_high_{bars}"] = _less_one(nodes, nodes.add("Div", last, highest))
        found[f"from_low_{bars}"] = _less_one(nodes, nodes.add("Div", last, lowest))
    added = [found[name] for name in FEATURE_SETS["wide"][len(FEATURE_NAMES) :]]
    return nodes.add("Concat", twelve, *added, axis=1, name=output)


def _clock(nodes: Nodes, opened: str, step: int) -> dict[str, str]:
    """Whole numbers throughout; what is left of a division is the number less the multiple of its quotient."""

    def whole(value: int) -> str:
        return nodes.constant(value, "int64")

    def rest(number: str, divisor: int) -> str:
        multiple = nodes.add("Mul", nodes.add("Div", number, whole(divisor)), whole(divisor))
        column = nodes.add("Unsqueeze", nodes.add("Sub", number, multiple), nodes.constant([1], "int64"))
        return nodes.add("Cast", column, to=TensorProto.DOUBLE)

    predicted = nodes.add("Add", opened, whole(step), name="predicted_open")
    days = nodes.add("Div", predicted, whole(SECONDS_OF_DAY))
    return {
        "hour": rest(nodes.add("Div", predicted, whole(SECONDS_OF_HOUR)), 24),
        "weekday": rest(nodes.add("Add", days, whole(FIRST_WEEKDAY)), 7),
    }


def _moves(nodes: Nodes, high: str, low: str, returns: str, bars: int) -> dict[str, str]:
    squares = nodes.add("Mul", returns, returns)
    found = {
        f"rms_{length}": nodes.add("Sqrt", _mean(nodes, nodes.part(squares, -length, None))) for length in (DAY, WEEK)
    }
    spans = _less_one(nodes, nodes.add("Div", nodes.part(high, -4, None), nodes.part(low, -4, None)))
    found |= {"range_1": nodes.part(spans, -1, None), "range_4": _mean(nodes, spans)}
    # The newest of bars − 1 returns stands at bars − 2.
    same = nodes.columns(nodes.add("Abs", returns), [bars - 2 - back for back in SAME_HOUR])
    return found | {"same_hour_move": _mean(nodes, same)}


def _close_location(nodes: Nodes, high: str, low: str, close: str, volume: str) -> dict[str, str]:
    high, low, close, volume = (nodes.part(values, -DAY, None) for values in (high, low, close, volume))
    span = nodes.add("Sub", high, low)
    twice = nodes.add("Mul", close, nodes.constant(2))
    place = nodes.add("Sub", nodes.add("Sub", twice, high), low)
    clv = _quotient(nodes, place, span, CLV_OF_NO_RANGE)
    found = {"clv_1": nodes.part(clv, -1, None)}
    weighted = nodes.add("Mul", clv, volume)
    for bars in WEIGHTED_CLV:
        found[f"clv_{bars}"] = _share_of_volume(nodes, nodes.part(weighted, -bars, None), volume, bars)
    return found


def _momentum(nodes: Nodes, close: str, last: str, returns: str, bars: int) -> dict[str, str]:
    weights = nodes.constant(ema_weights(bars - 1, VOL_SPAN)[:, None])
    mean = nodes.add("MatMul", returns, weights)
    square = nodes.add("MatMul", nodes.add("Mul", returns, returns), weights)
    variance = nodes.add("Sub", square, nodes.add("Mul", mean, mean))
    vol = nodes.add("Sqrt", nodes.add("Max", variance, nodes.constant(LEAST_VOL**2)), name="vol")
    earlier = nodes.columns(close, [bars - 1 - back for back in MOMENTUM])
    moved = _less_one(nodes, nodes.add("Div", last, earlier))
    unit = nodes.add("Mul", vol, nodes.constant([np.sqrt(MOMENTUM)]))
    momentum = nodes.add("Div", moved, unit, name="momentum")
    return {f"momentum_{back}": nodes.columns(momentum, [place]) for place, back in enumerate(MOMENTUM)}


def _rsi(nodes: Nodes, close: str, last: str, steps: str) -> str:
    earlier = nodes.part(close, -1 - RSI, -RSI)
    net = nodes.add("Div", nodes.add("Sub", last, earlier), nodes.constant(RSI))
    share = _quotient(nodes, net, _mean(nodes, nodes.part(steps, -RSI, None)), 0.0)
    return nodes.add("Add", nodes.add("Mul", share, nodes.constant(50)), nodes.constant(RSI_OF_NO_MOVE))


def _zscore(nodes: Nodes, recent: str) -> str:
    """``recent`` counts from the last close: that keeps the digits of a small move at a high price."""
    mean = _mean(nodes, recent)
    centred = nodes.add("Sub", recent, mean)
    variance = _mean(nodes, nodes.add("Mul", centred, centred))
    return _quotient(nodes, nodes.add("Neg", mean), nodes.add("Sqrt", variance), ZSCORE_OF_FLAT_WINDOW)


def _share_of_volume(nodes: Nodes, part: str, volume: str, bars: int) -> str:
    return _quotient(nodes, _mean(nodes, part), _mean(nodes, nodes.part(volume, -bars, None)), SHARE_OF_NO_VOLUME)


def _quotient(nodes: Nodes, dividend: str, divisor: str, stated: float) -> str:
    """The quotient; ``stated`` where the divisor is 0."""
    found = nodes.add("Div", dividend, divisor)
    return nodes.add("Where", _is_zero(nodes, divisor), nodes.constant(stated), found)


def _is_zero(nodes: Nodes, values: str) -> str:
    return nodes.add("Equal", values, nodes.constant(0))


def _less_one(nodes: Nodes, values: str) -> str:
    return nodes.add("Sub", values, nodes.constant(1))


def _mean(nodes: Nodes, values: str) -> str:
    return nodes.add("ReduceMean", values, axes=[1], keepdims=1)


def _largest(nodes: Nodes, values: str) -> str:
    return nodes.add("ReduceMax", values, axes=[1], keepdims=1)
