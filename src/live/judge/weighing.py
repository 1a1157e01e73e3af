"""The statistical loop: what the journal's outcomes say of a version against another one."""

import msgspec
import numpy as np

from src.evaluation.figures import with_error
from src.live.journal.reader import JournalReader
from src.live.running.rollouts import ROLLBACK
from src.rollout.evidence import Evidence, evidence


def begun(reader: JournalReader, version: str) -> int:
    """Open time of the first candle that counts for ``version``: those before its newest rollback do not count again.

    Who promotes a version again that was rolled back outweighs what was known then.
    """
    left = [event.number for event in reader.events_of(ROLLBACK) if version == _details(event.details).get("version")]
    return reader.first_after(left[-1]) if left else 0


def weighed(reader: JournalReader, version: str, other: str | None, alpha: float) -> Evidence:
    """What all candles say that both answered and whose outcome is known; nothing without another version."""
    market, since = reader.market(), begun(reader, version)
    pairs = reader.pairs(version, other, since) if other is not None and market is not None else []
    columns = np.array([(pair.opened, pair.first, pair.second, pair.label) for pair in pairs]).reshape(-1, 4)
    rows = reader.predictions(since, version, 1)
    return evidence(
        columns[:, 0].astype(np.int64),
        *(columns[:, i] for i in (1, 2, 3)),
        alpha=alpha,
        timeframe=market.timeframe if market else 1,
        horizon=rows[-1].horizon if rows else 1,
    )


def told(found: Evidence, other: str | None) -> str:
    """The evidence as a part of a sentence."""
    if other is None or found.difference is None:
        return "no other version to compare it with" if other is None else f"no candle yet that {other} answered too"
    if found.difference_se is None:
        shown = f"{found.difference:+.4f} (below 4 weeks no standard error)"
    else:
        shown = with_error(found.difference, found.difference_se, 4, signed=True)
    return (
        f"e-value {found.e_value:.3g} (highest {found.highest:.3g}) against {other} over {found.candles} candles, "
        f"Brier score {shown}"
    )


def _details(text: str) -> dict[str, object]:
    return msgspec.json.decode(text, type=dict[str, object])
