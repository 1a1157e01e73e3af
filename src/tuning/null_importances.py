"""Which inputs gain no more than they would if the target were shuffled.

Source: Altmann et al., Permutation importance: a corrected feature importance measure, Bioinformatics 26 (2010).
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from src.ml.base.inputs import INPUT_NAMES, TRANSFORMS

SHUFFLES = 40
SEED = 42
# An input whose gain lies below this quantile of its gains on shuffled targets may be left out.
QUANTILE = 0.95


def null_importances(
    features: NDArray[np.float64], target: NDArray[Any], inputs: str, shuffles: int = SHUFFLES
) -> dict[str, dict[str, float]]:
    """By input: `gain`, the loss that LightGBM's splits on it save; `null`, the ``QUANTILE`` of it on shuffled targets.

    Args:
        features: (n, k).
        target: (n,) of two classes.
        inputs: the key of the transform.
        shuffles: how many targets are shuffled.
    """
    names = INPUT_NAMES[inputs]
    seen = TRANSFORMS[inputs](features)
    random = np.random.default_rng(SEED)
    gain = _gains(seen, target)
    null = np.quantile([_gains(seen, random.permutation(target)) for _ in range(shuffles)], QUANTILE, axis=0)
    return {
        name: {"gain": round(float(own), 2), "null": round(float(other), 2)}
        for name, own, other in zip(names, gain, null, strict=True)
    }


def droppable(importances: Mapping[str, Mapping[str, float]], kept: set[str]) -> list[str]:
    """The inputs that gain no more than by chance, without those in ``kept``."""
    return [name for name, found in importances.items() if found["gain"] <= found["null"] and name not in kept]


def _gains(inputs: NDArray[np.float32], target: NDArray[Any]) -> NDArray[np.float64]:
    from lightgbm import LGBMClassifier

    model = LGBMClassifier(
        n_estimators=40, num_leaves=8, min_child_samples=100, importance_type="gain", random_state=SEED, n_jobs=1,
        verbosity=-1, deterministic=True, force_row_wise=True,
    )  # fmt: skip
    return np.asarray(model.fit(inputs, target).feature_importances_, dtype="float64")
