import numpy as np
import pandas as pd
import pytest

from src.evaluation.comparison import beats_best_member, best_weights, paired_differences
from src.evaluation.metrics import walk_forward_metrics


def table(probabilities: list[float]) -> pd.DataFrame:
    return pd.DataFrame(
        {"fold": [1, 1, 2, 2], "target": [0, 1, 0, 1], "fell": 0, "base_rate": 0.5, "probability": probabilities}
    )


def test_the_difference_is_taken_fold_by_fold() -> None:
    first, other = table([0.2, 0.8, 0.4, 0.6]), table([0.4, 0.6, 0.4, 0.6])
    gap = paired_differences(first, {"other": other}, 0.5)["other"]
    in_fold_1 = (np.log(0.8) - np.log(0.6)) / np.log(2)
    assert gap["log_loss_skill"] == pytest.approx(in_fold_1 / 2, abs=1e-6)
    assert gap["log_loss_skill_se"] == pytest.approx(in_fold_1 / 2, abs=1e-6)
    assert (gap["roc_auc"], gap["roc_auc_se"]) == (0, 0)


def test_equal_models_differ_by_nothing() -> None:
    same = table([0.2, 0.7, 0.1, 0.6])
    assert set(paired_differences(same, {"same": same}, 0.5)["same"].values()) == {0.0}


@pytest.mark.parametrize(
    ("gap", "error", "beats", "clearly"),
    [(0.01, 0.02, True, False), (-0.01, 0.001, False, False), (0.01, 0.001, True, True)],
)
def test_the_report_says_whether_the_ensemble_wins(gap, error, beats, clearly) -> None:
    differences = {
        "a": {"log_loss_skill": 9, "log_loss_skill_se": 1},
        "b": {"log_loss_skill": gap, "log_loss_skill_se": error},
    }
    report = beats_best_member({"a": 0.1, "b": 0.2}, differences)
    assert report == {"best_member": "b", "ensemble_beats_it": beats, "by_more_than_one_se": clearly}


def test_the_best_weights_leave_the_bad_member_out() -> None:
    best = best_weights({"good": table([0.1, 0.9, 0.1, 0.9]), "bad": table([0.9, 0.1, 0.9, 0.1])})
    assert best["weights"] == {"good": 1.0, "bad": 0.0}
    assert best["log_loss_skill"] == pytest.approx(1 + np.log(0.9) / np.log(2), abs=1e-6)


def test_the_skill_of_the_best_weights_is_the_one_all_metrics_show() -> None:
    rare = table([0.2, 0.7, 0.1, 0.6]).assign(base_rate=[0.5, 0.5, 0.1, 0.1])
    assert best_weights({"only": rare})["log_loss_skill"] == walk_forward_metrics(rare, 0.5)["log_loss_skill"]
