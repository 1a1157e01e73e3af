from dataclasses import replace

import pytest

from src.core.names import FEATURE_NAMES
from src.core.paths import LEGACY_METADATA, PRODUCTION_METADATA, TRAINING_METADATA
from src.metadata.documents import Facts, documents
from src.metadata.gates import Trading, Verdict


@pytest.fixture
def facts() -> Facts:
    """No two figures alike: 100 candles, 60 rows."""
    f1 = {"lightgbm": (0.61, 0.91), "xgboost": (0.62, 0.92), "ensemble": (0.63, 0.93)}
    data = {"source": "csv", "file": "a.csv", "first_open": "a", "last_close": "b", "gaps": 1, "missing_candles": 2}
    return Facts(
        created_at="b",
        data=data | {"rows": 100},
        rows=60,
        feature_names=FEATURE_NAMES,
        weights={"lightgbm": 0.7, "xgboost": 0.3},
        threshold=0.4,
        metrics={
            name: {"walk_forward": {"f1_weighted": unseen}, "train": {"f1_weighted": seen}}
            for name, (unseen, seen) in f1.items()
        },
        volatility={},
        beyond_volatility={},
        conditions={},
        verdict=Verdict([], [], Trading(False, -0.5, "it loses")),
        made_from={"members": {"lightgbm": "l" * 32, "xgboost": "x" * 32}},
        graphs=[{"file": "a.onnx", "md5": "g" * 32}],
        library_versions={"numpy": "2"},
    )


def test_f1_is_walk_forward_and_training_scores_stand_under_train(facts: Facts) -> None:
    training, production, legacy = (
        documents(facts)[path] for path in (TRAINING_METADATA, PRODUCTION_METADATA, LEGACY_METADATA)
    )
    assert {name: model["f1_score"] for name, model in training["individual_models"].items()} == {
        "lightgbm": 0.61,
        "xgboost": 0.62,
    }
    performance = production["performance_metrics"]
    assert [performance[f"{name}_f1"] for name in ("lightgbm", "xgboost", "ensemble")] == [0.61, 0.62, 0.63]
    assert performance["ensemble_expected_f1"] == 0.63
    assert performance["train"] == {"lightgbm_f1": 0.91, "xgboost_f1": 0.92, "ensemble_f1": 0.93}
    assert (legacy["f1_score"], legacy["train"]) == (0.63, {"f1_score": 0.93})


def test_candles_and_rows_are_told_apart(facts: Facts) -> None:
    training, production, legacy = documents(facts).values()
    for document in (training, production):
        assert (document["data"]["candles"], document["data"]["rows"]) == (100, 60)
    assert legacy["training_samples"] == 60


def test_the_status_follows_the_gates_and_trading_stands_apart(facts: Facts) -> None:
    for failures, leaks, status in (
        ([], [], "production_ready"),
        (["it fell"], [], "gates_failed"),
        (["it fell"], ["it leaks"], "leak_suspected"),
    ):
        verdict = replace(facts.verdict, failures=failures, leaks=leaks)
        _, production, legacy = documents(replace(facts, verdict=verdict)).values()
        assert (production["status"], legacy["status"]) == (status, status)
        assert production["failed_gates"] == [*leaks, *failures]
        assert production["trading"] == legacy["trading"] == {"ready": False, "net_return": -0.5, "reason": "it loses"}
