"""Would another threshold, or a band in which nothing is traded, have made the decisions pay?

Both are chosen for each fold by what they made of the folds before it, after costs, and judged on the fold itself;
the first fold only chooses. Beside them stands the ensemble's own threshold over the same hours.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from src.evaluation.backtest import Backtest, backtest_report, run_backtest
from src.evaluation.bootstrap import FEWEST, bootstrapped
from src.evaluation.metrics import DIGITS
from src.evaluation.params import EvaluationParams

THRESHOLDS = (0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6)
BANDS = (0.05, 0.1, 0.15, 0.2, 0.25)
OWN, THRESHOLD, WITH_BAND = "own_threshold", "chosen_threshold", "chosen_threshold_and_band"


class Rule(NamedTuple):
    """Buy from a probability of ``threshold`` on, sell below ``threshold`` − ``band``; None: never buy."""

    threshold: float | None
    band: float = 0.0


# Where rules made the same, the first is taken: never to buy costs nothing.
PLAIN = (Rule(None), *(Rule(threshold) for threshold in THRESHOLDS))
BANDED = (*PLAIN, *(Rule(threshold, band) for threshold in THRESHOLDS for band in BANDS if band < threshold))


def thresholds_document(
    candles: pd.DataFrame, voted: pd.DataFrame, own: float, params: EvaluationParams
) -> dict[str, Any] | None:
    """`reports/metrics/thresholds.json`; None where too few bars are judged.

    Args:
        candles: in the candle contract.
        voted: the ensemble's out-of-fold table.
        own: the ensemble's threshold.
        params: costs and trials.
    """
    made = returns_by_fold(candles, voted, BANDED, params.cost)
    judged = voted[voted["fold"] > voted["fold"].min()]
    chosen = {THRESHOLD: chosen_rules(made.loc[list(PLAIN)]), WITH_BAND: chosen_rules(made)}
    always = {OWN: dict.fromkeys(made.columns[1:], Rule(own))} | chosen
    backtests = {name: run_backtest(candles, followed(judged, rules), params.cost) for name, rules in always.items()}
    if len(backtests[OWN].bars) < FEWEST:
        return None
    return {
        "rules": {name: [_told(fold, rule) for fold, rule in rules.items()] for name, rules in chosen.items()},
        "backtests": {name: backtest_report(test, params.trials) for name, test in backtests.items()},
        **_differences(backtests),
    }


def decisions(probability: NDArray[np.float64], rule: Rule, held: float = 0.0) -> NDArray[np.float64]:
    """(n,) probabilities → (n,) what is held after each, 0 or 1; ``held`` before the first."""
    if rule.threshold is None:
        return np.zeros(len(probability))
    asked = np.where(probability < rule.threshold - rule.band, 0.0, np.nan)
    asked[probability >= rule.threshold] = 1.0
    return pd.Series([held, *asked]).ffill().to_numpy()[1:]


def returns_by_fold(candles: pd.DataFrame, voted: pd.DataFrame, rules: Sequence[Rule], cost: float) -> pd.DataFrame:
    """Σ log (1 + net return) of each rule (rows) in each fold (columns), followed through all of them."""
    fold = pd.Series(voted["fold"].to_numpy(), index=voted["timestamp"])
    first = int(candles["timestamp"].searchsorted(voted["timestamp"].iloc[0]))
    # A bar belongs to the fold of the candle at whose close it was decided.
    of_candle = candles["timestamp"].iloc[first:].map(fold).ffill().to_numpy()
    found = []
    for rule in rules:
        held = pd.Series(decisions(voted["probability"].to_numpy(), rule), index=fold.index)
        net = run_backtest(candles, held, cost).bars["net"]
        found.append(np.log1p(net).groupby(of_candle[: len(net)]).sum())
    return pd.DataFrame(found, index=pd.Index(list(rules), tupleize_cols=False))


def chosen_rules(made: pd.DataFrame) -> dict[int, Rule]:
    """By fold, but the first, the rule that made most of the folds before it."""
    before = made.cumsum(axis=1).shift(1, axis=1).iloc[:, 1:]
    return {int(fold): made.index[int(before[fold].to_numpy().argmax())] for fold in before.columns}


def followed(judged: pd.DataFrame, rules: Mapping[int, Rule]) -> pd.Series:
    """What is held by timestamp, each fold by its rule, beginning with what is held; the first with nothing."""
    parts, held = [], 0.0
    for fold, rows in judged.groupby("fold"):
        parts.append(decisions(rows["probability"].to_numpy(), rules[int(fold)], held))
        held = float(parts[-1][-1])
    return pd.Series(np.concatenate(parts), index=judged["timestamp"])


def _differences(backtests: Mapping[str, Backtest]) -> dict[str, Any]:
    """What is chosen less the ensemble's own threshold, paired, with errors of the weekly block bootstrap."""
    drawn = bootstrapped(backtests, _growth)
    own = _growth(backtests[OWN].bars["net"].to_numpy())[0]
    report = {}
    for name in (THRESHOLD, WITH_BAND):
        gap = _growth(backtests[name].bars["net"].to_numpy())[0] - own
        error = (drawn[name] - drawn[OWN])[:, 0].std(ddof=1)
        report[f"{name}_less_own"] = {"log_return": _rounded(gap), "log_return_se": _rounded(error)}
    return report


def _growth(net: NDArray[np.float64]) -> tuple[float]:
    return (float(np.log1p(net).sum()),)


def _told(fold: int, rule: Rule) -> dict[str, Any]:
    return {"fold": int(fold), "threshold": rule.threshold, "band": rule.band}


def _rounded(value: float) -> float:
    return round(float(value), DIGITS)
