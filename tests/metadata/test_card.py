from dataclasses import replace
from typing import Any

import pytest

from src.core.names import FEATURE_NAMES
from src.metadata.card import model_card
from src.metadata.documents import Facts
from src.metadata.gates import Trading, Verdict


def scores(skill: float) -> dict[str, Any]:
    """Metrics of which no two are alike."""
    walk_forward = {
        "log_loss_skill": skill,
        "log_loss_skill_se": 0.0261,
        "roc_auc": 0.654,
        "roc_auc_se": 0.027,
        "roc_auc_direction": 0.526,
        "roc_auc_direction_se": 0.008,
        "calibration_error": 0.041,
        "calibration_error_se": 0.009,
        "precision": 0.437,
        "recall": 0.053,
        "f1_weighted": 0.685,
        "predicted_positive_share": 0.035,
        "n": 16854,
        "folds": 6,
    }
    return {"walk_forward": walk_forward, "train": {"f1_weighted": 0.663}}


def third(rate: float, auc: float) -> dict[str, Any]:
    """A third of the hours."""
    errors = {"roc_auc_se": 0.02, "roc_auc_direction_se": 0.01, "skill_over_volatility_se": 0.004}
    return (
        {"rate": rate, "probability": 0.25, "roc_auc": auc, "roc_auc_direction": 0.53}
        | errors
        | {"skill_over_volatility": 0.0125}
    )


@pytest.fixture
def facts() -> Facts:
    return Facts(
        created_at="b",
        data={"file": "a.csv", "first_open": "2017", "last_close": "2019", "rows": 20078},
        rows=19666,
        feature_names=FEATURE_NAMES,
        weights={"lightgbm": 0.7, "xgboost": 0.3},
        threshold=0.4,
        metrics={"lightgbm": scores(0.08), "xgboost": scores(0.07), "ensemble": scores(0.0905)},
        volatility=scores(0.0806),
        beyond_volatility={"log_loss_skill": 0.0099, "log_loss_skill_se": 0.0038},
        conditions={
            "after_calm": third(0.15, 0.591),
            "after_usual": third(0.24, 0.599),
            "after_restless": third(0.32, 0.608) | {"roc_auc_direction": None},
            "worst_fold": {"log_loss_skill": 0.007, "first": "2017-11-12", "last": "2018-03-09"},
        },
        verdict=Verdict([], [], Trading(False, -0.59, "net return -59.0 % after costs, not > 0.0 %")),
        made_from={
            "ensemble": "e" * 32,
            "members": {"lightgbm": "l" * 32, "xgboost": "x" * 32},
            "data": {"candles": "c" * 32, "features": "f" * 32},
            "params": "p" * 32,
            "code": "d" * 32,
        },
        graphs=[],
        library_versions={},
    )


def test_every_figure_has_its_kind_and_its_error(facts: Facts) -> None:
    card = model_card(facts)
    row = "| +0.0905 ± 0.0261 | 0.654 ± 0.027 | 0.526 ± 0.008 | 0.041 ± 0.009 | 0.685 | 0.663 |"
    assert f"| ensemble {row}" in card
    assert "| volatility alone (baseline) | +0.0806 ± 0.0261 |" in card
    assert card.index("| ensemble |") < card.index("| lightgbm |") < card.index("| xgboost |")
    assert "Walk-forward over 6 folds, 16,854 rows" in card
    assert "weighted F1, training rows |" in card
    assert "+0.0099 ± 0.0038 beyond that of three volatility inputs alone" in card
    assert "It says `rise` in 3.5% of the walk-forward rows; of these 43.7% rose, and it found 5.3%" in card


def test_it_says_where_it_fails_and_what_it_was_made_from(facts: Facts) -> None:
    card = model_card(facts)
    assert "not ready: net return -59.0 % after costs" in card
    assert "lose money when each becomes a market order" in card
    assert "A gate fails" not in card
    assert "In its worst of 6 folds, 2017-11-12 to 2018-03-09, its skill is +0.0070." in card
    assert "| calm hours | 15.0% | 25.0% | 0.591 ± 0.020 | 0.530 ± 0.010 | +0.0125 ± 0.0040 |" in card
    assert "| restless hours | 32.0% | 25.0% | 0.608 ± 0.020 | not known | +0.0125 ± 0.0040 |" in card
    assert all(letter * 32 in card for letter in "elxcfpd")
    failing = replace(facts, verdict=Verdict(["it fell"], ["it leaks"], Trading(True, 0.1, "net return 10.0 %")))
    told = model_card(failing)
    assert "- A gate fails: it leaks.\n- A gate fails: it fell." in told
    assert "lose money" not in told
    assert "| trading | ready: net return 10.0 % |" in told


def test_the_same_facts_give_the_same_card(facts: Facts) -> None:
    assert model_card(facts) == model_card(replace(facts))
    assert model_card(facts).endswith("(`make prove`).\n")
