"""The live journal as rows for a learner, and what the running version said of them."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from src.core.errors import UserError
from src.core.params import read_section
from src.drift.seen import seen_in_journal
from src.features.params import TargetParams
from src.features.table import FeatureTable
from src.live.answering.window import iso
from src.live.journal.reader import JournalReader
from src.online.learner import Values
from src.online.rows import Rows


@dataclass(frozen=True)
class Bars:
    """Candles of the journal that opened after the last training row.

    Attributes:
        rows: with labels as far as they are known.
        told: (n,) what ``version`` said; NaN where it did not answer.
    """

    rows: Rows
    told: Values
    version: str

    def opened(self, bar: int) -> str:
        """When a candle opened, ISO 8601."""
        return iso(int(self.rows.opened[bar]))


def training_rows(path: Path) -> Rows:
    """The pipeline's feature table; a wide one by its 12 features.

    Raises:
        UserError: it is missing.
    """
    return Rows.of_table(FeatureTable.read(path).of_twelve())


def newest_numbers(path: Path) -> tuple[int, int, int]:
    """Of the journal's rows; other ones where something was written. Cheap, so it can be asked often."""
    with JournalReader(path) as reader:
        return reader.newest_numbers()


def journal_bars(root: Path, path: Path, training: Rows, version: str | None = None) -> Bars:
    """What the journal holds by now.

    Args:
        version: default: the one with the largest share at the newest candle.

    Raises:
        UserError: there is no journal, no such version or one of another target, too few candles, or none after the
            training rows.
    """
    with JournalReader(path) as reader:
        if not reader.newest():
            raise UserError(f"{path} holds no predictions yet; run `make live`.")
        seen = seen_in_journal(root, path, version)
        told = reader.predictions(version=seen.version, limit=1)[0]
    target = read_section(root, "target", TargetParams)
    if (told.horizon, told.threshold) != (target.horizon, target.threshold):
        raise UserError(
            f"{seen.version} predicts another target (horizon {told.horizon}, threshold {told.threshold}) than the one "
            f"of params.yaml ({target.horizon}, {target.threshold}), so their losses cannot be compared; name another "
            "version, or check out the commit of this one."
        )
    last = pd.Timestamp(training.opened[-1], unit="s", tz="UTC")
    later = seen.after(last + pd.Timedelta(seconds=1))
    opened = later.opened.astype("datetime64[s, UTC]").astype("int64").to_numpy()
    if not len(opened):
        raise UserError(
            f"{path} holds no candle with features after {iso(int(training.opened[-1]))}, where the training rows end; "
            "wait for the next one."
        )
    return Bars(Rows(opened, later.features, later.outcome), later.probability, later.version)
