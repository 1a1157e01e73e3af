"""What the journal says that people should know: read beside the runner, so that no candle waits for it."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

import msgspec

from src.core.errors import UserError
from src.live.journal.reader import JournalReader
from src.live.journal.rows import MISSED, Event
from src.live.running.clock import exchange_time
from src.live.running.rollouts import PROMOTION, ROLLBACK
from src.live.settings import LiveSettings
from src.live.telling.daily import DAY, daily_summary
from src.notices.events import duration
from src.notices.notices import Notices
from src.notices.queue import Queue

# Places in the journal, kept in the queue: a restart tells nothing twice and leaves nothing out.
EVENTS, ROWS, STALE, DAILY = "events", "rows", "stale", "daily"


class Watcher:
    """Turns rows of the journal into notices.

    Args:
        reader: of the journal.
        settings: of deploy/live.yaml.
        notices: where they go.
        queue: keeps how far it came.
        wall: seconds since 1970 by this machine.
        stopwatch: seconds that no change of the clock moves.
    """

    def __init__(
        self,
        reader: JournalReader,
        settings: LiveSettings,
        notices: Notices,
        queue: Queue,
        wall: Callable[[], float] = time.time,
        stopwatch: Callable[[], float] = time.monotonic,
    ) -> None:
        self._reader, self._settings, self._notices, self._queue = reader, settings, notices, queue
        self._wall, self._stopwatch = wall, stopwatch
        # Number of the newest row, the exchange's time then, and the stopwatch's.
        self._newest: tuple[int, float, float] | None = None
        # As its place in the queue, which a full disk does not take.
        self._stale_since = 0

    def look(self) -> None:
        """Tell what is new.

        Raises:
            UserError: the journal or the queue cannot be read.
        """
        if self._queue.place(EVENTS) is None:
            # What happened before there was anybody to tell is old.
            rows, _, events = self._reader.newest_numbers()
            self._queue.set_places({EVENTS: events, ROWS: rows})
        # First what a full disk cannot keep from being told: nothing is written before it.
        if (now := self._now()) is not None:
            self._stale(now)
        self._events()
        self._rows()
        self._daily()

    def _events(self) -> None:
        for event in self._reader.events_after(self._queue.place(EVENTS) or 0, 1000):
            self._told_of(event)
            self._queue.set_places({EVENTS: event.number})

    def _told_of(self, event: Event) -> None:
        details = msgspec.json.decode(event.details)
        key = f"event {event.hash}"
        if event.what in ("halt", "resume"):
            self._notices.tell(event.what, key=key, who=event.who, why=event.why)
        # A journal that is new tells of all that ever was; that is no news.
        elif event.what in (ROLLBACK, PROMOTION) and event.made_at - details["authored"] < DAY:
            other = {"back_to": details["runs"]} if event.what == ROLLBACK else {"before": details["left"]}
            facts = {"step": details["step"], "version": details["version"], "why": event.why, **other}
            self._notices.tell(event.what, key=key, **facts)
        elif event.what == "refused":
            self._notices.tell("refused", key=key, version=details.get("version", "?"), why=event.why)

    def _rows(self) -> None:
        """Count for each version the candles in a row that it gave no answer for; missed ones are neither."""
        for row in self._reader.predictions_after(self._queue.place(ROWS) or 0, 1000):
            name = f"silent {row.version}"
            silent, most = self._queue.place(name) or 0, self._settings.notices.abstained
            key = f"{row.version} {row.opened}"
            if row.probability is None and row.reason != MISSED:
                silent += 1
                if silent == most:
                    facts = {"version": row.version, "candles": silent, "why": row.sentence or str(row.reason)}
                    self._notices.tell("abstaining", key=f"abstaining {key}", **facts)
            elif row.probability is not None:
                if silent >= most:
                    self._notices.tell("answering", key=f"answering {key}", version=row.version, candles=silent)
                silent = 0
            self._queue.set_places({name: silent, ROWS: row.number})

    def _now(self) -> float | None:
        """The exchange's time: as the newest row says, and what passed since."""
        speed, rows = self._settings.runner.speed, self._reader.newest()
        number = max((row.number for row in rows), default=0)
        if self._newest is None:
            # From before this process: only the machine's clock went on.
            self._newest = (number, exchange_time(self._reader, speed, self._wall()) or 0.0, self._stopwatch())
        elif self._newest[0] != number:
            self._newest = (number, rows[0].made_at, self._stopwatch())
        if not rows:
            return None
        _, then, at = self._newest
        return then + (self._stopwatch() - at) * speed

    def _stale(self, now: float) -> None:
        """A candle counts, not a row: candles that were missed have rows too."""
        market, candles = self._reader.market(), self._reader.candles(limit=1)
        if market is None or not candles:
            return
        opened, told = candles[0].opened, self._queue.place(STALE) or self._stale_since
        age = now - opened - market.timeframe
        overdue = age - market.timeframe - self._settings.runner.settling
        if told and opened > told:
            self._notices.tell("fresh", key=f"fresh {told}", symbol=market.symbol, age=duration(max(0.0, age)))
            self._stale_since = 0
            self._queue.set_places({STALE: 0})
        elif not told and overdue > self._settings.notices.overdue:
            self._notices.tell(
                "stale",
                key=f"stale {opened}",
                symbol=market.symbol,
                age=duration(age),
                overdue=duration(overdue),
                why="the log of `make live` says what the exchange answers",
            )
            self._stale_since = opened
            self._queue.set_places({STALE: opened})

    def _daily(self) -> None:
        """When the last candle of the day has its rows."""
        hour, market, rows = self._settings.notices.daily, self._reader.market(), self._reader.newest()
        if hour is None or market is None or not rows:
            return
        closed = rows[0].opened + market.timeframe
        end = (closed - hour * 3600) // DAY * DAY + hour * 3600
        told = self._queue.place(DAILY)
        if told is not None and told < end:
            day = datetime.fromtimestamp(end - DAY, UTC).strftime("%Y-%m-%d %H:%M UTC and 24 h on")
            summary = daily_summary(self._reader, end - DAY, end)
            self._notices.tell("daily", key=f"daily {end}", day=day, summary=summary)
        if told != end:
            self._queue.set_places({DAILY: end})


def watched(watcher: Watcher, say: Callable[[str], None]) -> Callable[[], None]:
    """``watcher.look`` for a thread that must go on: what goes wrong is said, once until something else does."""
    said: dict[str, str] = {}

    def look() -> None:
        try:
            watcher.look()
            said.clear()
        except UserError as error:
            if said.get("last") != str(error):
                said["last"] = str(error)
                say(f"notices: {error}")

    return look
