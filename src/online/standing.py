"""How an online learner stands beside the running version, on the candles that both answered."""

from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from src.core.files import write_json
from src.evaluation.figures import with_error
from src.live.figures import log_losses
from src.online.figures import weekly_losses
from src.online.journal import Bars
from src.online.learner import Values


@dataclass(frozen=True)
class Standing:
    """Log losses in nats a candle, each answer given before its label was known.

    Attributes:
        rows: candles that both answered and whose label is known.
        own: of the learner; None without a row.
        other: of the version.
        difference: ``own`` less ``other``.
        error: its standard error over weeks of these candles; None below four of them.
    """

    rows: int
    own: float | None
    other: float | None
    difference: float | None
    error: float | None
    version: str

    @property
    def sentence(self) -> str:
        """For people."""
        if self.own is None or self.other is None or self.difference is None:
            return f"no candle with a known label that {self.version} answered yet"
        gap = (
            f"{self.difference:+.4f}, no standard error below four weeks"
            if self.error is None
            else with_error(self.difference, self.error, 4, signed=True)
        )
        return (
            f"log loss {self.own:.4f} beside {self.other:.4f} of {self.version} on the same {self.rows} candles "
            f"(difference {gap})"
        )


def standing(bars: Bars, probability: Values) -> Standing:
    """Of the first n ``bars``, of which the learner said (n,) ``probability``."""
    count = len(probability)
    target, told = bars.rows.target[:count], bars.told[:count]
    scored = ~np.isnan(target) & ~np.isnan(told)
    losses = {
        "own": log_losses(target[scored], probability[scored]),
        "other": log_losses(target[scored], told[scored]),
        "row": np.ones(int(scored.sum())),
    }
    weeks = weekly_losses(bars.rows.opened[:count][scored], losses)
    # Per row: what a row lost is 1.
    gap = weeks.gain("other", "own", "row")
    return Standing(int(scored.sum()), weeks.mean("own"), weeks.mean("other"), gap.value, gap.error, bars.version)


def write_standing(state: Path, name: str, found: Standing) -> None:
    """Record it for machines, beside the ``state`` of the learner ``name``.

    Raises:
        UserError: it cannot be written.
    """
    figures = {key: round(value, 6) if isinstance(value, float) else value for key, value in asdict(found).items()}
    write_json(state.with_suffix(".standing.json"), {"learner": name, "said": found.sentence, **figures})
