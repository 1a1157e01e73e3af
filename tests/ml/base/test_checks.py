import numpy as np
import pandas as pd
import pytest

from src.core.names import FEATURE_NAMES
from src.ml.base.checks import checked_features


def test_the_seed_s_sentence_for_a_wrong_width() -> None:
    with pytest.raises(ValueError, match="特徴量数不一致: 10 != 12"):
        checked_features(np.ones((5, 10)))


def test_unusable_values_are_named_by_row_and_column() -> None:
    features = np.ones((4, 12))
    features[1, 3] = np.nan
    features[2, 0] = -np.inf
    with pytest.raises(
        ValueError, match=r"2 feature .* row 1 column 3 \(rsi_14\) is nan, row 2 column 0 \(close\) is -inf"
    ):
        checked_features(features)
    with pytest.raises(ValueError, match="too large: row 0 column 11"):
        checked_features([[1.0] * 11 + [1e39]])


def test_one_dimension_and_text_are_refused() -> None:
    with pytest.raises(ValueError, match=r"must be an \(n, 12\) array, not one of 1 dim"):
        checked_features(np.ones(12))
    with pytest.raises(ValueError, match="must be numbers"):
        checked_features([["a"] * 12])


def test_a_frame_must_have_the_columns_in_order() -> None:
    frame = pd.DataFrame(np.ones((2, 12)), columns=list(FEATURE_NAMES))
    assert checked_features(frame).shape == (2, 12)
    with pytest.raises(ValueError, match="feature columns must be close, volume"):
        checked_features(frame[frame.columns[::-1]])
