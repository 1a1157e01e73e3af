"""Check the candles and the features that the last run made."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from src.artifacts.load import ArtifactError, proven_bytes
from src.candles.contract import validate_candles
from src.candles.params import IngestParams
from src.candles.period import describe_candles
from src.core.params import read_section
from src.core.paths import CANDLES, FEATURES
from src.features.build import indicators_of
from src.features.params import FeatureParams
from src.features.technical import TechnicalIndicators
from src.features.wide import WideIndicators
from src.management.checks.result import CheckResult

# Of a feature's standard deviation: what a live window may differ from the full history.
SERVING_TOLERANCE = 1e-6


def check_candles(root: Path) -> CheckResult:
    """data/raw/candles.parquet is the file dvc.lock names, and keeps the candle contract."""
    report = candle_report(root)
    period = f"{report['first_open']} to {report['last_close']}"
    return CheckResult(notes=[f"{report['rows']} candles, {period}, {report['gaps']} gaps"])


def candle_report(root: Path) -> dict[str, Any]:
    """``describe_candles`` of the proven candles.

    Raises:
        UserError: missing, altered, or against the contract.
    """
    step = read_section(root, "ingest", IngestParams).step
    return describe_candles(validate_candles(_proven_parquet(root, CANDLES), step, str(CANDLES)), step)


def check_features(root: Path) -> CheckResult:
    """The feature table is the one dvc.lock names, is what this code computes, and is what a live window gives."""
    verdict = CheckResult()
    table = _proven_parquet(root, FEATURES)
    params = read_section(root, "features", FeatureParams)
    candles = _proven_parquet(root, CANDLES)
    indicators = indicators_of(params.set, params.bars, read_section(root, "ingest", IngestParams).step)
    computed = indicators.generate_all_features(candles)
    names = list(computed.columns)
    rows = computed[candles["timestamp"].loc[computed.index].isin(table["timestamp"])]
    stored = table.reindex(columns=names).to_numpy()
    if not np.array_equal(rows.to_numpy(), stored):
        verdict.problems.append(f"{FEATURES} is not what this code computes from {CANDLES}; run `make repro`.")
    worst = serving_difference(candles, computed, params.bars, indicators)
    feature = names[int(worst.argmax())]
    if worst.max() > SERVING_TOLERANCE:
        verdict.problems.append(
            f"a live window of {params.bars} bars gives {feature} {worst.max():.1e} standard deviations off the "
            "full history; raise `features.{'wide_' if params.set == 'wide' else ''}warmup`."
        )
    verdict.notes.append(
        f"{len(table)} rows of {len(names)} features, recomputed; live window off by at most "
        f"{worst.max():.1e} standard deviations ({feature})"
    )
    return verdict


def serving_difference(
    candles: pd.DataFrame, computed: pd.DataFrame, warmup: int, indicators: TechnicalIndicators | WideIndicators
) -> NDArray[np.float64]:
    """(k,) |live − full history| of the last row, in standard deviations of each feature."""
    live = indicators.generate_all_features(candles.iloc[-warmup:]).to_numpy()[-1]
    history = computed.to_numpy()
    deviation = history.std(axis=0)
    return np.abs(live - history[-1]) / np.where(deviation > 0, deviation, 1)


def _proven_parquet(root: Path, path: Path) -> pd.DataFrame:
    proven_bytes(root, path)
    try:
        return pd.read_parquet(root / path)
    except (OSError, ValueError) as error:
        raise ArtifactError(f"{path} is not a readable parquet file ({error}); run `make repro`.") from None
