"""What the journal says of candles, versions, guard and halts."""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from src.live.answering.window import iso
from src.live.health.findings import Finding, Level
from src.live.journal.reader import JournalReader
from src.live.journal.rows import MISSED, Market, Prediction
from src.live.running.clock import exchange_time
from src.live.running.halt import halted
from src.live.running.scoring import ERROR
from src.live.settings import LiveSettings
from src.notices.events import duration


def journal_findings(root: Path, settings: LiveSettings, wall: float) -> Iterator[Finding]:
    """All of it; one sentence where there is no journal.

    Args:
        root: of the checkout.
        settings: of deploy/live.yaml.
        wall: seconds since 1970 by this machine.

    Raises:
        UserError: the journal cannot be read.
    """
    path = root / settings.journal.path
    with JournalReader(path) as reader:
        market, rows = reader.market(), reader.newest()
        if market is None:
            yield Finding("journal", Level.ILL, f"{settings.journal.path} is missing; start `make live`.")
            return
        predictions, _, events = reader.newest_numbers()
        told = f"{market.exchange} {market.symbol}: {predictions} answers and missed candles, {events} audit events"
        yield Finding("journal", Level.WELL, told)
        yield _candles(reader, market, settings, wall)
        yield from (_version(row, market) for row in rows)
        yield from _guard(rows)
        yield from _refused(reader)
        if halt := halted(path, reader):
            since = f" since {iso(halt.since)}" if halt.since else ""
            yield Finding("halt", Level.IDLE, f"every answer has stake 0{since} ({halt.who or 'unknown'}): {halt.why}")


def _candles(reader: JournalReader, market: Market, settings: LiveSettings, wall: float) -> Finding:
    candles, now = reader.candles(limit=1), exchange_time(reader, settings.runner.speed, wall)
    if not candles or now is None:
        return Finding("candles", Level.ILL, "none was answered yet; see the log of `make live`.")
    closed = candles[0].opened + market.timeframe
    overdue = now - closed - market.timeframe - settings.runner.settling
    told = f"the newest closed {iso(closed)}, {duration(max(0.0, now - closed))} ago"
    if overdue > settings.notices.overdue:
        return Finding("candles", Level.ILL, f"{told}: the next is {duration(overdue)} overdue; see `make live`'s log.")
    return Finding("candles", Level.WELL, told)


def _version(row: Prediction, market: Market) -> Finding:
    place = f"{row.step or 'no step'}, stake {row.share:g}, {row.proof}"
    said = f"{row.probability:.4f}, {row.decision}" if row.probability is not None else f"{row.reason}: {row.sentence}"
    at = iso(row.opened + market.timeframe)
    level = Level.ILL if row.reason == ERROR else Level.WELL
    return Finding(row.version, level, f"({place}) said of {at}: {said}")


def _guard(rows: list[Prediction]) -> Iterator[Finding]:
    """Only where nobody answered."""
    silent = [row for row in rows if row.probability is None]
    if rows and len(silent) == len(rows) and all(row.reason != ERROR for row in silent):
        why = "the newest candle was missed" if rows[0].reason == MISSED else f"the guard abstains: {rows[0].sentence}"
        yield Finding("guard", Level.IDLE, why)


def _refused(reader: JournalReader) -> Iterator[Finding]:
    """Versions that should run and do not."""
    start = reader.last_event("start")
    refused: dict[str, str] = {}
    for event in reader.events_after(start.number if start else 0):
        if event.what in ("refused", "loaded"):
            version = str(msgspec.json.decode(event.details).get("version", "?"))
            refused.pop(version, None)
            if event.what == "refused":
                refused[version] = event.why
    for version, why in refused.items():
        yield Finding(version, Level.ILL, f"is refused: {why}")
