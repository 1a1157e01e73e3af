import numpy as np
import pandas as pd
import pytest

from src.ml.vote import voted

WEIGHTS = {"lightgbm": 0.5, "xgboost": 0.25, "random_forest": 0.25}


def member_table(*probabilities: float) -> pd.DataFrame:
    """Two folds of two rows; the shuffled probabilities are half the others."""
    plain = np.array(probabilities)
    table = pd.DataFrame({"row": range(4), "fold": [1, 1, 2, 2], "target": [0, 1] * 2, "base_rate": 0.4})
    return table.assign(probability=plain, shuffled_rsi_14=plain / 2)


@pytest.fixture
def tables() -> dict[str, pd.DataFrame]:
    return {
        "lightgbm": member_table(0.2, 0.4, 0.6, 0.8),
        "xgboost": member_table(0.4, 0.4, 0.2, 0.6),
        "random_forest": member_table(0.0, 0.8, 0.2, 0.2),
    }


@pytest.mark.parametrize("scale", [1, 8])
def test_every_column_of_probabilities_is_voted_on(tables, scale: int) -> None:
    table = voted(tables, {name: scale * weight for name, weight in WEIGHTS.items()})
    assert table["probability"].tolist() == pytest.approx([0.2, 0.5, 0.4, 0.6])
    assert table["shuffled_rsi_14"].tolist() == pytest.approx([0.1, 0.25, 0.2, 0.3])
    assert table["base_rate"].tolist() == [0.4] * 4


def test_a_member_without_a_weight_is_refused(tables) -> None:
    with pytest.raises(KeyError):
        voted({"lightgbm": tables["lightgbm"]}, WEIGHTS)
