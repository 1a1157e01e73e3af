"""Rows as they were read, each knowing the file and line it stands on."""

from dataclasses import dataclass

import pandas as pd

from src.core.names import CANDLE_COLUMNS

PLACE = ("line", "part")


@dataclass(frozen=True)
class Part:
    """One file, member of an archive, or page of an exchange.

    Attributes:
        name: as the user knows it.
        sha256: of the bytes of the file it came from.
        shape: what it was read as.
        unit: what `line` counts: line, item or row.
    """

    name: str
    sha256: str
    shape: str
    unit: str


@dataclass(frozen=True)
class Rows:
    """Candles as read, in the order read, typed but not checked.

    Attributes:
        frame: the contract's columns, then `line` (from 1) and `part` (position in ``parts``).
        parts: where the rows came from.
    """

    frame: pd.DataFrame
    parts: tuple[Part, ...]

    def place(self, row: int) -> str:
        """Where row ``row`` of the frame stands: `a.csv line 7`."""
        return place(self.frame, self.parts, row)

    @property
    def names(self) -> str:
        """The parts in a few words, for error texts."""
        more = f" and {len(self.parts) - 1} more" if len(self.parts) > 1 else ""
        return self.parts[0].name + more


def place(frame: pd.DataFrame, parts: tuple[Part, ...], row: int) -> str:
    """As ``Rows.place``, for a frame that was sorted or thinned since."""
    part = parts[int(frame["part"].iloc[row])]
    return f"{part.name} {part.unit} {int(frame['line'].iloc[row])}"


def joined(tables: list[tuple[pd.DataFrame, Part]]) -> Rows:
    """One ``Rows`` of several tables, each with the contract's columns and `line`."""
    frames = []
    for number, (table, _) in enumerate(tables):
        frames.append(table.assign(part=pd.Series(number, index=table.index, dtype="int32")))
    frame = frames[0] if len(frames) == 1 else pd.concat(frames, ignore_index=True)
    wanted = [*CANDLE_COLUMNS, *PLACE]
    return Rows(frame if list(frame) == wanted else frame[wanted], tuple(part for _, part in tables))
