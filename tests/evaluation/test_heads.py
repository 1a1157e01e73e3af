import numpy as np
import pandas as pd
import pytest

from src.evaluation.heads import changes_after, heads_documents
from tests.conftest import make_candles

THRESHOLD = 0.003


def test_changes_are_those_of_the_horizon() -> None:
    changes = changes_after(make_candles([100.0, 101.0, 99.0, 100.0]), 2)
    np.testing.assert_allclose(changes, [-0.01, -1 / 101, np.nan, np.nan])


@pytest.fixture
def table() -> tuple[pd.DataFrame, pd.Series]:
    """Two folds of eight hours: in each two small rises, two small falls, one rise and one fall of 2 %, two calm ones.

    P(move) is 0.8 where it moves and 0.2 elsewhere; the direction is right for the small moves and wrong for the large.
    """
    change = np.tile([0.004, 0.004, -0.004, -0.004, 0.02, -0.02, 0.0, 0.001], 2)
    hours = pd.date_range("2020-01-01", periods=16, freq="h", tz="UTC", unit="us")
    moved = np.abs(change) > THRESHOLD
    move = np.where(moved, 0.8, 0.2)
    rise = np.where(np.abs(change) > 0.01, change < 0, change > 0)
    rows = pd.DataFrame(
        {
            "timestamp": hours,
            "fold": np.repeat([1, 2], 8),
            "target": (change > THRESHOLD).astype("int8"),
            "fell": (change < -THRESHOLD).astype("int8"),
            "base_rate": 0.25,
            "base_rate_move": 0.5,
            "probability": move * np.where(rise, 0.6, 0.4),
            "probability_move": move,
        }
    )
    return rows, pd.Series(change, index=hours)


def test_each_head_counted_by_hand(table) -> None:
    rows, changes = table
    found = heads_documents({"vote": rows, "one head": rows.drop(columns="probability_move")}, changes, THRESHOLD)
    assert list(found) == ["vote"]
    move, direction = found["vote"]["move"], found["vote"]["direction"]
    assert (move["roc_auc"], move["rate"], move["n"], move["folds"]) == (1.0, 0.75, 16, 2)
    # Every answer has P 0.8 for what happened, against 0.5 of the base rate.
    assert move["log_loss_skill"] == pytest.approx(1 - np.log(0.8) / np.log(0.5), abs=1e-6)
    # Of 3 rises × 3 falls: 2 × 2 right, 1 × 1 wrong, and 4 ties of a small rise with a large fall, or the other way.
    assert (direction["roc_auc"], direction["roc_auc_se"]) == (pytest.approx((4 + 4 / 2) / 9, abs=1e-6), 0.0)
    assert (direction["rate"], direction["n"]) == (0.5, 12)
    loss = -(4 * np.log(0.6) + 2 * np.log(0.4)) / 6
    assert direction["log_loss_skill"] == pytest.approx(1 - loss / np.log(2), abs=1e-6)


def test_the_direction_by_size_of_the_move(table) -> None:
    sizes = heads_documents({"vote": table[0]}, table[1], THRESHOLD)["vote"]["direction"]["by_size"]
    assert [(part["from"], part["below"], part["n"]) for part in sizes] == [
        (0.003, 0.005, 8),
        (0.005, 0.01, 0),
        (0.01, None, 4),
    ]
    assert (sizes[0]["roc_auc"], sizes[2]["roc_auc"]) == (1.0, 0.0)
    assert "roc_auc" not in sizes[1]
