"""What `make drift` found, as anybody may read it: .live/drift.json."""

from datetime import datetime
from pathlib import Path

import msgspec

from src.core.errors import UserError
from src.core.files import read_regular
from src.core.shown import shown_path

FILE = Path(".live/drift.json")


class InputFound(msgspec.Struct, frozen=True):
    """One input: its population stability index, and the value above which it drifted."""

    name: str
    psi: float
    psi_limit: float


class InputsFound(msgspec.Struct, frozen=True):
    """All inputs."""

    drifted: bool
    inputs: tuple[InputFound, ...]


class LossesFound(msgspec.Struct, frozen=True):
    """The losses; ``alarm`` is the row at which the test rang."""

    alarm: int | None


class DriftVerdict(msgspec.Struct, frozen=True):
    """The parts of the document that others obey; a verdict is about one model alone.

    Attributes:
        drifted: in the inputs or in the losses.
        sentence: what, and what to do.
        version: whose answers were judged: as v1.2.0, or `checkout`.
        trained_until: close of the last candle that it was trained on, ISO 8601.
        last: open of the newest candle that was judged, ISO 8601.
        inputs: of the newest candles.
        outcomes: None where no outcome was known.
        outliers: share of the newest rows that lie further from the training rows than one of these in a thousand.
    """

    drifted: bool
    sentence: str
    version: str
    trained_until: str
    last: str
    inputs: InputsFound
    outcomes: LossesFound | None
    outliers: float

    @property
    def losses_drifted(self) -> bool:
        """Whether the model loses more than it did out of fold."""
        return self.outcomes is not None and self.outcomes.alarm is not None

    @property
    def judged_until(self) -> float:
        """Open of the newest judged candle, seconds since 1970."""
        return seconds_of(self.last)


def read_verdict(root: Path) -> DriftVerdict | None:
    """The verdict in the checkout ``root``; None where there is none.

    Raises:
        UserError: it is damaged, or of an older `make drift`.
    """
    path = root / FILE
    try:
        found = msgspec.json.decode(read_regular(path), type=DriftVerdict)
        # Times that cannot be read are found here, not where they are used.
        seconds_of(found.trained_until)
        seconds_of(found.last)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError) as error:
        reason = " ".join(str(error).split())[:200]
        raise UserError(f"{shown_path(path)} cannot be read ({reason}); run `make drift` again.") from None
    return found


def seconds_of(moment: str) -> float:
    """Seconds since 1970 of an ISO 8601 time with its zone.

    Raises:
        ValueError: it is none.
    """
    parsed = datetime.fromisoformat(moment)
    if parsed.tzinfo is None:
        raise ValueError(f"{moment!r} names no zone")
    return parsed.timestamp()
