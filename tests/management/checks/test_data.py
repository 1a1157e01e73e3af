import numpy as np
import pandas as pd
import pytest

from src.core.errors import UserError
from src.core.names import FEATURE_SETS
from src.features.build import indicators_of
from src.features.technical import TechnicalIndicators
from src.management.checks import data as data_check
from src.management.checks.data import SERVING_TOLERANCE, check_candles, check_features, serving_difference
from tests.conftest import HOUR


def test_a_good_tree_passes(short_pipeline) -> None:
    assert check_candles(short_pipeline).problems == []
    assert check_features(short_pipeline).problems == []


def test_a_feature_table_that_this_code_does_not_compute_fails(short_pipeline, monkeypatch) -> None:
    honest = TechnicalIndicators.generate_all_features
    monkeypatch.setattr(
        TechnicalIndicators, "generate_all_features", lambda self, candles: honest(self, candles) * (1 + 1e-15)
    )
    (problem,) = check_features(short_pipeline).problems
    assert "is not what this code computes" in problem


def test_proven_candles_must_keep_the_contract_too(short_pipeline, monkeypatch) -> None:
    honest = data_check._proven_parquet
    monkeypatch.setattr(data_check, "_proven_parquet", lambda *where: honest(*where).assign(low=-1.0))
    with pytest.raises(UserError, match=r"data/raw/candles.parquet breaks the candle contract: low is not above 0"):
        check_candles(short_pipeline)


def test_a_live_window_that_differs_fails(short_pipeline, monkeypatch) -> None:
    off = np.where(np.arange(12) == 3, 1.1 * SERVING_TOLERANCE, 0.0)
    monkeypatch.setattr(data_check, "serving_difference", lambda *_: off)
    (problem,) = check_features(short_pipeline).problems
    assert "a live window of 400 bars gives rsi_14 1.1e-06 standard deviations off" in problem


@pytest.mark.parametrize("feature_set", FEATURE_SETS)
def test_a_warmup_too_short_to_serve_is_measured(snapshot: pd.DataFrame, feature_set: str) -> None:
    def worst(warmup: int) -> float:
        indicators = indicators_of(feature_set, warmup, HOUR)
        computed = indicators.generate_all_features(snapshot)
        return float(serving_difference(snapshot, computed, warmup, indicators).max())

    assert worst(400) < SERVING_TOLERANCE < worst(60 if feature_set == "twelve" else 200)
    assert np.isfinite(worst(200))
