import numpy as np
import pandas as pd
import pytest

from src.evaluation.metrics import calibration_error, direction_scores, score, training_metrics, walk_forward_metrics

LN2 = float(np.log(2))


def test_scores_counted_by_hand() -> None:
    values = score(np.array([0, 0, 1, 1]), np.array([0.1, 0.6, 0.4, 0.9]), base_rate=0.5, threshold=0.5)
    loss = -np.log([0.9, 0.4, 0.4, 0.9]).mean()
    assert values["log_loss"] == pytest.approx(loss)
    assert values["log_loss_skill"] == pytest.approx(1 - loss / LN2)
    assert values["roc_auc"] == 3 / 4
    assert values["brier"] == pytest.approx((0.01 + 0.36 + 0.36 + 0.01) / 4)
    assert values["f1"] == values["f1_weighted"] == 0.5
    assert values["predicted_positive_share"] == 0.5


def test_decisions_counted_by_hand() -> None:
    # 1 is said of one of the three 1s and, at the threshold itself, of one of the four 0s.
    target = np.array([1, 1, 1, 0, 0, 0, 0])
    values = score(target, np.array([0.9, 0.2, 0.3, 0.6, 0.1, 0.1, 0.1]), base_rate=0.5, threshold=0.6)
    assert values["precision"] == 1 / 2
    assert values["recall"] == pytest.approx(1 / 3)
    assert values["f1"] == pytest.approx(2 / 5)
    # The F1 of class 0: precision 3/5, recall 3/4.
    assert values["f1_weighted"] == pytest.approx((3 * 2 / 5 + 4 * 2 / 3) / 7)
    assert values["predicted_positive_share"] == pytest.approx(2 / 7)


def test_the_base_rate_is_that_of_the_training_rows() -> None:
    table = pd.DataFrame(
        {"fold": [1, 1, 2, 2], "target": [0, 1] * 2, "fell": 0, "base_rate": [0.2] * 2 + [0.5] * 2, "probability": 0.5}
    )
    # The loss of answering 0.2 to a 0 and a 1 is −(ln 0.8 + ln 0.2) / 2.
    skill = 1 + 2 * LN2 / np.log(0.8 * 0.2)
    assert walk_forward_metrics(table, 0.5)["log_loss_skill"] == pytest.approx(skill / 2, abs=1e-6)
    assert training_metrics(np.array([0, 0, 0, 1]), np.full(4, 0.25), 0.5)["log_loss_skill"] == 0


def test_the_base_rate_has_no_skill() -> None:
    values = score(np.array([0, 1, 0, 0]), np.full(4, 0.3), base_rate=0.3, threshold=0.5)
    assert values["log_loss_skill"] == 0
    assert values["roc_auc"] == 0.5
    assert values["f1"] == 0


def test_means_and_standard_errors_are_over_the_folds() -> None:
    # Fold 1 ranks perfectly, fold 2 inversely; fold 2 is twice as long but counts the same.
    table = pd.DataFrame(
        {
            "fold": [1, 1, 2, 2, 2, 2],
            "target": [0, 1, 0, 1, 0, 1],
            "fell": 0,
            "base_rate": 0.5,
            "probability": [0.2, 0.8, 0.8, 0.2, 0.8, 0.2],
        }
    )
    metrics = walk_forward_metrics(table, 0.5)
    assert metrics["roc_auc"] == 0.5
    assert metrics["roc_auc_se"] == 0.5  # standard deviation of (1, 0) is √½, over √2
    good, bad = 1 + np.log(0.8) / LN2, 1 + np.log(0.2) / LN2
    assert metrics["log_loss_skill"] == pytest.approx((good + bad) / 2, abs=1e-6)
    assert metrics["log_loss_skill_se"] == pytest.approx(abs(good - bad) / 2, abs=1e-6)
    assert (metrics["n"], metrics["folds"]) == (6, 2)


def test_the_keys_of_the_contract() -> None:
    table = pd.DataFrame(
        {"fold": [1, 1, 2, 2], "target": [0, 1] * 2, "fell": 0, "base_rate": 0.4, "probability": [0.123456789] * 4}
    )
    keys = [
        "log_loss",
        "log_loss_skill",
        "log_loss_skill_se",
        "roc_auc",
        "roc_auc_se",
        "brier",
        "f1",
        "f1_weighted",
        "n",
        "folds",
    ]
    metrics = walk_forward_metrics(table, 0.5)
    assert set(keys) <= set(metrics)
    assert metrics["brier"] == round(metrics["brier"], 6)
    assert {"f1_weighted", "log_loss", "n"} <= set(training_metrics(np.array([0, 1]), np.array([0.2, 0.3]), 0.5))


def test_calibration_error_counted_by_hand() -> None:
    # Twenty rows in ten bins of two: the first half says 0.2 where half are 1s, the second 0.7 where all are.
    probability = np.repeat([0.2, 0.7], 10)
    target = np.array([0, 1] * 5 + [1] * 10)
    assert calibration_error(target, probability) == pytest.approx((0.3 + 0.3) / 2)
    assert calibration_error(target, np.repeat([0.5, 1.0], 10)) == 0
    # Eleven rows: the first bin holds two and is 0.4 off, each of the others holds one and is 0.2 off.
    uneven = calibration_error(np.array([0] + [1] * 10), np.array([0.1] * 2 + [0.8] * 9))
    assert uneven == pytest.approx((2 * 0.4 + 9 * 0.2) / 11)


def test_a_volatility_model_ranks_the_mirrored_target_but_not_the_direction() -> None:
    rose = np.array([1, 0, 1, 0, 0, 0, 0, 0])
    fell = np.array([0, 1, 0, 1, 0, 0, 0, 0])
    volatile = np.array([0.9, 0.9, 0.8, 0.8, 0.1, 0.2, 0.1, 0.2])
    assert direction_scores(rose, fell, volatile) == {
        "roc_auc_mirrored": pytest.approx(5 / 6),
        "roc_auc_direction": 0.5,
    }
    knowing = np.array([0.9, 0.1, 0.8, 0.2, 0.5, 0.5, 0.5, 0.5])
    assert direction_scores(rose, fell, knowing) == {"roc_auc_mirrored": 0.0, "roc_auc_direction": 1.0}


def test_an_auc_without_both_classes_is_null_not_a_number() -> None:
    table = pd.DataFrame(
        {"fold": [1, 1, 2, 2], "target": [0, 1] * 2, "fell": 0, "base_rate": 0.4, "probability": [0.1, 0.2, 0.1, 0.2]}
    )
    assert walk_forward_metrics(table, 0.5)["roc_auc_mirrored"] is None
