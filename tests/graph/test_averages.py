import numpy as np
import pytest
import talib

from src.graph.averages import ema_weights, macd_weights, mean_weights, wilder_weights

CLOSES = 100 + np.cumsum(np.random.default_rng(3).normal(0, 1, 120))


def test_small_windows_by_hand() -> None:
    # Start: the mean of two; then a share of 2/3 for the newest.
    np.testing.assert_allclose(ema_weights(3, 2), [1 / 6, 1 / 6, 2 / 3])
    # Start: the mean of two; then half for the newest.
    np.testing.assert_allclose(wilder_weights(3, 2), [1 / 4, 1 / 4, 1 / 2])
    assert mean_weights(4, 2).tolist() == [0, 0, 0.5, 0.5]


@pytest.mark.parametrize("bars", [100, 120])
def test_they_are_ta_libs(bars) -> None:
    closes = CLOSES[-bars:]
    macd, signal, _ = talib.MACD(closes, 12, 26, 9)
    ours = [weights @ closes for weights in macd_weights(bars, 12, 26, 9)]
    np.testing.assert_allclose(ours, [macd[-1], signal[-1]], rtol=1e-10)
    np.testing.assert_allclose(ema_weights(bars, 50) @ closes, talib.EMA(closes, 50)[-1], rtol=1e-13)
    # ATR of candles whose true range is their height; the first has none.
    range_ = np.abs(CLOSES[-bars:]) / 50
    atr = talib.ATR(np.full(bars, 9) + range_, np.full(bars, 9) - range_, np.full(bars, 9.0), 14)
    np.testing.assert_allclose(wilder_weights(bars - 1, 14) @ (2 * range_[1:]), atr[-1], rtol=1e-12)
