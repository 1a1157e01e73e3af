import numpy as np
import pandas as pd
import pytest
from src.ml.evaluate import evaluate_ensemble, voted_predictions

from src.core.names import FEATURE_NAMES
from src.evaluation.metrics import training_metrics, walk_forward_metrics
from src.ml.ensemble import ProductionEnsemble

WEIGHTS = {"lightgbm": 0.5, "xgboost": 0.25, "random_forest": 0.25}


def member_table(*probabilities: float) -> pd.DataFrame:
    """Two folds of two rows; the shuffled probabilities are half the others."""
    plain = np.array(probabilities)
    table = pd.DataFrame({"row": range(4), "fold": [1, 1, 2, 2], "target": [0, 1] * 2, "base_rate": 0.4})
    return table.assign(probability=plain, shuffled_rsi_14=plain / 2)


@pytest.fixture
def predictions() -> dict[str, pd.DataFrame]:
    return {
        "lightgbm": member_table(0.2, 0.4, 0.6, 0.8),
        "xgboost": member_table(0.4, 0.4, 0.2, 0.6),
        "random_forest": member_table(0.0, 0.8, 0.2, 0.2),
    }


def test_every_column_of_probabilities_is_voted_on(predictions) -> None:
    voted = voted_predictions(predictions, WEIGHTS)
    assert voted["probability"].tolist() == pytest.approx([0.2, 0.5, 0.4, 0.6])
    assert voted["shuffled_rsi_14"].tolist() == pytest.approx([0.1, 0.25, 0.2, 0.3])
    assert voted["base_rate"].tolist() == [0.4] * 4


def test_the_vote_is_evaluated_at_its_own_weights_and_threshold(members, problem, predictions) -> None:
    features, target = problem
    rows = pd.DataFrame(features, columns=list(FEATURE_NAMES)).assign(target=target)
    ensemble = ProductionEnsemble(members, WEIGHTS, threshold=0.7)
    evaluation = evaluate_ensemble(ensemble, rows, predictions)
    voted = voted_predictions(predictions, WEIGHTS)
    assert evaluation.metrics["walk_forward"] == walk_forward_metrics(voted, 0.7) != walk_forward_metrics(voted, 0.5)
    probability = ensemble.predict_proba(features)[:, 1]
    train = training_metrics(target, probability, 0.7)
    assert evaluation.metrics["train"] == train != training_metrics(target, probability, 0.5)
