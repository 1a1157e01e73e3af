"""Each head of a two-headed model by its own metrics: will the price move, and which way, given that it moved?"""

import itertools
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.metrics import log_loss, roc_auc_score

from src.evaluation.metrics import DIGITS, calibration_error
from src.ml.vote import direction_given_move

# Sizes of a move by which its direction is judged, as multiples of the target's threshold: at 0.3 % below 0.5 %, below
# 1 %, and from there on.
SIZES = (1.0, 5 / 3, 10 / 3, np.inf)


def changes_after(candles: pd.DataFrame, horizon: int) -> pd.Series:
    """By each candle's timestamp: close ``horizon`` bars later / close − 1; NaN where it is not known."""
    change = candles["close"].shift(-horizon) / candles["close"] - 1
    return pd.Series(change.to_numpy(), index=candles["timestamp"])


def heads_documents(
    models: Mapping[str, pd.DataFrame], changes: pd.Series, threshold: float
) -> dict[str, dict[str, Any]]:
    """`{"move": …, "direction": …}` by model; only of those whose out-of-fold table has both heads.

    Every figure is the unweighted mean over the folds, `…_se` the standard deviation of the folds' values / √folds.

    Args:
        models: out-of-fold tables.
        changes: of ``changes_after``.
        threshold: of the target.
    """
    return {
        name: {"move": summary_of_folds(_move_scores(table)), "direction": _direction(table, changes, threshold)}
        for name, table in models.items()
        if "probability_move" in table
    }


def _direction(table: pd.DataFrame, changes: pd.Series, threshold: float) -> dict[str, Any]:
    moved = table[(table["target"] == 1) | (table["fell"] == 1)]
    sizes = np.abs(changes.loc[moved["timestamp"]].to_numpy()) / threshold
    by_size = []
    for least, most in itertools.pairwise(SIZES):
        part = moved[(sizes >= least) & (sizes < most)]
        limits = {"from": round(least * threshold, DIGITS), "below": _number(most * threshold)}
        by_size.append(limits | summary_of_folds(_direction_scores(part, with_losses=False)))
    return summary_of_folds(_direction_scores(moved)) | {"by_size": by_size}


def _move_scores(table: pd.DataFrame) -> Iterator[dict[str, float]]:
    for _, fold in table.groupby("fold"):
        moved = ((fold["target"] == 1) | (fold["fell"] == 1)).to_numpy().astype("int8")
        yield _scores(moved, fold["probability_move"].to_numpy(), fold["base_rate_move"].to_numpy())


def _direction_scores(moved: pd.DataFrame, *, with_losses: bool = True) -> Iterator[dict[str, float]]:
    for _, fold in moved.groupby("fold"):
        rise = direction_given_move(fold["probability"].to_numpy(), fold["probability_move"].to_numpy())
        if fold["target"].nunique() < 2:
            continue
        if with_losses:
            known = (fold["base_rate"] / fold["base_rate_move"]).to_numpy()
            yield _scores(fold["target"].to_numpy(), rise, known)
        else:
            yield {"roc_auc": roc_auc_score(fold["target"], rise), "n": len(fold)}


def _scores(target: NDArray[Any], probability: NDArray[np.float64], base_rate: NDArray[np.float64]) -> dict[str, float]:
    loss, reference = (log_loss(target, values, labels=[0, 1]) for values in (probability, base_rate))
    return {
        "log_loss_skill": 1 - loss / reference,
        "roc_auc": roc_auc_score(target, probability),
        "calibration_error": calibration_error(target, probability),
        "rate": float(target.mean()),
        "n": len(target),
    }


def summary_of_folds(folds: Iterable[dict[str, float]]) -> dict[str, Any]:
    """Each score's mean over the folds where it is a number, and `…_se`; `n` is the sum, `folds` their number."""
    scores = pd.DataFrame(list(folds))
    found: dict[str, Any] = {}
    for name in scores.columns.drop("n", errors="ignore"):
        found[name] = _number(scores[name].mean())
        if name != "rate":
            found[f"{name}_se"] = _number(scores[name].std(ddof=1) / np.sqrt(len(scores)))
    return found | {"n": int(scores["n"].sum()) if len(scores) else 0, "folds": len(scores)}


def _number(value: float) -> float | None:
    return round(float(value), DIGITS) if np.isfinite(value) else None
