"""What a model has to beat, on the same folds."""

from collections.abc import Callable
from typing import Self

import numpy as np
from numpy.typing import NDArray
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from src.baselines.seed import SEED_SETTINGS, SEED_WEIGHTS
from src.core.names import FEATURE_NAMES
from src.ml.base.registry import make_member
from src.ml.vote import weighted_mean
from src.validation.walk_forward import Classifier

# Newest training rows of a fit, of baselines that would cost more than the members: 200 trees of depth 12 on a million
# rows take hours. More rows than the bundled candles have; `baselines.json` says where it applied.
TRAINS_ON_NEWEST = {"seed": 50_000}

_CLOSE, _RETURN, _ATR, _VOLUME = (FEATURE_NAMES.index(n) for n in ("close", "returns_1", "atr_14", "volume_ratio"))

# Between processors the weights differ by up to 1e-10 and, with equal weights, the probabilities by 1e-15.
WEIGHT_DIGITS, PROBABILITY_DIGITS = 6, 8


def volatility_inputs(features: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, 12) → (n, 3): log(ATR / close), log(volume ratio + 0.01), log(|last return| + 0.0001)."""
    return np.column_stack(
        [
            np.log(features[:, _ATR] / features[:, _CLOSE] + 1e-12),
            np.log(features[:, _VOLUME] + 0.01),
            np.log(np.abs(features[:, _RETURN]) + 1e-4),
        ]
    )


class LastHourRule:
    """The next bar does what the last one did: the frequency of 1 after a rise above ``threshold``, and after none.

    Args:
        threshold: that of the target.
    """

    def __init__(self, threshold: float) -> None:
        self.threshold = threshold

    def fit(self, features: NDArray[np.float64], target: NDArray[np.int8]) -> Self:
        """Count; one 1 and one 0 are added to either side, so that no probability is 0 or 1."""
        rose = features[:, _RETURN] > self.threshold
        self.after_rise, self.after_none = ((target[side].sum() + 1) / (side.sum() + 2) for side in (rose, ~rose))
        return self

    def predict_proba(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n, 12) → (n, 2)."""
        positive = np.where(features[:, _RETURN] > self.threshold, self.after_rise, self.after_none)
        return np.column_stack([1 - positive, positive])


def base_rate() -> Classifier:
    """Always the share of 1s among the training rows."""
    return DummyClassifier(strategy="prior")


class RoundedLogistic(LogisticRegression):  # type: ignore[misc]
    """Logistic regression whose weights are rounded after the fit, and its probabilities after that.

    Its solver rests on BLAS and numpy's logarithms, which give other last bits on other processors.
    """

    def fit(self, features: NDArray[np.float64], target: NDArray[np.int8]) -> Self:
        """Train, then round the weights to ``WEIGHT_DIGITS``."""
        super().fit(features, target)
        for name in ("coef_", "intercept_"):
            setattr(self, name, getattr(self, name).round(WEIGHT_DIGITS))
        return self

    def predict_proba(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n, k) → (n, 2), rounded to ``PROBABILITY_DIGITS``."""
        return super().predict_proba(features).round(PROBABILITY_DIGITS)


def logistic() -> Classifier:
    """Logistic regression on the 12 features, standardised on the training rows."""
    return make_pipeline(StandardScaler(), RoundedLogistic(max_iter=1000))


def volatility() -> Classifier:
    """Logistic regression that knows only how much the price moves, not which way."""
    return make_pipeline(FunctionTransformer(volatility_inputs), StandardScaler(), RoundedLogistic(max_iter=1000))


class SeedEnsemble:
    """The seed's three members with the seed's settings, and its vote."""

    def fit(self, features: NDArray[np.float64], target: NDArray[np.int8]) -> Self:
        """Train the members."""
        self.members = {
            name: make_member(name, settings).fit(features, target) for name, settings in SEED_SETTINGS.items()
        }
        return self

    def predict_proba(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n, 12) → (n, 2)."""
        return weighted_mean({name: m.predict_proba(features) for name, m in self.members.items()}, SEED_WEIGHTS)


def baselines(target_threshold: float) -> dict[str, Callable[[], Classifier]]:
    """The baselines of every run, by name."""
    return {
        "base_rate": base_rate,
        "last_hour": lambda: LastHourRule(target_threshold),
        "logistic": logistic,
        "volatility": volatility,
        "seed": SeedEnsemble,
    }
