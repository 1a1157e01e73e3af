"""The graphs answer as the pickle does: within 1e-6, and no label differs."""

from dataclasses import replace

import numpy as np
import pytest

from src.core.names import FEATURE_NAMES
from tests.graph.edges import edge_rows
from tests.graph.parity import Parity, ensemble_parity, session, signal_parity, still_windows

CLEAN = {"exceptions": 0, "unexplained": 0, "flips": 0}


def clean(parity: Parity) -> Parity:
    return replace(parity, **CLEAN)


def test_every_row_of_features(exported) -> None:
    parity = ensemble_parity(exported.ensemble, exported.graph, exported.features)
    assert parity == clean(parity)
    assert parity.rows == 1100


@pytest.mark.parametrize("name", ["lightgbm", "xgboost", "random_forest"])
def test_rows_on_the_edges_of_every_split(name, exported) -> None:
    edges = edge_rows(exported.ensemble.members[name], exported.features)
    parity = ensemble_parity(exported.ensemble, exported.graph, edges.features)
    assert parity == clean(parity)
    # A condition on |returns_1| above can forbid one side of an edge of returns_1.
    assert edges.splits > 100
    assert edges.hit >= edges.splits - 2


def test_candles_and_features_of_the_same_window(exported) -> None:
    parity = signal_parity(exported.ensemble, exported.signal, exported.windows[::11], exported.features.std(axis=0))
    assert (parity.unexplained, parity.flips) == (0, 0)
    assert parity.exceptions <= 1
    assert parity.feature_off < 1e-9


def test_flat_and_silent_windows(exported) -> None:
    scale = exported.features.std(axis=0)
    names = []
    for name, windows in still_windows(exported.windows[::200]):
        parity = signal_parity(exported.ensemble, exported.signal, windows, scale)
        assert parity == clean(parity), name
        assert parity.feature_off < 1e-9, name
        names.append(name)
    assert len(names) == 9


def test_windows_whose_candles_leap(exported) -> None:
    windows = exported.windows[::100].copy()
    # Each candle opens 1 % above or below the close before: the true range is not its height then.
    windows[:, :, :4] *= 1 + 0.01 * (np.arange(400) % 3 - 1)[None, :, None]
    parity = signal_parity(exported.ensemble, exported.signal, windows, exported.features.std(axis=0))
    assert parity == clean(parity)
    assert parity.feature_off < 1e-9


def test_the_stated_values_of_a_window_without_a_move(exported) -> None:
    still = np.full((1, 400, 5), 7.0)
    still[:, :, 4] = 0
    probability, features = session(exported.signal).run(["probability", "features"], {"candles": still})
    stated = {"close": 7, "rsi_14": 50, "bb_position": 0.5, "ema_20": 7, "ema_50": 7, "volume_ratio": 1}
    assert features[0].tolist() == [stated.get(name, 0) for name in FEATURE_NAMES]
    assert 0 < probability[0] < 1


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e39])
def test_a_row_that_the_pickle_refuses_gets_nan_and_no_other(value, exported) -> None:
    features = exported.features[:3].copy()
    features[1, 4] = value
    (probability,) = session(exported.graph).run(None, {"features": features})
    assert np.isnan(probability).tolist() == [False, True, False]
    windows = exported.windows[:3].copy()
    # The open of the oldest candle, which no feature reads.
    windows[1, 0, 0] = value
    (probability, _) = session(exported.signal).run(None, {"candles": windows})
    assert np.isnan(probability).tolist() == [False, True, False]


def test_no_rows_give_no_answers(exported) -> None:
    (probability,) = session(exported.graph).run(None, {"features": np.empty((0, 12))})
    assert probability.shape == (0,)
    probability, features = session(exported.signal).run(None, {"candles": np.empty((0, 400, 5))})
    assert (probability.shape, features.shape) == ((0,), (0, 12))


def test_many_rows_give_what_each_gives_alone(exported) -> None:
    running = session(exported.graph)
    (together,) = running.run(None, {"features": exported.features[:300]})
    alone = [running.run(None, {"features": row[None]})[0][0] for row in exported.features[:300]]
    np.testing.assert_allclose(together, alone, atol=3e-7)
