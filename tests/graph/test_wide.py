"""The graph of the set `wide` answers as the pickle does, with the clock from `opened` alone."""

import numpy as np
import onnx
import pytest

from src.core.names import FEATURE_SETS
from tests.graph.edges import edge_rows
from tests.graph.parity import ensemble_parity, session, signal_parity, still_windows

OUTPUTS = ["probability", "probability_move", "probability_direction", "features"]
NAMES = FEATURE_SETS["wide"]


def answers(exported, windows, opened) -> dict[str, np.ndarray]:
    found = session(exported.signal).run(OUTPUTS, {"candles": np.ascontiguousarray(windows), "opened": opened})
    return dict(zip(OUTPUTS, found, strict=True))


def test_inputs_and_outputs_keep_their_contract(exported_wide) -> None:
    running = session(exported_wide.signal)
    given = {value.name: (value.shape, value.type) for value in running.get_inputs()}
    assert given == {"candles": (["n", 400, 5], "tensor(double)"), "opened": (["n"], "tensor(int64)")}
    shapes = {value.name: value.shape for value in running.get_outputs()}
    assert shapes == {name: ["n"] for name in OUTPUTS[:3]} | {"features": ["n", len(NAMES)]}
    (features,) = session(exported_wide.graph).get_inputs()
    assert (features.name, features.shape) == ("features", ["n", len(NAMES)])
    model = onnx.load_from_string(exported_wide.signal)
    used = {name for node in model.graph.node for name in node.input} | set(OUTPUTS)
    assert all(set(node.output) & used for node in model.graph.node)


def test_every_row_of_features(exported_wide) -> None:
    parity = ensemble_parity(exported_wide.ensemble, exported_wide.graph, exported_wide.features)
    assert (parity.rows, parity.exceptions, parity.flips) == (1100, 0, 0)


@pytest.mark.parametrize("head", ["move", "direction"])
def test_rows_on_the_edges_of_every_split(head, exported_wide) -> None:
    member = getattr(exported_wide.ensemble.members["xgboost"], head)
    edges = edge_rows(member, exported_wide.features)
    parity = ensemble_parity(exported_wide.ensemble, exported_wide.graph, edges.features)
    assert (parity.exceptions, parity.flips) == (0, 0)
    assert edges.hit >= 0.9 * edges.splits > 50


def test_candles_and_features_of_the_same_window(exported_wide) -> None:
    some, scale = slice(None, None, 11), exported_wide.features.std(axis=0)
    parity = signal_parity(
        exported_wide.ensemble, exported_wide.signal, exported_wide.windows[some], scale, exported_wide.opened[some]
    )
    assert (parity.unexplained, parity.flips) == (0, 0)
    assert parity.exceptions <= 1
    assert parity.feature_off < 1e-9


def test_flat_and_silent_windows(exported_wide) -> None:
    scale, some = exported_wide.features.std(axis=0), slice(None, None, 200)
    for name, windows in still_windows(exported_wide.windows[some]):
        parity = signal_parity(exported_wide.ensemble, exported_wide.signal, windows, scale, exported_wide.opened[some])
        assert (parity.exceptions, parity.flips) == (0, 0), name
        assert parity.feature_off < 1e-9, name


def test_the_heads_are_those_of_the_pickle(exported_wide) -> None:
    found = answers(exported_wide, exported_wide.windows[:50], exported_wide.opened[:50])
    heads = exported_wide.ensemble.predict_heads(found["features"])
    np.testing.assert_allclose(found["probability"], heads[:, 0], atol=1e-6)
    np.testing.assert_allclose(found["probability_move"], heads[:, 1], atol=1e-6)
    product = found["probability_move"] * found["probability_direction"]
    np.testing.assert_allclose(product, found["probability"], rtol=1e-12)


def test_the_clock_comes_from_opened_alone(exported_wide) -> None:
    window = exported_wide.windows[:1].repeat(3, axis=0)
    # Sunday 22:00, Sunday 23:00 and the last hour of the leap year's Thursday 29 February 2024.
    opened = np.array([1_710_108_000, 1_710_111_600, 1_709_247_600])
    features = answers(exported_wide, window, opened)["features"]
    assert features[:, NAMES.index("hour")].tolist() == [23, 0, 0]
    assert features[:, NAMES.index("weekday")].tolist() == [6, 0, 4]
    others = [place for place, name in enumerate(NAMES) if name not in ("hour", "weekday")]
    assert (features[:, others] == features[0, others]).all()


def test_a_row_that_the_pickle_refuses_gets_nan_in_every_answer(exported_wide) -> None:
    windows = exported_wide.windows[:3].copy()
    windows[1, 0, 0] = np.nan
    found = answers(exported_wide, windows, exported_wide.opened[:3])
    for name in OUTPUTS[:3]:
        assert np.isnan(found[name]).tolist() == [False, True, False], name
