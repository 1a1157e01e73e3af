"""What a neural member exports: its layers as plain arrays."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
# One layer: (inputs, outputs) weights and (outputs,) shifts.
Layer = tuple[Array, Array]


@dataclass(frozen=True)
class LayerTable:
    """A perceptron: standardise, clip, then layer by layer ``x @ weights + shift``, negatives to 0 but after the last.

    Attributes:
        mean: (k,) subtracted from the inputs.
        scale: (k,) they are divided by.
        clip: standard deviations beyond which an input counts as that many.
        layers: the last has one output.
        link: what makes a probability of the last output.
    """

    mean: Array
    scale: Array
    clip: float
    layers: tuple[Layer, ...]
    link: Literal["sigmoid"] = "sigmoid"

    def standardised(self, inputs: NDArray[np.float32]) -> Array:
        """(n, k) inputs in clipped standard deviations from their mean."""
        return np.clip((inputs.astype("float64") - self.mean) / self.scale, -self.clip, self.clip)

    def output(self, inputs: NDArray[np.float32]) -> Array:
        """(n, k) inputs → (n,) the last output, before the link."""
        values = self.standardised(inputs)
        for weights, shift in self.layers[:-1]:
            values = np.maximum(values @ weights + shift, 0)
        weights, shift = self.layers[-1]
        return (values @ weights + shift)[:, 0]


def fits(layers: Any, inputs: int) -> bool:
    """Whether ``layers`` is a list of finite float64 layers that lead from ``inputs`` values to one."""
    width = inputs
    for layer in layers if type(layers) is list else []:
        if type(layer) is not tuple or len(layer) != 2 or not all(is_finite(part) for part in layer):
            return False
        weights, shift = layer
        if weights.ndim != 2 or weights.shape[0] != width or shift.shape != weights.shape[1:]:
            return False
        width = weights.shape[1]
    return bool(type(layers) is list and layers and width == 1)


def is_finite(value: Any) -> bool:
    """Whether ``value`` is a float64 array without NaN or infinity."""
    return isinstance(value, np.ndarray) and value.dtype == np.float64 and bool(np.isfinite(value).all())
