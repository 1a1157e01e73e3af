"""What was seen since training: candles of a file or of the journal, their inputs, probabilities and outcomes."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from src.artifacts.load import load_production
from src.candles.timeframe import parse_timeframe
from src.core.errors import UserError
from src.core.names import CANDLE_COLUMNS
from src.core.params import read_section, read_value
from src.features.params import FeatureParams, TargetParams
from src.features.target import label_moves
from src.features.technical import TechnicalIndicators
from src.features.wide import WideIndicators
from src.live.answering.candle_file import read_window
from src.live.journal.reader import JournalReader
from src.ml.base.inputs import relative

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Seen:
    """Closed candles later than training, oldest first.

    Attributes:
        opened: (n,) opens, UTC.
        features: (n, k) of the set that params.yaml names.
        inputs: (n, k) what the members see of them.
        probability: (n,) of a rise; NaN where there was no answer.
        outcome: (n,) of 0 and 1; NaN where it is not known.
        version: what answered: `checkout`, or a released one.
        where: the file, for people.
    """

    opened: pd.Series
    features: Values
    inputs: Values
    probability: Values
    outcome: Values
    version: str
    where: str

    def after(self, close: pd.Timestamp) -> "Seen":
        """The candles that opened at ``close`` or later."""
        later = (self.opened >= close).to_numpy()
        return Seen(
            self.opened[later].reset_index(drop=True),
            self.features[later],
            self.inputs[later],
            self.probability[later],
            self.outcome[later],
            self.version,
            self.where,
        )


def seen_in_file(root: Path, path: Path) -> Seen:
    """The candles of a file (``read_window``), answered by the checkout's ensemble.

    Raises:
        UserError: as ``read_window`` and ``load_production``; too few candles, or impossible ones.
    """
    window = read_window(path, 10**9)
    candles = _candles(window.opened, window.values)
    features, moves = _features(root, candles, path.name)
    probability = load_production(root).predict_proba(features.to_numpy())[:, 1]
    return _seen(candles.loc[features.index], features, probability, moves, "checkout", path.name)


def seen_in_journal(root: Path, path: Path, version: str | None = None) -> Seen:
    """The journal's candles, with what ``version`` (default: the one with the largest share) said of them.

    Raises:
        UserError: there is no journal, no such version in it, or too few candles.
    """
    with JournalReader(path) as reader:
        newest, rows = reader.newest(), reader.candles()
        if not newest:
            raise UserError(f"{path} holds no predictions yet; run `make live`, or name a file with CANDLES=.")
        version = version or max(newest, key=lambda row: row.share).version
        answers = {row.opened: row.probability for row in reader.predictions(version=version)}
    if not answers:
        raise UserError(f"{path} holds no prediction of {version}; it holds {', '.join(r.version for r in newest)}.")
    values = [(row.open, row.high, row.low, row.close, row.volume) for row in rows]
    candles = _candles(np.array([row.opened for row in rows]), np.array(values))
    features, moves = _features(root, candles, path.name)
    kept = candles.loc[features.index]
    opened = kept["timestamp"].astype("int64") // 1_000_000
    told = [answers.get(int(moment)) for moment in opened]
    probability = np.array([np.nan if value is None else value for value in told])
    return _seen(kept, features, probability, moves, version, path.name)


def _candles(opened: NDArray[np.int64], values: Values) -> pd.DataFrame:
    frame = pd.DataFrame(values.reshape(-1, 5), columns=list(CANDLE_COLUMNS[1:]))
    frame.insert(0, "timestamp", pd.to_datetime(opened, unit="s", utc=True).astype("datetime64[us, UTC]"))
    return frame


def _features(root: Path, candles: pd.DataFrame, where: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    params = read_section(root, "features", FeatureParams)
    step = parse_timeframe(str(read_value(root, "ingest.timeframe")))
    wide = params.set == "wide"
    indicators = WideIndicators(params.bars, step) if wide else TechnicalIndicators(params.bars)
    try:
        features = indicators.generate_all_features(candles)
    except ValueError as error:
        raise UserError(f"{where}: {error}.") from None
    target = read_section(root, "target", TargetParams)
    return features, label_moves(candles, step, target.horizon, target.threshold).loc[features.index]


def _seen(
    kept: pd.DataFrame, features: pd.DataFrame, probability: Values, moves: pd.DataFrame, version: str, where: str
) -> Seen:
    return Seen(
        opened=kept["timestamp"].reset_index(drop=True),
        features=features.to_numpy(),
        inputs=relative(features.to_numpy()).astype(np.float64),
        probability=probability,
        outcome=moves["target"].to_numpy(),
        version=version,
        where=where,
    )
