import copy
import math

import pytest

from src.core.errors import UserError
from src.metadata.figures import Figures
from src.metadata.gates import Gates, failed_gates, judge_trading, verdict_on

GATES = Gates(
    log_loss_skill_above=0.0,
    roc_auc_above=0.5,
    direction_auc_below=0.65,
    skill_over_volatility_below=0.05,
    net_return_above=0.0,
)
GOOD = {"log_loss_skill": 0.08, "log_loss_skill_se": 0.02, "roc_auc": 0.65, "roc_auc_se": 0.02}
FIGURES = Figures(
    models={name: {"walk_forward": GOOD | {"roc_auc_direction": 0.53}} for name in ("lightgbm", "ensemble")},
    volatility={"walk_forward": {"log_loss_skill": 0.07}},
    net_return=0.25,
)


def figures(model: str, **changed: float | None) -> Figures:
    """``FIGURES`` with other walk-forward figures of one model."""
    models = copy.deepcopy(FIGURES.models)
    models[model]["walk_forward"] |= changed
    return Figures(models, FIGURES.volatility, FIGURES.net_return)


def test_good_figures_pass() -> None:
    assert failed_gates(GATES, GOOD) == []
    verdict = verdict_on(GATES, FIGURES)
    assert (verdict.status, verdict.failures, verdict.leaks) == ("production_ready", [], [])
    assert verdict.trading.ready
    assert verdict.trading.reason == "net return +25.0 % after costs, > 0.0 %"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"log_loss_skill_se": 0.08}, "log loss skill less one standard error is 0.0000, not > 0.0"),
        ({"roc_auc": 0.52, "roc_auc_se": 0.02}, "ROC AUC less one standard error is 0.5000, not > 0.5"),
    ],
)
def test_each_gate_fails_at_its_limit(change: dict[str, float], sentence: str) -> None:
    assert failed_gates(GATES, GOOD | change) == [sentence]
    assert verdict_on(GATES, figures("ensemble", **change)).status == "gates_failed"


def test_figures_that_are_not_numbers_fail() -> None:
    assert len(failed_gates(GATES, dict.fromkeys(GOOD, math.nan))) == 2


@pytest.mark.parametrize("model", ["lightgbm", "ensemble"])
@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"roc_auc_direction": 0.65}, "tells rises from falls with AUC 0.6500, not < `gates.direction_auc_below` 0.65"),
        ({"roc_auc_direction": math.nan}, "tells rises from falls with AUC nan"),
        ({"log_loss_skill": 0.125}, "has 0.0550 more skill than volatility alone, not < `gates.skill_over_vol"),
        ({"log_loss_skill": math.nan}, "has nan more skill"),
    ],
)
def test_a_figure_too_good_to_be_true_is_a_suspected_leak(model: str, change: dict[str, float], sentence: str) -> None:
    verdict = verdict_on(GATES, figures(model, **change))
    assert verdict.leaks[0].startswith(f"a leak is suspected: {model} {sentence}")
    assert verdict.status == "leak_suspected"
    assert not verdict.trading.ready
    assert verdict.trading.reason == "a leak is suspected, so its net return says nothing"


def test_a_good_rank_of_calm_and_wild_hours_is_no_leak() -> None:
    assert verdict_on(GATES, figures("ensemble", roc_auc=0.871, roc_auc_direction=None)).leaks == []


@pytest.mark.parametrize(
    ("net_return", "reason"),
    [
        (-0.589683, "net return -59.0 % after costs, not > 0.0 %"),
        (0.0, "net return +0.0 % after costs, not > 0.0 %"),
        (None, "net return after costs unknown"),
        (math.nan, "net return after costs unknown"),
        (True, "net return after costs unknown"),
        ("0.5", "net return after costs unknown"),
    ],
)
def test_what_makes_no_money_is_not_ready_for_trading(net_return: object, reason: str) -> None:
    trading = judge_trading(GATES, net_return)
    assert (trading.ready, trading.reason) == (False, reason)


def test_the_limit_of_trading_is_the_gate_s() -> None:
    assert judge_trading(GATES.model_copy(update={"net_return_above": -0.6}), -0.59).ready
    assert not judge_trading(GATES.model_copy(update={"net_return_above": 0.3}), 0.25).ready


def test_figures_that_lack_a_key_are_one_sentence() -> None:
    old = Figures({"ensemble": {"walk_forward": GOOD}}, FIGURES.volatility, None)
    with pytest.raises(UserError, match=r"reports/metrics lacks what the gates look at \('roc_auc_direction'\)"):
        verdict_on(GATES, old)
