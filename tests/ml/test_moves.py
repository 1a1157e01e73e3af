import pandas as pd
from src.ml.moves import with_falls

from tests.conftest import make_candles


def test_falls_counted_by_hand() -> None:
    candles = make_candles([1000, 997, 994, 994, 900])
    rows = pd.DataFrame({"timestamp": candles["timestamp"].iloc[:4]})
    # 1000 → 997 is exactly 0.3 %, not more; 997 → 994 is 0.3009 %.
    assert list(with_falls(rows, candles, 1, 0.003)["fell"]) == [0, 1, 0, 1]
    assert list(with_falls(rows.iloc[:3], candles, 2, 0.003)["fell"]) == [1, 1, 1]
