"""The summary of a day for people."""

from collections import Counter
from collections.abc import Sequence

from src.live.journal.reader import JournalReader
from src.live.journal.rows import MISSED, Event, Outcome, Prediction

DAY = 86_400
_EVENTS = {"start": "starts", "halt": "halts", "resume": "resumes", "refused": "refused versions"}


def daily_summary(reader: JournalReader, start: int, end: int) -> str:
    """What happened to the candles that opened from ``start`` to before ``end`` (epoch seconds), in one sentence."""
    rows = [row for row in reader.predictions(start) if row.opened < end]
    outcomes = {(one.opened, one.horizon, one.threshold): one for one in reader.outcomes(start)}
    of_versions: dict[str, list[Prediction]] = {}
    for row in rows:
        of_versions.setdefault(row.version, []).append(row)
    told = [_version(of_versions[name], outcomes) for name in sorted(of_versions)]
    counts = Counter(event.what for event in _events(reader, rows))
    happened = ", ".join(f"{counts[what]} {words}" for what, words in _EVENTS.items() if counts[what])
    return "; ".join([*(told or ["no candle was answered or missed"]), *([happened] if happened else [])])


def _version(rows: Sequence[Prediction], outcomes: dict[tuple[int, int, float], Outcome]) -> str:
    # A missed candle has no stake.
    newest = next((row for row in reversed(rows) if row.reason != MISSED), rows[-1])
    answered = [row for row in rows if row.probability is not None]
    missed = sum(row.reason == MISSED for row in rows)
    rises = sum(row.decision == "rise" for row in answered)
    known = [
        (row.probability - outcome.label) ** 2
        for row in answered
        if row.probability is not None and (outcome := outcomes.get((row.opened, row.horizon, row.threshold)))
    ]
    brier = f", Brier {sum(known) / len(known):.3f} over {len(known)}" if known else ""
    return (
        f"{newest.version} ({newest.step or 'no step'}, stake {newest.share:g}) answered {len(answered)} of "
        f"{len(rows)} candles, {rises} with a rise, abstained {len(rows) - len(answered) - missed}, missed {missed}"
        f"{brier}"
    )


def _events(reader: JournalReader, rows: Sequence[Prediction]) -> list[Event]:
    """Those of the day: numbered between the first and the last that wrote its rows."""
    if not rows:
        return []
    numbers = [row.event for row in rows]
    return reader.events_after(min(numbers) - 1, max(numbers) - min(numbers) + 1)
