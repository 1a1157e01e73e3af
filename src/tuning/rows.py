"""Which rows a trial may see, and which only the winner is judged on."""

import itertools
from dataclasses import dataclass
from pathlib import Path

from src.core.errors import UserError
from src.core.files import md5_of
from src.core.params import read_section
from src.core.paths import FEATURES
from src.features.params import FeatureParams, TargetParams
from src.features.table import FeatureTable
from src.validation.folds import Fold, folds_before
from src.validation.params import ValidationParams

# Of the rows, oldest first.
SEEN_SHARE = 0.8
# Equal parts of the rest; the standard error of the gain is over them.
UNSEEN_FOLDS = 6


@dataclass(frozen=True)
class TuningRows:
    """``seen`` folds lie in the first ``SEEN_SHARE`` of ``table``, the tests of ``unseen`` in the rest.

    ``identity`` says which rows and folds these are: figures of other ones cannot be compared.
    """

    table: FeatureTable
    seen: list[Fold]
    unseen: list[Fold]
    identity: str


def split_rows(table: FeatureTable, validation: ValidationParams, horizon: int) -> tuple[list[Fold], list[Fold]]:
    """The seen folds and the unseen ones.

    No target of a seen row reaches into the unseen rows; unseen folds train on all rows before them, as the pipeline
    does, with the same purge.

    Raises:
        UserError: too few rows.
    """
    rows = len(table.rows)
    first = int(rows * SEEN_SHARE)
    edges = [first + (rows - first) * number // UNSEEN_FOLDS for number in range(UNSEEN_FOLDS + 1)]
    blocks = list(itertools.pairwise(edges))
    if first <= horizon or any(start == stop for start, stop in blocks):
        raise UserError(f"{rows} rows are too few to search on; lengthen `ingest.days`.")
    seen = validation.split(table.timestamp.iloc[: first - horizon], horizon)
    return seen, folds_before(blocks, horizon + validation.embargo, validation.train_rows)


def read_rows(root: Path) -> TuningRows:
    """The pipeline's feature table, split.

    Raises:
        UserError: it is missing, of another set than params.yaml says, or has too few rows.
    """
    table = FeatureTable.read(root / FEATURES)
    chosen = read_section(root, "features", FeatureParams).set
    if table.feature_set != chosen:
        raise UserError(f"params.yaml says `features.set: {chosen}`, but {FEATURES} is another; run `make repro`.")
    validation = read_section(root, "validation", ValidationParams)
    target = read_section(root, "target", TargetParams)
    seen, unseen = split_rows(table, validation, target.horizon)
    return TuningRows(table, seen, unseen, f"{md5_of(root / FEATURES)} {validation.model_dump_json()}")
