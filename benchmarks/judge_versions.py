"""Versions for `make bench-judge`: out-of-fold probabilities of the shipped settings, of other seeds, and of faults."""

import hashlib
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from src.core.files import read_parquet, write_parquet
from src.core.names import FEATURE_NAMES
from src.core.params import read_section
from src.core.paths import FEATURES, ROOT, out_of_fold
from src.features.table import FeatureTable
from src.ml.base.registry import make_member, read_member_settings
from src.ml.params import EnsembleParams
from src.ml.vote import normalised_weights, weighted_mean
from src.validation.out_of_fold import OUT_OF_FOLD, read_table
from src.validation.params import ValidationParams, read_folds
from src.validation.walk_forward import walk_forward

Values = NDArray[np.float64]
FROZEN = "frozen_"
# Of the members' `random_state`, for the other set.
OTHER_SEED = 1000


@dataclass(frozen=True)
class Versions:
    """(n,) of each: open times in epoch seconds, outcomes, and probabilities of the ensemble.

    Attributes:
        healthy: of the shipped settings.
        others: the same settings with other seeds.
        frozen: by feature, what ``healthy`` says when this feature stays as it was in the first row of the fold.
        lightgbm: that member alone.
    """

    opened: NDArray[np.int64]
    outcome: Values
    healthy: Values
    others: Values
    frozen: dict[str, Values]
    lightgbm: Values


def read_versions(say: Callable[[str], None]) -> Versions:
    """All of them; what has to be trained is kept in the temporary folder for the next run.

    Raises:
        UserError: the pipeline's outputs are missing.
    """
    weights = read_section(ROOT, "ensemble", EnsembleParams).weights
    shipped = {name: read_table(ROOT / out_of_fold(name), OUT_OF_FOLD) for name in weights}
    trained = {seed: {name: _trained(name, seed, say) for name in weights} for seed in (0, OTHER_SEED)}

    def vote(tables: dict[str, pd.DataFrame], column: str = "probability") -> Values:
        shares = normalised_weights(weights, list(weights))
        return weighted_mean({name: tables[name][column].to_numpy(np.float64) for name in shares}, shares)

    healthy = vote(shipped)
    assert np.array_equal(healthy, vote(trained[0])), "the members that were trained here are not the shipped ones"
    any_table = shipped["lightgbm"]
    return Versions(
        opened=any_table["timestamp"].astype("int64").to_numpy() // 10**6,
        outcome=any_table["target"].to_numpy(np.float64),
        healthy=healthy,
        others=vote(trained[OTHER_SEED]),
        frozen={name: vote(trained[0], FROZEN + name) for name in FEATURE_NAMES},
        lightgbm=shipped["lightgbm"]["probability"].to_numpy(np.float64),
    )


def frozen_features(features: Values, _: int) -> dict[str, Values]:
    """For each feature a copy in which it stays as in the first row."""
    found = {}
    for position, name in enumerate(FEATURE_NAMES):
        altered = features.copy()
        altered[:, position] = features[0, position]
        found[FROZEN + name] = altered
    return found


def late(values: Values, rows: int) -> Values:
    """What is said with the features of so many rows before."""
    return np.concatenate([np.repeat(values[:1], rows), values[:-rows]])


def overconfident(probability: Values, times: float = 2.0) -> Values:
    """The logit so many times as large."""
    return np.asarray(1 / (1 + (1 / probability - 1) ** times))


def _trained(name: str, seed: int, say: Callable[[str], None]) -> pd.DataFrame:
    settings = read_member_settings(ROOT, name)
    settings["random_state"] += seed
    path = _kept(name, settings)
    if not path.is_file():
        say(f"walk-forward of {name}, random_state {settings['random_state']}")
        table = FeatureTable.read(ROOT / FEATURES)
        variants = frozen_features if seed == 0 else None
        made = walk_forward(lambda: make_member(name, settings), table, read_folds(ROOT, table), variants=variants)
        path.parent.mkdir(exist_ok=True)
        write_parquet(path, made.out_of_fold)
    return read_parquet(path)


def _kept(name: str, settings: dict[str, object]) -> Path:
    folds = read_section(ROOT, "validation", ValidationParams)
    given = [(ROOT / FEATURES).read_bytes(), repr((settings, folds)).encode()]
    digest = hashlib.sha256(b"".join(given)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / "bench-judge" / f"{name}-{digest}.parquet"
