"""The exported graphs beside the pickle's path: how far apart, and why."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import onnxruntime
import pandas as pd
from numpy.typing import NDArray

from src.core.names import OHLCV
from src.features.technical import TechnicalIndicators
from src.features.wide import WideIndicators
from src.ml.ensemble import ProductionEnsemble

Array = NDArray[np.float64]
HOUR = pd.Timedelta(hours=1)
# The contract: probabilities agree within this, or an input lies within so many standard deviations of a threshold.
AGREED = 1e-6
NEAR = 1e-9


@dataclass(frozen=True)
class Parity:
    """``worst`` |Δp| among the rows that are no exception; ``unexplained`` are exceptions without a near threshold.

    ``furthest`` is the worst |Δp| of the exceptions; ``exception_flips`` are those of their labels that differ, which
    ``flips`` leaves out.
    """

    rows: int
    worst: float
    exceptions: int
    unexplained: int
    flips: int
    furthest: float = 0.0
    exception_flips: int = 0
    # Standard deviations that the worst feature is off TA-Lib; 0 where features are given.
    feature_off: float = 0.0

    def __str__(self) -> str:
        off = f", features off by {self.feature_off:.1e} standard deviations" if self.feature_off else ""
        told = f"{self.exceptions} exceptions ({self.unexplained} unexplained"
        if self.exceptions:
            told += f"; up to {self.furthest:.1e}, {self.exception_flips} labels differ"
        return f"{self.rows:,} rows, worst |Δp| {self.worst:.1e}, {told}), {self.flips} labels differ{off}"


def session(graph: bytes) -> onnxruntime.InferenceSession:
    """A graph, run by one thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])


def ensemble_parity(ensemble: ProductionEnsemble, graph: bytes, features: Array) -> Parity:
    """`production_ensemble` with the pickle on the same features: an exception is a fault, for nothing explains it."""
    pickled = ensemble.predict_proba(features)[:, 1]
    (exported,) = session(graph).run(["probability"], {"features": features})
    return _compared(ensemble, pickled, exported, np.zeros(len(features), dtype=bool))


def signal_parity(
    ensemble: ProductionEnsemble, graph: bytes, windows: Array, scale: Array, opened: NDArray[np.int64] | None = None
) -> Parity:
    """`production_signal` with TA-Lib's features of the same window, fed to the pickle.

    An exception is explained when the graph's features are within ``NEAR`` of TA-Lib's and the pickle, fed with the
    graph's features, answers as the graph does: then a threshold lies between the two.

    Args:
        ensemble: the pickle.
        graph: the bytes of production_signal.onnx.
        windows: (n, warmup, 5).
        scale: (k,) standard deviation of each feature.
        opened: (n,) of the newest candles, for a graph of the set `wide`.
    """
    running = session(graph)
    parts = []
    few = max(1, len(windows) // 1000)
    for number, part in enumerate(np.array_split(windows, few)):
        given = {} if opened is None else {"opened": np.array_split(opened, few)[number]}
        parts.append(running.run(["probability", "features"], {"candles": np.ascontiguousarray(part)} | given))
    exported, computed = (np.concatenate(values) for values in zip(*parts, strict=True))
    bars = windows.shape[1]
    indicators = TechnicalIndicators(bars) if opened is None else WideIndicators(bars, HOUR)
    newest = np.zeros(len(windows)) if opened is None else opened
    frames = (_frame(window, last) for window, last in zip(windows, newest, strict=True))
    reference = np.concatenate([indicators.generate_all_features(frame).to_numpy() for frame in frames])
    off = np.abs(computed - reference) / scale
    pickled = ensemble.predict_proba(reference)[:, 1]
    same = np.abs(ensemble.predict_proba(computed)[:, 1] - exported) <= AGREED
    return _compared(ensemble, pickled, exported, (off.max(axis=1) <= NEAR) & same, float(off.max()))


def _frame(window: Array, newest: float) -> pd.DataFrame:
    hours = pd.to_datetime(newest - 3600 * np.arange(len(window))[::-1], unit="s", utc=True)
    return pd.DataFrame(window, columns=list(OHLCV)).assign(timestamp=hours)


def _compared(
    ensemble: ProductionEnsemble, pickled: Array, exported: Array, explained: NDArray[np.bool], off: float = 0.0
) -> Parity:
    difference = np.abs(pickled - exported)
    # NaN is an exception too.
    agreed = difference <= AGREED
    at_threshold = np.abs(pickled - ensemble.threshold) <= AGREED
    flips = ((pickled >= ensemble.threshold) != (exported >= ensemble.threshold)) & ~at_threshold
    return Parity(
        rows=len(pickled),
        worst=float(difference[agreed].max(initial=0.0)),
        exceptions=int((~agreed).sum()),
        unexplained=int((~agreed & ~explained).sum()),
        flips=int((flips & ~explained).sum()),
        furthest=float(difference[~agreed].max(initial=0.0)),
        exception_flips=int((flips & explained).sum()),
        feature_off=off,
    )


def still_windows(windows: Array) -> Iterator[tuple[str, Array]]:
    """Flat and silent variants of real windows, by name; at 20 and 15 equal closes a stated value begins to hold."""
    prices, close, volume = slice(0, 4), 3, 4
    for closes in (20, 19, 15, 14):
        flat = windows.copy()
        flat[:, 1 - closes :, prices] = windows[:, -closes, close][:, None, None]
        yield f"{closes} equal closes", flat
    for bars in (windows.shape[1], 20, 19):
        silent = windows.copy()
        silent[:, -bars:, volume] = 0
        yield f"silent for {bars} bars", silent
    still = windows.copy()
    still[:, :, prices] = windows[:, :1, close : close + 1]
    yield "all flat", still.copy()
    still[:, :, volume] = 0
    yield "all flat and silent", still
