import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from src.core.names import DIRECTION_NAMES, FEATURE_NAMES, FEATURE_SETS, MOVE_NAMES
from src.ml.base.inputs import INPUT_NAMES, TAKES, TRANSFORMS, direction, move, relative

PRICES = [FEATURE_NAMES.index(name) for name in ("close", "macd", "macd_signal", "atr_14", "ema_20", "ema_50")]


def test_relative_inputs_counted_by_hand() -> None:
    #      close volume returns rsi macd signal atr bb  ema20 ema50 zscore ratio
    row = [200.0, 9.0, -0.01, 55.0, 4.0, 2.0, 10.0, 0.7, 180.0, 160.0, 0.8, 1.5]
    expected = [-0.01, 55, 0.02, 0.01, 0.05, 0.9, 0.8, 0.8, 1.5, 0.01, 0.075]
    np.testing.assert_allclose(relative(np.array([row]))[0], expected, rtol=1e-6)
    assert len(INPUT_NAMES["relative"]) == len(expected)


def test_they_do_not_change_with_the_price_level() -> None:
    features = np.random.default_rng(0).uniform(1, 2, (50, 12))
    higher = features.copy()
    higher[:, PRICES] *= 1024  # a power of two, so that float32 rounds alike
    np.testing.assert_array_equal(relative(features), relative(higher))


def test_each_head_sees_its_own_columns_of_a_wide_table() -> None:
    row = np.arange(1.0, len(FEATURE_SETS["wide"]) + 1)[None]
    place = {name: float(value) for name, value in zip(FEATURE_SETS["wide"], row[0], strict=True)}
    assert direction(row)[0].tolist() == [place[name] for name in DIRECTION_NAMES]
    assert move(row)[0, -len(MOVE_NAMES) :].tolist() == [place[name] for name in MOVE_NAMES]
    np.testing.assert_array_equal(move(row)[:, : -len(MOVE_NAMES)], relative(row[:, :12]))
    for name, transform in TRANSFORMS.items():
        assert transform(np.ones((1, len(TAKES[name])))).shape == (1, len(INPUT_NAMES[name]))


@given(arrays("float64", (3, len(FEATURE_SETS["wide"])), elements=st.floats(-3e38, 3e38)))
def test_any_finite_input_stays_finite(features: np.ndarray) -> None:
    for name, transform in TRANSFORMS.items():
        inputs = transform(features[:, : len(TAKES[name])])
        assert inputs.dtype == np.float32
        assert np.isfinite(inputs).all()
