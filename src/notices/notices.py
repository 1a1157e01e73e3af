"""Tell something: from any process, at once, without waiting for anybody."""

import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

import msgspec

from src.core.errors import UserError
from src.notices.events import sentence
from src.notices.queue import Queue
from src.notices.rows import Notice

# Seconds that telling may wait for the disk's lock: no candle waits longer.
PATIENCE = 0.2
# Notices that memory holds while the disk takes none.
MOST_HELD = 200


class Notices:
    """Where notices go.

    Args:
        path: of the queue, ``notices_file(journal)``.
        say: gets each notice as a line, for the log; and why one could not be kept.
        clock: seconds since 1970.
    """

    def __init__(
        self, path: Path, say: Callable[[str], None] = lambda _: None, clock: Callable[[], float] = time.time
    ) -> None:
        self._queue, self._say, self._clock = Queue(path, PATIENCE), say, clock
        self._lock = threading.Lock()
        self._held: deque[tuple[Notice, str | None, dict[str, object]]] = deque(maxlen=MOST_HELD)
        self._keys: set[str] = set()
        self._count = 0

    def tell(self, event: str, *, key: str | None = None, **facts: object) -> None:
        """Keep a notice for whoever sends them. Where the disk takes none it waits in memory, and that is said.

        Args:
            event: one of ``src.notices.events.EVENTS``.
            key: a notice is told once for a key, whichever process tells it, for example ``rollback <commit>``.
            facts: what its sentence needs, and more.

        Raises:
            ValueError: no such event, or a fact is missing.
        """
        notice = Notice(0, self._clock(), event, sentence(event, facts), "{}")
        try:
            new = self._queue.add(notice.made_at, event, notice.text, facts, key)
        except UserError as error:
            if new := self._hold(notice, key, facts):
                self._say(f"{error} The next notice waits in memory.")
        if new:
            self._say(f"notice: {notice.text}")

    def held(self) -> list[Notice]:
        """Notices that the disk did not take, numbered −1, −2, …, after one more try to write them."""
        with self._lock:
            while self._held:
                notice, key, facts = self._held[0]
                try:
                    self._queue.add(notice.made_at, notice.event, notice.text, facts, key)
                except UserError:
                    break
                self._held.popleft()
            return [notice for notice, _, _ in self._held]

    def drop(self, last: int) -> None:
        """Forget those held in memory up to −``last``: whoever should have them has them."""
        with self._lock:
            while self._held and -self._held[0][0].number <= last:
                self._held.popleft()

    def close(self) -> None:
        """Let go of the file."""
        self._queue.close()

    def _hold(self, notice: Notice, key: str | None, facts: dict[str, object]) -> bool:
        with self._lock:
            if key in self._keys:
                return False
            if key is not None:
                self._keys.add(key)
            self._count += 1
            self._held.append((msgspec.structs.replace(notice, number=-self._count), key, facts))
        return True
