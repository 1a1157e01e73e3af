"""Where the ensemble fails: its figures after calm and after restless days, and in its worst fold."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from sklearn.metrics import log_loss

from src.evaluation.heads import summary_of_folds
from src.evaluation.metrics import DIGITS, auc_where_known, direction_scores, fold_scores

# Bars whose returns say how restless the market was, the row's own candle included: what was known at the answer.
BARS = 24
THIRDS = ("calm", "usual", "restless")


def conditions(
    ensemble: pd.DataFrame, volatility: pd.DataFrame, candles: pd.DataFrame, threshold: float
) -> dict[str, Any]:
    """`after_calm`, `after_usual` and `after_restless` hours, a third of each fold's rows each, and `worst_fold`.

    Each third has, mean over the folds and `…_se`: `rate` of rises, mean `probability`, `roc_auc`,
    `roc_auc_direction`, and `skill_over_volatility` = 1 − log loss / that of the baseline volatility on the same rows.

    Args:
        ensemble: its out-of-fold table.
        volatility: that of the baseline of this name, the same rows.
        candles: closed candles.
        threshold: of the decision.
    """
    restless = np.sqrt((candles["close"].pct_change() ** 2).rolling(BARS, min_periods=1).mean())
    restless.index = pd.Index(candles["timestamp"])
    rows = ensemble.assign(
        restless=restless.loc[ensemble["timestamp"]].to_numpy(), reference=volatility["probability"].to_numpy()
    )
    # By rank, so that equal values are told apart by their order and every third has as many rows.
    within = rows.groupby("fold")["restless"]
    rows["third"] = (within.rank(method="first") - 1) * len(THIRDS) // within.transform("size")
    found = {
        f"after_{name}": summary_of_folds(_scores(rows[rows["third"] == number])) for number, name in enumerate(THIRDS)
    }
    folds = fold_scores(ensemble, threshold).set_index("fold")["log_loss_skill"]
    worst = ensemble.loc[ensemble["fold"] == folds.idxmin(), "timestamp"]
    return found | {
        "worst_fold": {
            "log_loss_skill": round(float(folds.min()), DIGITS),
            "first": f"{worst.min():%Y-%m-%d}",
            "last": f"{worst.max():%Y-%m-%d}",
        }
    }


def _scores(rows: pd.DataFrame) -> Iterator[dict[str, float]]:
    for _, fold in rows.groupby("fold"):
        target, probability = fold["target"].to_numpy(), fold["probability"].to_numpy()
        own, reference = (log_loss(target, fold[name], labels=[0, 1]) for name in ("probability", "reference"))
        yield {
            "rate": float(target.mean()),
            "probability": float(probability.mean()),
            "roc_auc": auc_where_known(target, probability),
            "roc_auc_direction": direction_scores(target, fold["fell"].to_numpy(), probability)["roc_auc_direction"],
            "skill_over_volatility": 1 - own / reference,
            "n": len(fold),
        }
