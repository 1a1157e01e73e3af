import pytest

from src.core.errors import UserError
from src.metadata.gates import Gates, failed_gates, refuse_suspected_leak

GATES = Gates(log_loss_skill_above=0.0, roc_auc_above=0.5, roc_auc_below=0.75)
GOOD = {"log_loss_skill": 0.08, "log_loss_skill_se": 0.02, "roc_auc": 0.65, "roc_auc_se": 0.02}


def test_good_figures_pass() -> None:
    assert failed_gates(GATES, GOOD) == []


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"log_loss_skill_se": 0.08}, "log loss skill less one standard error is 0.0000, not > 0.0"),
        ({"roc_auc": 0.52, "roc_auc_se": 0.02}, "ROC AUC less one standard error is 0.5000, not > 0.5"),
    ],
)
def test_each_gate_fails_at_its_limit(change: dict[str, float], sentence: str) -> None:
    assert failed_gates(GATES, GOOD | change) == [sentence]


def test_figures_that_are_not_numbers_fail() -> None:
    assert len(failed_gates(GATES, dict.fromkeys(GOOD, float("nan")))) == 2


@pytest.mark.parametrize("auc", [0.75, 0.99, float("nan")])
def test_a_ranking_too_good_to_be_true_stops(auc: float) -> None:
    refuse_suspected_leak(GATES, "lightgbm", GOOD)
    with pytest.raises(UserError, match=r"lightgbm: .* is not < 0.75, so a leak of the future is suspected"):
        refuse_suspected_leak(GATES, "lightgbm", GOOD | {"roc_auc": auc})
