"""The newest candles of a market, as somebody gave them; nothing in them is checked yet."""

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Window:
    """Candles, oldest first, and the time at which they were looked at.

    Attributes:
        opened: int64 (n,), open times in seconds since 1970.
        values: float64 (n, 5): open, high, low, close, volume.
        now: the time in seconds since 1970, by the clock of the exchange; for a file, its last close.
        timeframe: seconds of one candle, as the source says.
    """

    opened: NDArray[np.int64]
    values: NDArray[np.float64]
    now: float
    timeframe: int

    def __len__(self) -> int:
        return len(self.opened)

    def newest(self, bars: int) -> "Window":
        """The newest ``bars`` candles as they are listed: a candle that is missing is not made up."""
        return Window(self.opened[-bars:], self.values[-bars:], self.now, self.timeframe)


def iso(seconds: float) -> str:
    """A time as 2024-08-05T10:00:00+00:00."""
    try:
        return datetime.fromtimestamp(float(seconds), UTC).isoformat(timespec="seconds")
    except (ValueError, OverflowError, OSError):
        return f"{seconds:g} s after 1970"
