from collections.abc import Callable

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from src.candles.contract import validate_candles
from src.core.errors import UserError
from tests.conftest import HOUR


def test_candles_that_keep_it_come_back_unchanged(candles: pd.DataFrame) -> None:
    assert_frame_equal(validate_candles(candles.copy(), HOUR, "a.csv"), candles)


BROKEN: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "timestamp is not later than the row before in 1 of 12 rows .line 3 at 2020-01-01T00:00": lambda candles: (
        candles.assign(timestamp=candles["timestamp"].where(candles.index != 1, candles["timestamp"][0]))
    ),
    "timestamp is not later than the row before in 11 of 12 rows": lambda candles: candles.iloc[::-1].reset_index(
        drop=True
    ),
    "timestamp is not on the grid of 0 days 01:00:00 in 12 of 12 rows": lambda candles: candles.assign(
        timestamp=candles["timestamp"] + pd.Timedelta(minutes=1)
    ),
    "column more is not one of the contract": lambda candles: candles.assign(more=1.0),
    "column high is not in its place": lambda candles: candles[["timestamp", "high", "open", "low", "close", "volume"]],
    "column volume is missing": lambda candles: candles.drop(columns="volume"),
    "a.csv holds no candle": lambda candles: candles.iloc[:0],
}


@pytest.mark.parametrize("sentence", BROKEN)
def test_candles_that_do_not_are_refused(candles: pd.DataFrame, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        validate_candles(BROKEN[sentence](candles), HOUR, "a.csv")
