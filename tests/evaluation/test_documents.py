import numpy as np
import pandas as pd

from src.evaluation.metrics import metrics_documents, training_metrics, walk_forward_metrics


def out_of_fold(*probabilities: float) -> pd.DataFrame:
    table = pd.DataFrame({"fold": [1, 1, 2, 2], "target": [0, 1] * 2, "fell": [1, 0] * 2, "base_rate": 0.4})
    return table.assign(probability=np.array(probabilities))


def in_sample(rows: int) -> pd.DataFrame:
    return pd.DataFrame({"target": [0, 1] * (rows // 2), "probability": np.linspace(0.1, 0.9, rows)})


def test_each_model_has_its_figures_at_the_threshold() -> None:
    tables = {"a": out_of_fold(0.2, 0.6, 0.3, 0.8), "b": out_of_fold(0.2, 0.75, 0.3, 0.65)}
    trained = {"a": in_sample(8), "b": in_sample(8)}
    for name, document in metrics_documents(tables, trained, 0.7).items():
        assert set(document) == {"walk_forward", "train"}
        figures = walk_forward_metrics(tables[name], 0.7)
        assert document["walk_forward"] == figures != walk_forward_metrics(tables[name], 0.5)
        target, probability = (trained[name][column].to_numpy() for column in ("target", "probability"))
        assert document["train"] == training_metrics(target, probability, 0.7)


def test_a_model_that_was_trained_on_fewer_rows_says_so() -> None:
    tables = {name: out_of_fold(0.2, 0.6, 0.3, 0.8) for name in ("whole", "capped")}
    found = metrics_documents(tables, {"whole": in_sample(8), "capped": in_sample(6)}, 0.5)
    assert found["capped"]["rows_capped_at"] == found["capped"]["train"]["n"] == 6
    assert "rows_capped_at" not in found["whole"]
