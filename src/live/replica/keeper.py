"""Hold the lease and copy the journal beside the runner; wait, following the copies, while another holds it."""

import os
import secrets
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from src.core.errors import UserError
from src.core.shown import shown_url
from src.live.replica.copies import Copies
from src.live.replica.lease import Lease, Lost
from src.live.replica.objects import Objects
from src.live.settings import LiveSettings

VARIABLE = "JOURNAL_REPLICA"
Say = Callable[[str], None]


def replica_url(settings: LiveSettings) -> str | None:
    """Where the journal is copied to: `replica.url`, else the environment variable; None: nowhere."""
    return settings.replica.url or os.environ.get(VARIABLE) or None


class Stopped(Exception):
    """The process was asked to end while it waited."""


class Keeper:
    """The lease and the copies of one journal.

    Args:
        lease: on the right to write it.
        copies: of it.
        settings: of deploy/live.yaml.
        say: gets a line for people.
    """

    def __init__(self, lease: Lease, copies: Copies, settings: LiveSettings, say: Say) -> None:
        self._lease, self._copies, self._say = lease, copies, say
        self._seconds, self._every = settings.replica.lease_seconds, settings.replica.every
        self._ends = threading.Event()
        self._said: dict[str, str] = {}
        self._threads: list[threading.Thread] = []

    def wait(self, stopped: threading.Event) -> None:
        """Until this process holds the lease and has the newest copy.

        Raises:
            Stopped: ``stopped`` was set.
            UserError: a copy that cannot be gone on from.
        """
        while not self._taken():
            if stopped.wait(min(5.0, self._seconds / 6)):
                raise Stopped
        self._copies.take_over()

    def _taken(self) -> bool:
        try:
            if self._lease.take():
                self._tell("lease", "holds the lease of the journal")
                return True
            self._tell("lease", f"waits: {self._lease.other} writes the journal")
            self._copies.follow()
        except UserError as error:
            self._tell("error", str(error))
        return False

    def start(self) -> None:
        """Renew and copy from now on, in threads of their own: a long copy must not delay a renewal."""
        for name, seconds, what in (
            ("lease", self._seconds / 3, self._lease.renew),
            ("copy", self._every, self._copies.write),
        ):
            self._threads.append(threading.Thread(target=self._repeat, args=(name, seconds, what), daemon=True))
            self._threads[-1].start()

    def _repeat(self, name: str, seconds: float, what: Callable[[], object]) -> None:
        failed = False
        # After a failure sooner, so that one lost request costs no lease.
        while not self._ends.wait(seconds / 4 if failed else seconds):
            try:
                what()
                failed = False
                self._said.pop(name, None)
            except Lost as error:
                self._tell(name, str(error))
                # The runner ends as on any SIGTERM; what it still wants to write is refused.
                os.kill(os.getpid(), signal.SIGTERM)
                return
            except UserError as error:
                failed = True
                self._tell(name, str(error))

    def end(self) -> None:
        """Copy once more and let another begin."""
        self._ends.set()
        for thread in self._threads:
            thread.join()
        try:
            self._copies.write()
        except UserError as error:
            self._say(f"the last rows of the journal were not copied: {error}")
        with suppress(UserError):
            self._lease.give_back()

    def _tell(self, name: str, text: str) -> None:
        """Say each thing once, not at every try."""
        if self._said.get(name) != text:
            self._said[name] = text
            self._say(text)


@contextmanager
def allowed_to_write(root: Path, settings: LiveSettings, say: Say) -> Iterator[Callable[[], None]]:
    """For the block this process is the journal's only writer anywhere; yields what asks whether it still is.

    Without a replica it is at once, and always: a lock on this machine keeps others away.

    Raises:
        Stopped: SIGTERM or SIGINT while it waited.
        UserError: the bucket cannot be used, or its copy cannot be gone on from; or the lease was lost meanwhile.
    """
    url = replica_url(settings)
    if url is None:
        yield lambda: None
        return
    objects = Objects(root, url)
    holder = f"{os.environ.get('K_REVISION', 'runner')}-{secrets.token_hex(4)}"
    lease = Lease(objects, holder, settings.replica.lease_seconds)
    keeper = Keeper(lease, Copies(objects, root / settings.journal.path, holder), settings, say)
    say(f"keeps the journal in {shown_url(objects.url)} as {holder}")
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    try:
        keeper.wait(stopped)
    except BaseException:
        with suppress(UserError):
            lease.give_back()
        raise
    keeper.start()
    try:
        yield lease.check
    finally:
        keeper.end()
