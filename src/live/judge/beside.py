"""The judge beside the runner: a thread that looks after every candle, so that none waits for git or the network."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from src.core.errors import UserError
from src.live.judge.acting import judge
from src.live.settings import LiveSettings

# Seconds before it tries again what could not be published, or not be done.
AGAIN = 60.0
# Seconds that the end of the process waits for a look under way; one that is cut off is carried on by the next.
GRACE = 5.0


class Beside:
    """Judges when it is woken, once for any number of calls meanwhile.

    Args:
        root: of the checkout.
        settings: of deploy/live.yaml.
        say: gets lines for people; a sentence that repeats itself is said once.
    """

    def __init__(self, root: Path, settings: LiveSettings, say: Callable[[str], None]) -> None:
        self._root, self._settings, self._say = root, settings, say
        self._woken, self._over = threading.Event(), False
        self._said: str | None = None
        self._thread = threading.Thread(target=self._run, name="judge", daemon=True)

    def wake(self) -> None:
        """There is something new."""
        self._woken.set()

    def start(self) -> None:
        """Look at once: an earlier process may have left something unpublished."""
        self._woken.set()
        self._thread.start()

    def end(self) -> None:
        """No look begins any more."""
        self._over = True
        self._woken.set()
        self._thread.join(GRACE)

    def _run(self) -> None:
        settled = True
        while True:
            self._woken.wait(None if settled else AGAIN)
            self._woken.clear()
            if self._over:
                return
            settled = self._look()

    def _look(self) -> bool:
        """Whether nothing is left to do."""
        try:
            left = [done.unpublished for done in judge(self._root, self._settings, self._say) if done.unpublished]
            problem = f"a rollback is not published yet: {left[0]}" if left else None
        except UserError as error:
            problem = str(error)
        # A fault of the judge must not end the answers.
        except Exception as error:
            problem = f"it failed ({type(error).__name__}: {error})"
        if problem and problem != self._said:
            self._say(f"judge: {problem}")
        self._said = problem
        return problem is None


@contextmanager
def judging(root: Path, settings: LiveSettings, say: Callable[[str], None]) -> Iterator[Beside]:
    """A judge that is there until the block ends."""
    beside = Beside(root, settings, say)
    beside.start()
    try:
        yield beside
    finally:
        beside.end()
