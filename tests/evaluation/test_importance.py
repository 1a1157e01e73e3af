import numpy as np
import pandas as pd
import pytest

from src.evaluation.importance import importance_table
from src.ml.base.registry import make_member
from src.validation.folds import counted_blocks, folds_before
from src.validation.out_of_fold import GROUPS
from src.validation.shuffling import shuffled_features
from src.validation.walk_forward import walk_forward
from tests.learnable import table_of


def test_the_increase_and_its_error_are_over_the_folds() -> None:
    table = pd.DataFrame({"fold": [1, 1, 2, 2, 3, 3], "target": [0, 1] * 3, "probability": [0.2, 0.8] * 3})
    shuffled = {f"shuffled_{group}": table["probability"] for group in GROUPS}
    shuffled["shuffled_rsi_14"] = pd.Series([0.5, 0.5, 0.2, 0.8, 0.2, 0.8])
    rows = importance_table(table.assign(**shuffled)).set_index("feature")
    # The loss grows by ln 0.8 − ln 0.5 in fold 1, by nothing in the others: mean and standard error are a third.
    third = np.log(0.8 / 0.5) / 3
    assert rows.loc["rsi_14"].tolist() == pytest.approx([third, third])
    assert rows.drop("rsi_14").to_numpy().tolist() == [[0, 0]] * 10


def test_only_the_feature_that_matters_is_important(problem) -> None:
    result = walk_forward(
        lambda: make_member("lightgbm", {"n_estimators": 30, "num_leaves": 4, "random_state": 1}),
        table_of(*problem),
        folds_before(counted_blocks(400, 3), 1),
        variants=shuffled_features,
    )
    table = importance_table(result.out_of_fold).set_index("feature")["log_loss_increase"]
    assert table.idxmax() == "bb_position+zscore"
    assert table.drop("bb_position+zscore").abs().max() < table.max() / 4
