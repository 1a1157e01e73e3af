"""The walk-forward split as pure index arithmetic: which rows train and which rows test, fold by fold."""

import itertools
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from src.core.errors import UserError

Block = tuple[int, int]


@dataclass(frozen=True)
class Fold:
    """Row numbers of one fold: everything in ``train`` lies at least purge + embargo rows before ``test``."""

    number: int
    train: NDArray[np.intp]
    test: NDArray[np.intp]


def counted_blocks(rows: int, folds: int) -> list[Block]:
    """The last ``folds`` of ``folds + 1`` equal blocks as (first row, row after the last); a rest goes to the front.

    ``counted_blocks(8, 3)`` is ``[(2, 4), (4, 6), (6, 8)]``. Source: scikit-learn's ``TimeSeriesSplit``.

    Raises:
        UserError: fewer rows than blocks.
    """
    size = rows // (folds + 1)
    if size == 0:
        raise UserError(
            f"{rows} rows are too few for `validation.folds` {folds}; lengthen `ingest.days` or lower the folds."
        )
    return [(rows - size * left, rows - size * (left - 1)) for left in range(folds, 0, -1)]


def calendar_blocks(timestamps: pd.Series, folds: int, unit: str) -> list[Block]:
    """The rows of each of the last ``folds`` calendar periods (UTC).

    The newest period in the data is left out, because nothing says that it is complete.

    Args:
        timestamps: (n,) ascending, with zone.
        folds: how many periods.
        unit: `month`, `quarter` or `year`.

    Raises:
        UserError: fewer complete periods than folds and one to train on.
    """
    moments = timestamps.dt
    number = (moments.year * {"month": 12, "quarter": 4, "year": 1}[unit]).to_numpy()
    number = number + {"month": moments.month, "quarter": moments.quarter, "year": 0 * moments.year}[unit].to_numpy()
    first_rows = np.flatnonzero(np.diff(number, prepend=number[0] - 1))
    if len(first_rows) < folds + 2:
        raise UserError(
            f"the rows touch {len(first_rows)} calendar {unit}s, but `validation.folds` {folds} need {folds + 2} "
            "(the first trains, the newest may be incomplete); lengthen `ingest.days` or lower the folds."
        )
    edges = first_rows[-folds - 1 :].tolist()
    return list(itertools.pairwise(edges))


def folds_before(blocks: list[Block], gap: int, train_rows: int | None = None) -> list[Fold]:
    """One fold per test block: it trains on the rows that end ``gap`` rows before the block.

    ``folds_before([(4, 6), (6, 8)], 1)`` trains on 0–2 and tests 4–5, then trains on 0–4 and tests 6–7;
    with ``train_rows=2`` it trains on 1–2, then on 3–4.

    Args:
        blocks: (first row, row after the last), ascending.
        gap: rows left out before each block: purge + embargo. Purging: López de Prado, Advances in Financial
            Machine Learning (2018), chapter 7.
        train_rows: length of a rolling window; None for one that expands from row 0.

    Raises:
        UserError: a block is empty, or not enough rows lie before the first one.
    """
    folds = []
    for number, (start, stop) in enumerate(blocks, start=1):
        last = start - gap
        first = 0 if train_rows is None else last - train_rows
        if first < 0 or last <= first or stop <= start:
            raise UserError(
                f"fold {number} would test rows {start} to {stop} and train on {max(last, 0)} rows, which is too few; "
                "lengthen `ingest.days` or lower `validation.folds`, `validation.train_rows` or `validation.embargo`."
            )
        folds.append(Fold(number, np.arange(first, last), np.arange(start, stop)))
    return folds
