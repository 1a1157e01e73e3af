"""Who may write: a lease object in the bucket. No clock of two machines is ever compared.

A holder renews it every third of its time. Whoever waits takes it when it is given back, or when it saw one version
for that whole time by its own stopwatch. The holder stops writing after two thirds of it without a renewal, so it has
stopped before anybody else may begin. (The same way: Kubernetes' leader election, client-go/tools/leaderelection.)
"""

import time
from collections.abc import Callable

import msgspec

from src.core.errors import UserError
from src.live.replica.objects import Conflict, Objects

KEY = "lease.json"
LOST = "another process took over the journal, so this one has stopped writing; it starts again as the one that waits."
_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class Lost(UserError):
    """Another process holds the lease."""


class Held(msgspec.Struct, frozen=True):
    """What the object says: who holds it (None: nobody), and how often it was written."""

    holder: str | None
    count: int = 0


def seconds_here() -> float:
    """Seconds since some moment, those asleep included."""
    return time.clock_gettime(_CLOCK)


class Lease:
    """Taken, renewed and given back by one thread; ``check`` may be asked by any.

    Args:
        objects: of the bucket.
        holder: names this process; no two are alike.
        seconds: for which it is taken.
        clock: this machine's stopwatch.
    """

    def __init__(
        self, objects: Objects, holder: str, seconds: float, clock: Callable[[], float] = seconds_here
    ) -> None:
        self._objects, self._holder, self._seconds, self._clock = objects, holder, seconds, clock
        self._seen: tuple[str, float] | None = None
        self._version: str | None = None
        self._count = 0
        self._until = float("-inf")
        self._lost: str | None = None
        self.other = "nobody"

    def take(self) -> bool:
        """Take it if it is free; whether it is held now. ``other`` says who has it.

        Raises:
            UserError: the bucket cannot be used.
        """
        found = self._objects.read(KEY)
        if found is not None:
            held = _decoded(found.content)
            self.other, self._count = held.holder or "nobody", held.count
            now = self._clock()
            if self._seen is None or self._seen[0] != found.version:
                self._seen = (found.version, now)
            if held.holder is not None and now - self._seen[1] < self._seconds:
                return False
        try:
            self._write(found.version if found else None, self._holder)
        except Conflict:
            return False
        return True

    def renew(self) -> None:
        """Hold it on.

        Raises:
            Lost: another process took it.
            UserError: the bucket cannot be used; tried again in time, nothing is lost.
        """
        try:
            self._write(self._version, self._holder)
        except Conflict:
            found = self._objects.read(KEY)
            if found is None or _decoded(found.content).holder != self._holder:
                self._until, self._lost = float("-inf"), LOST
                raise Lost(LOST) from None
            # A renewal whose answer got lost.
            self._version = found.version
            self.renew()

    def give_back(self) -> None:
        """Let another take it at once, where it is held.

        Raises:
            UserError: the bucket cannot be used; others wait until the lease runs out.
        """
        self._until = float("-inf")
        if self._version is None:
            return
        try:
            self._write(self._version, None)
        except Conflict:
            return

    def check(self) -> None:
        """Whether the journal may be written now.

        Raises:
            UserError: it may not.
        """
        if self._lost is not None:
            raise Lost(self._lost)
        if self._clock() >= self._until:
            raise UserError("the lease of the journal could not be renewed in time; nothing is written until it is.")

    def _write(self, over: str | None, holder: str | None) -> None:
        begun = self._clock()
        self._count += 1
        content = msgspec.json.encode(Held(holder, self._count))
        self._version = self._objects.write(KEY, content, over)
        if holder is not None:
            self._until = begun + self._seconds * 2 / 3


def _decoded(content: bytes) -> Held:
    try:
        return msgspec.json.decode(content, type=Held)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        # Damaged: it is taken when nobody renews it.
        return Held("an unknown process")
