"""The verdict: inputs, outcomes and outliers of what was seen since training, in one document."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from src.artifacts.load import read_metadata
from src.core.errors import UserError
from src.core.files import write_json
from src.core.paths import FEATURES, PRODUCTION_METADATA, out_of_fold
from src.drift.inputs import InputHistory, InputsVerdict
from src.drift.outcomes import OutcomesVerdict, excess_loss, judge_outcomes
from src.drift.outliers import Outliers
from src.drift.seen import Seen
from src.features.table import FeatureTable
from src.live.settings import DriftSettings
from src.ml.base.inputs import RELATIVE_NAMES, relative
from src.ml.vote import weighted_mean
from src.validation.out_of_fold import OUT_OF_FOLD, read_table

DIGITS = 6


@dataclass(frozen=True)
class Drift:
    """What was judged, and what was found.

    Attributes:
        version: whose answers were judged.
        trained_until: close of the last candle that the training rows knew, ISO 8601.
        where: the file or journal.
        first, last: opens of the first and last candle since training, ISO 8601.
        rows: how many.
        inputs: of the newest ``drift.rows`` of them.
        outcomes: None where the journal holds no answer with a known outcome.
        outlier: index of the newest candle: 1 is as far from the training rows as these are from each other.
        outliers: share of the newest rows beyond ``outlier_limit``, which one training row in a thousand exceeds.
    """

    version: str
    trained_until: str
    where: str
    first: str
    last: str
    rows: int
    inputs: InputsVerdict
    outcomes: OutcomesVerdict | None
    outlier: float
    outliers: float
    outlier_limit: float

    @property
    def drifted(self) -> bool:
        """Whether a new model should be trained."""
        return self.inputs.drifted or (self.outcomes is not None and self.outcomes.drifted)

    @property
    def sentence(self) -> str:
        """For people: what drifted, and what to do."""
        found = [f"the inputs {', '.join(one.name for one in self.inputs.inputs if one.drifted)}"]
        reasons = found if self.inputs.drifted else []
        if self.outcomes is not None and self.outcomes.drifted:
            reasons.append(f"the losses (mean excess {self.outcomes.excess:+.4f} nats)")
        if not reasons:
            return f"no drift in {self.rows} candles since training"
        return f"drift since training in {' and in '.join(reasons)}; train again with the newest candles: make retrain"


def judge(root: Path, seen: Seen, settings: DriftSettings) -> Drift:
    """Whether what was ``seen`` is still what the checkout's model was trained for.

    Raises:
        UserError: too few candles since training, or the training rows are missing.
    """
    metadata = read_metadata(root, PRODUCTION_METADATA)
    trained_until = pd.Timestamp(metadata["data"]["last_close"])
    seen = seen.after(trained_until)
    if len(seen.inputs) < settings.rows:
        raise UserError(
            f"{seen.where} holds {len(seen.inputs)} candles with features since training ended at {trained_until}, and "
            f"`drift.rows` of deploy/live.yaml asks for {settings.rows}; wait for more candles, or "
            "name a file of newer ones with CANDLES=."
        )
    training = relative(FeatureTable.read(root / FEATURES).features).astype(np.float64)
    newest = seen.inputs[-settings.rows :]
    outliers = Outliers(training)
    found, limit = outliers.index(newest), float(np.quantile(outliers.usual, 0.999))
    return Drift(
        version=seen.version,
        trained_until=trained_until.isoformat(),
        where=seen.where,
        first=seen.opened.iloc[0].isoformat(),
        last=seen.opened.iloc[-1].isoformat(),
        rows=len(seen.inputs),
        inputs=InputHistory(training, settings.rows, RELATIVE_NAMES).judge(newest, settings.alpha),
        outcomes=_outcomes(root, seen, metadata["model_weights"], settings.alpha),
        outlier=float(found[-1]),
        outliers=float((found > limit).mean()),
        outlier_limit=limit,
    )


def write_verdict(path: Path, drift: Drift) -> None:
    """Write the verdict for machines; src/live/drift_verdict.py reads it."""
    document = {"drifted": drift.drifted, "sentence": drift.sentence, **asdict(drift)}
    write_json(path, _rounded(document))


def _outcomes(root: Path, seen: Seen, weights: Mapping[str, float], alpha: float) -> OutcomesVerdict | None:
    known = ~np.isnan(seen.probability) & ~np.isnan(seen.outcome)
    if not known.any():
        return None
    told, rises = _out_of_fold(root, weights)
    reference = excess_loss(told, rises, float(rises.mean()))
    new = excess_loss(seen.probability[known], seen.outcome[known], float(rises[-2000:].mean()))
    return judge_outcomes(reference, new, alpha)


def _out_of_fold(root: Path, weights: Mapping[str, float]) -> tuple[Any, Any]:
    """The vote's probabilities and the outcomes of the walk-forward."""
    tables = {name: read_table(root / out_of_fold(name), OUT_OF_FOLD) for name in weights}
    vote = weighted_mean({name: table["probability"].to_numpy() for name, table in tables.items()}, weights)
    return vote, next(iter(tables.values()))["target"].to_numpy().astype(np.float64)


def _rounded(content: Any) -> Any:
    if isinstance(content, float):
        return round(content, DIGITS)
    if isinstance(content, dict):
        return {key: _rounded(value) for key, value in content.items()}
    return [_rounded(value) for value in content] if isinstance(content, list | tuple) else content
