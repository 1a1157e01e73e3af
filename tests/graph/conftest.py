"""A fitted ensemble on real candles, and both of its graphs."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from src.core.names import OHLCV
from src.features.build import build_feature_table
from src.graph.model import GraphMetadata, ensemble_graph, signal_graph
from src.ml.base.registry import make_member
from src.ml.ensemble import ProductionEnsemble
from tests.conftest import HOUR

WARMUP = 400
METADATA = GraphMetadata(
    warmup=WARMUP,
    timeframe="1h",
    target_horizon=1,
    target_threshold=0.003,
    feature_ranges={"close": (1.5, 2.5)},
    trained_until="2019-10-17T10:00:00+00:00",
    pickle_md5="0" * 32,
)
# One member without the relative inputs, as the seed had them.
SETTINGS = {
    "lightgbm": {"n_estimators": 20, "num_leaves": 15, "random_state": 1},
    "xgboost": {"n_estimators": 20, "max_depth": 4, "random_state": 1, "inputs": "raw"},
    "random_forest": {"n_estimators": 20, "max_depth": 6, "random_state": 1},
}


@dataclass(frozen=True)
class Exported:
    """``features`` (n, k) of ``windows`` (m, 400, 5) and more; what was fitted on them, and its graphs; ``opened`` (m,)
    the open of each window's newest candle, in seconds since 1970."""

    ensemble: ProductionEnsemble
    features: NDArray[np.float64]
    windows: NDArray[np.float64]
    graph: bytes
    signal: bytes
    opened: NDArray[np.int64]


@pytest.fixture(scope="session")
def exported(snapshot: pd.DataFrame) -> Exported:
    """Of the newest 1,500 candles of the snapshot."""
    return export(snapshot, "twelve", SETTINGS)


@pytest.fixture(scope="session")
def exported_wide(snapshot: pd.DataFrame) -> Exported:
    """The same with the set `wide` and two heads."""
    return export(snapshot, "wide", {name: given | {"inputs": "relative"} for name, given in SETTINGS.items()})


def export(snapshot: pd.DataFrame, feature_set: str, settings: dict[str, dict[str, object]]) -> Exported:
    """Train, and write both graphs."""
    candles = snapshot.iloc[-1500:].reset_index(drop=True)
    table, _ = build_feature_table(candles, HOUR, WARMUP, 1, 0.003, feature_set)
    labels = table.moves if feature_set == "wide" else table.target
    members = {
        name: make_member(name, given, feature_set).fit(table.features, labels) for name, given in settings.items()
    }
    ensemble = ProductionEnsemble(members, {"lightgbm": 2, "xgboost": 2, "random_forest": 1})
    windows = np.lib.stride_tricks.sliding_window_view(candles[list(OHLCV)].to_numpy(), (WARMUP, len(OHLCV)))[:, 0]
    return Exported(
        ensemble,
        table.features,
        windows,
        ensemble_graph(ensemble, METADATA),
        signal_graph(ensemble, METADATA),
        candles["timestamp"].array.as_unit("s").asi8[WARMUP - 1 :],
    )
