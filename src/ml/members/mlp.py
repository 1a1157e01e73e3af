"""A multilayer perceptron, trained by scikit-learn's Adam (Kingma and Ba, ICLR 2015), on standardised inputs.

Its sums come from BLAS, which chooses its code by processor: the bytes are the same on every run, path and number of
threads, but the last bits differ between kinds of processor. The tree members do not have this limit.
"""

import warnings
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from src.ml.base.layers import Layer, LayerTable, fits, is_finite
from src.ml.base.member import Member

# Standard deviations; returns have tails that would drown all other rows.
CLIP = 5.0
# What is fixed here, means nothing to Adam, or has another meaning under the same name elsewhere.
_NOT_SETTINGS = {
    "activation",
    "learning_rate",
    "max_fun",
    "momentum",
    "nesterovs_momentum",
    "power_t",
    "solver",
    "verbose",
    "warm_start",
}


class MLPMember(Member):
    """Kept as means, scales and layers: plain arrays, which answer without scikit-learn."""

    name = "mlp"
    pickle_names: ClassVar[tuple[tuple[str, str], ...]] = (
        ("numpy", "dtype"),
        ("numpy._core.numeric", "_frombuffer"),
    )

    _mean: NDArray[np.float64]
    _scale: NDArray[np.float64]
    _layers: list[Layer]

    def verify(self) -> None:
        super().verify()
        count = len(self.input_names)
        parts: list[Any] = [getattr(self, key, None) for key in ("_mean", "_scale")]
        sized = all(is_finite(part) and part.shape == (count,) for part in parts) and self._scale.min() > 0
        if not sized or not fits(getattr(self, "_layers", None), count):
            raise ValueError("the perceptron's layers do not lead from its inputs to one output")

    def _known_settings(self) -> frozenset[str]:
        from sklearn.neural_network import MLPClassifier

        return frozenset(MLPClassifier().get_params()) - _NOT_SETTINGS

    def _fit(self, inputs: NDArray[np.float32], target: NDArray[np.int8], weights: NDArray[np.float64] | None) -> None:
        from sklearn.neural_network import MLPClassifier

        if self.rising:
            raise ValueError("rising: a perceptron knows no such constraint; remove it")
        _one_thread()
        # Stopping after `max_iter` epochs is how it is meant.
        warnings.filterwarnings("ignore", message="Stochastic Optimizer: Maximum iterations")
        exact = inputs.astype("float64")
        deviation = exact.std(axis=0)
        self._mean, self._scale = exact.mean(axis=0), np.where(deviation > 0, deviation, 1.0)
        network = MLPClassifier(**self.settings).fit(self._table([]).standardised(inputs), target, weights)
        self._layers = [
            (np.ascontiguousarray(part), np.ascontiguousarray(shift))
            for part, shift in zip(network.coefs_, network.intercepts_, strict=True)
        ]

    def _probability(self, inputs: NDArray[np.float32]) -> NDArray[Any]:
        from scipy.special import expit

        _one_thread()
        return expit(self.graph_table().output(inputs))

    def graph_table(self) -> LayerTable:
        return self._table(self._layers)

    def _table(self, layers: list[Layer]) -> LayerTable:
        return LayerTable(self._mean, self._scale, CLIP, tuple(layers))


def _one_thread() -> None:
    """BLAS with more than one thread may add in another order. Not undone: several folds are fitted at once."""
    from threadpoolctl import threadpool_limits

    threadpool_limits(limits=1, user_api="blas")
