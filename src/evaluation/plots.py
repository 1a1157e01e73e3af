"""Tables that `dvc plots` draws: members, ensemble and baselines on one picture each."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from sklearn.metrics import confusion_matrix, roc_curve

from src.evaluation.backtest import Backtest
from src.evaluation.importance import importance_table
from src.evaluation.metrics import CALIBRATION_BINS, DIGITS, fold_scores

ROC_POINTS = 101
LABELS = ("no rise", "rise")


def plot_tables(
    models: Mapping[str, pd.DataFrame],
    baselines: Mapping[str, pd.DataFrame],
    backtests: Mapping[str, Backtest],
    threshold: float,
) -> dict[str, pd.DataFrame]:
    """Every table of `reports/plots` by its name.

    Args:
        models: the out-of-fold tables of the members and of `ensemble`.
        baselines: those of the baselines.
        backtests: by strategy.
        threshold: of the decision.
    """
    return {
        "roc": roc_points({**models, "volatility": baselines["volatility"]}),
        "skill_by_fold": skill_by_fold({**models, **baselines}, threshold),
        "reliability": reliability(models),
        "confusion": confusion(models, threshold),
        "importance": importance(models),
        "equity": equity(backtests),
    }


def roc_points(predictions: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """`model, false_positive_rate, true_positive_rate` of all out-of-fold rows together, on an even grid."""
    grid = np.linspace(0, 1, ROC_POINTS)
    curves = []
    for name, table in predictions.items():
        false_positive, true_positive, _ = roc_curve(table["target"], table["probability"])
        rate = np.interp(grid, false_positive, true_positive)
        curves.append(pd.DataFrame({"model": name, "false_positive_rate": grid, "true_positive_rate": rate}))
    return pd.concat(curves, ignore_index=True).round(DIGITS)


def skill_by_fold(predictions: Mapping[str, pd.DataFrame], threshold: float) -> pd.DataFrame:
    """`model, fold, until, log_loss_skill`; ``until`` is the day of the fold's last row."""
    tables = []
    for name, table in predictions.items():
        until = table.groupby("fold")["timestamp"].max().dt.strftime("%Y-%m-%d").to_numpy()
        scores = fold_scores(table, threshold)[["fold", "log_loss_skill"]]
        scores.insert(1, "until", until)
        scores.insert(0, "model", name)
        tables.append(scores)
    return pd.concat(tables, ignore_index=True).round(DIGITS)


def reliability(predictions: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """`model, predicted, observed, n`: mean probability and frequency of 1 in ten equally filled bins."""
    tables = []
    for name, table in predictions.items():
        order = np.argsort(table["probability"].to_numpy(), kind="stable")
        for part in np.array_split(order, CALIBRATION_BINS):
            rows = table.iloc[part]
            tables.append((name, rows["probability"].mean(), rows["target"].mean(), len(rows)))
    return pd.DataFrame(tables, columns=["model", "predicted", "observed", "n"]).round(DIGITS)


def confusion(predictions: Mapping[str, pd.DataFrame], threshold: float) -> pd.DataFrame:
    """`model, actual, predicted, hours` of all out-of-fold rows at the decision threshold."""
    rows = []
    for name, table in predictions.items():
        counts = confusion_matrix(table["target"], table["probability"] >= threshold, labels=[0, 1])
        rows += [(name, LABELS[i], LABELS[j], int(counts[i, j])) for i in range(2) for j in range(2)]
    return pd.DataFrame(rows, columns=["model", "actual", "predicted", "hours"])


def importance(predictions: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """`model, feature, log_loss_increase, se` of every model whose table has the shuffled probabilities."""
    tables = [importance_table(table).assign(model=name) for name, table in predictions.items()]
    return pd.concat(tables, ignore_index=True)[["model", "feature", "log_loss_increase", "se"]].round(DIGITS)


def equity(backtests: Mapping[str, Backtest]) -> pd.DataFrame:
    """`strategy, day, value`: what 1 became by the last bar of each day, after costs."""
    tables = []
    for name, backtest in backtests.items():
        day = backtest.bars["timestamp"].dt.strftime("%Y-%m-%d")
        last = ~day.duplicated(keep="last")
        tables.append(pd.DataFrame({"strategy": name, "day": day[last], "value": backtest.equity[last.to_numpy()]}))
    return pd.concat(tables, ignore_index=True).round(DIGITS)
