"""Look after the versions in a thread, so that no candle waits for git, a download or a graph that is loaded."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from queue import Empty, SimpleQueue

from src.live.running.versions import Change, Running, Versions

# Seconds that the end of the process waits for a look under way.
GRACE = 2.0


class Following:
    """``Versions``, as the runner sees them: what was found is taken over between two candles.

    Args:
        versions: looked at once already.
        seconds: between two looks.
    """

    def __init__(self, versions: Versions, seconds: float) -> None:
        self.running = versions.running
        self._versions, self._seconds = versions, seconds
        self._found: SimpleQueue[tuple[Change, tuple[Running, ...]]] = SimpleQueue()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="versions", daemon=True)

    def refresh(self) -> Change:
        """What was found meanwhile; from now on ``running`` is so. Never waits."""
        try:
            change, self.running = self._found.get_nowait()
        except Empty:
            return Change()
        return change

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def end(self) -> None:
        """No look begins any more."""
        self._over.set()
        self._thread.join(GRACE)

    def _run(self) -> None:
        last = ""
        while not self._over.wait(self._seconds):
            try:
                change = self._versions.refresh()
            # A fault here must not end the answers, and must not be silent.
            except Exception as error:
                told = f"looking for versions failed ({type(error).__name__}: {' '.join(str(error).split())[:200]})"
                change, last = Change(refused={"rollout": told}) if told != last else Change(), told
            if change:
                self._found.put((change, self._versions.running))


@contextmanager
def following(versions: Versions, seconds: float) -> Iterator[Following]:
    """``Following`` that looks until the block ends."""
    found = Following(versions, seconds)
    found.start()
    try:
        yield found
    finally:
        found.end()
