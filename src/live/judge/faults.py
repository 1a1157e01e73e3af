"""The deterministic loop: what a version does wrong by itself, read off its newest answers, without outcomes.

A fault counts where going back would help: on candles that the other version answered well. What both cannot answer is
the market's or the machine's, and no reason to go back.
"""

import statistics
from collections.abc import Mapping, Sequence

import msgspec

from src.live.answering.window import iso
from src.live.journal.rows import MISSED, Prediction
from src.live.running.scoring import ERROR
from src.live.settings import JudgeSettings

# `reason` of an answer whose probability or features are no numbers.
BROKEN = "broken"


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """What a version did.

    Attributes:
        kind: `bytes`: another graph than the released one answered; `errors`: it fails or gives no number; `outside`:
            it does not know the market's values; `slow`.
        opened: of the candle with which it was enough, epoch seconds.
        sentence: for people: what, how often, when.
    """

    kind: str
    opened: int
    sentence: str


def fault_in(
    rows: Sequence[Prediction], others: Mapping[int, Prediction], settings: JudgeSettings, md5: str | None
) -> Fault | None:
    """The first fault there is; None where all is well.

    Args:
        rows: the newest `judge.window` ones of a version, oldest first.
        others: by candle, what the version says that its step would go back to; empty where there is none.
        settings: the section `judge` of deploy/live.yaml.
        md5: of the version's graph from candles, as its release tag names it; None where that is not known here.
    """
    answers = [row for row in rows if row.reason != MISSED]

    def well(row: Prediction) -> bool:
        """Whether the other version answered this candle; without one nothing excuses."""
        return not others or (row.opened in others and others[row.opened].probability is not None)

    strange = [row for row in answers if md5 is not None and row.graph_md5 != md5]
    if strange:
        told = f"graph md5 {strange[0].graph_md5 or 'unknown'} answered, its release tag names {md5}"
        return _fault("bytes", strange, 1, told)
    failed = [row for row in answers if (row.reason == ERROR or (row.reason == BROKEN and others)) and well(row)]
    if len(failed) >= settings.errors:
        return _fault("errors", failed, settings.errors, str(failed[-1].sentence).rstrip("."))
    outside = [row for row in answers if row.outside and row.opened in others and not others[row.opened].outside]
    if len(outside) >= settings.outside:
        told = f"{', '.join(outside[-1].outside)} outside the range of its training"
        return _fault("outside", outside, settings.outside, told)
    return _slow(answers, others, settings)


def _slow(answers: Sequence[Prediction], others: Mapping[int, Prediction], settings: JudgeSettings) -> Fault | None:
    def late(row: Prediction) -> bool:
        return row.latency is not None and row.latency > settings.latency

    newest = answers[-settings.slow :]
    if len(newest) < settings.slow or not all(late(row) for row in newest):
        return None
    # A machine that is slow is slow for both.
    if others and all(row.opened not in others or late(others[row.opened]) for row in newest):
        return None
    seconds = statistics.median(row.latency or 0.0 for row in newest)
    return _fault("slow", newest, settings.slow, f"an answer takes {seconds:.2g} s, more than {settings.latency:g} s")


def _fault(kind: str, rows: Sequence[Prediction], enough: int, told: str) -> Fault:
    at = rows[enough - 1]
    candles = "1 candle" if len(rows) == 1 else f"{len(rows)} candles"
    return Fault(kind=kind, opened=at.opened, sentence=f"{told} ({candles}, the first opened {iso(rows[0].opened)})")
