"""Who is compared in `make bench-quality`: baselines, the seed's members, CatBoost and FLAML on either inputs, ours."""

import time
from collections.abc import Callable
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from src.baselines.models import baselines
from src.baselines.seed import SEED_SETTINGS
from src.ml.base.inputs import TRANSFORMS
from src.ml.base.registry import make_member
from src.validation.walk_forward import Classifier

Factory = Callable[[], Classifier]
# CPU seconds that FLAML got, fit by fit: its budget is wall-clock time, and the machine may be busy.
FLAML_CPU_SECONDS: list[float] = []


class OnInputs:
    """A library's own classifier on one of the members' transforms of the 12 features."""

    def __init__(self, inputs: str, estimator: Any) -> None:
        self.transform = TRANSFORMS[inputs]
        self.estimator = estimator

    def fit(self, features: NDArray[np.float64], target: NDArray[np.int8]) -> Self:
        """Train on the transformed features."""
        self.estimator.fit(self.transform(features), target)
        return self

    def predict_proba(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n, 12) → (n, 2)."""
        return np.asarray(self.estimator.predict_proba(self.transform(features)), dtype="float64")


class Flaml(OnInputs):
    """FLAML's search over its learners for ``seconds``, judged on the last part of the training rows."""

    def __init__(self, inputs: str, seconds: float) -> None:
        from flaml import AutoML

        super().__init__(inputs, AutoML())
        self.seconds = seconds

    def fit(self, features: NDArray[np.float64], target: NDArray[np.int8]) -> Self:
        """Search, then train the winner."""
        started = time.process_time()
        self.estimator.fit(
            self.transform(features),
            target,
            task="classification",
            metric="log_loss",
            time_budget=self.seconds,
            eval_method="holdout",
            split_type="time",
            n_jobs=1,
            seed=42,
            verbose=0,
        )
        FLAML_CPU_SECONDS.append(time.process_time() - started)
        return self


def cat_boost(inputs: str) -> Classifier:
    """CatBoost with its defaults, one thread."""
    from catboost import CatBoostClassifier

    return OnInputs(
        inputs, CatBoostClassifier(thread_count=1, verbose=False, random_seed=42, allow_writing_files=False)
    )


def quick_contestants(target_threshold: float) -> dict[str, Factory]:
    """The baselines of every run, the seed's members one by one instead of its vote, and CatBoost."""
    return {
        **{name: make for name, make in baselines(target_threshold).items() if name != "seed"},
        **{f"seed {name}": _seed(name) for name in SEED_SETTINGS},
        "CatBoost default, raw": lambda: cat_boost("raw"),
        "CatBoost default, relative": lambda: cat_boost("relative"),
    }


def searching_contestants(seconds: float) -> dict[str, Factory]:
    """FLAML on either inputs."""
    return {
        f"FLAML {seconds:g} s, raw": lambda: Flaml("raw", seconds),
        f"FLAML {seconds:g} s, relative": lambda: Flaml("relative", seconds),
    }


def _seed(name: str) -> Factory:
    return lambda: make_member(name, SEED_SETTINGS[name])
