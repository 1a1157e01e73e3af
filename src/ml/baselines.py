"""What a model has to beat, on the same folds."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from src.features.names import FEATURE_NAMES
from src.ml.walk_forward import Classifier

_CLOSE, _RETURN, _ATR, _VOLUME = (FEATURE_NAMES.index(n) for n in ("close", "returns_1", "atr_14", "volume_ratio"))


def volatility_inputs(features: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, 12) → (n, 3): log(ATR / close), log(volume ratio + 0.01), log(|last return| + 0.0001)."""
    return np.column_stack(
        [
            np.log(features[:, _ATR] / features[:, _CLOSE] + 1e-12),
            np.log(features[:, _VOLUME] + 0.01),
            np.log(np.abs(features[:, _RETURN]) + 1e-4),
        ]
    )


def base_rate() -> Classifier:
    """Always the share of 1s among the training rows."""
    return DummyClassifier(strategy="prior")


def logistic() -> Classifier:
    """Logistic regression on the 12 features, standardised on the training rows."""
    return make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))


def volatility() -> Classifier:
    """Logistic regression that knows only how much the price moves, not which way."""
    return make_pipeline(FunctionTransformer(volatility_inputs), StandardScaler(), LogisticRegression(max_iter=1000))


BASELINES: dict[str, Callable[[], Classifier]] = {
    "base_rate": base_rate,
    "logistic": logistic,
    "volatility": volatility,
}
