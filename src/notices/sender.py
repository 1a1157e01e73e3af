"""Send what waits: a thread of its own, so that no candle waits for Discord; one sender for a queue."""

import fcntl
import os
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

import msgspec

from src.core.errors import UserError
from src.notices.notices import Notices
from src.notices.queue import DAY, Queue
from src.notices.rows import DOUBTFUL, READY, REFUSED, SENDING, SENT, Message, Notice
from src.notices.targets import Answered, Target
from src.notices.text import message_text

# Seconds between two looks at the queue: other processes add to it.
LOOK = 0.5
# Seconds that the end of a process waits for an answer that is on its way.
LAST_WAIT = 5.0
# A target that asks for more is asked again after this.
LONGEST_ASKED = DAY


class Pace(Protocol):
    """How often, in seconds: the section `notices` of deploy/live.yaml."""

    @property
    def gather(self) -> float: ...
    @property
    def apart(self) -> float: ...
    @property
    def timeout(self) -> float: ...
    @property
    def retry_first(self) -> float: ...
    @property
    def retry_longest(self) -> float: ...
    @property
    def keep_days(self) -> float: ...


class Sender:
    """Sends messages, each until its target answered that it has it.

    On disk a message is marked before it is sent and after it was answered. Killed in between, it is sent again, with
    a sentence that says so: Discord's webhooks give no way to ask whether they have it. Nothing else is sent twice.

    Args:
        notices: of this process; what the disk did not take is sent from its memory.
        path: of the queue.
        targets: whom to tell.
        pace: how often.
        say: gets a line for the log whenever something else than before goes wrong with a target.
        clock: seconds since 1970, to bring a pause over a restart.
        stopwatch: seconds that no change of the clock moves.
    """

    def __init__(
        self,
        notices: Notices,
        path: Path,
        targets: Sequence[Target],
        pace: Pace,
        say: Callable[[str], None],
        clock: Callable[[], float] = time.time,
        stopwatch: Callable[[], float] = time.monotonic,
    ) -> None:
        self._notices, self._queue, self._targets, self._pace = notices, Queue(path), targets, pace
        self._say, self._clock, self._stopwatch = say, clock, stopwatch
        self._due: dict[str, float] = {}
        self._failed: dict[str, int] = {}
        self._said: dict[str, str] = {}
        # Answers that the disk has not taken yet, and how far each target has what memory holds.
        self._unmarked: dict[str, tuple[Message, Answered]] = {}
        self._reached: dict[str, int] = {}

    def resume(self) -> None:
        """Keep to the pauses that the sender before this one was asked for; forget what is old."""
        for target in self._targets:
            if message := self._queue.open_message(target.name):
                # The clock may have jumped; the pause is not longer than it was.
                left = min(message.not_before - self._clock(), message.not_before - message.marked_at)
                self._due[target.name] = self._stopwatch() + max(0.0, left)
        self._queue.forget(self._clock() - self._pace.keep_days * DAY)

    def turn(self) -> None:
        """Send what is due, at most one message to each target."""
        held = self._notices.held()
        for target in self._targets:
            if not self._waits(target):
                try:
                    self._from_queue(target)
                except UserError as error:
                    self._tell_once("queue", str(error))
                # A full disk can be read.
                self._from_memory(target, held)
        if held and self._targets:
            self._notices.drop(min(self._reached.get(target.name, 0) for target in self._targets))

    def done(self) -> bool:
        """Whether nothing waits, whoever sent it; not where the disk says nothing."""
        try:
            names = [target.name for target in self._targets]
            now = self._clock()
            waits = [self._queue.open_message(name) or self._queue.waiting(name, now) for name in names]
        except UserError:
            return False
        return not any(waits) and not self._notices.held()

    def _from_queue(self, target: Target) -> None:
        if target.name in self._unmarked:
            self._mark(*self._unmarked[target.name])
            del self._unmarked[target.name]
        message, now = self._queue.open_message(target.name), self._clock()
        if message is None:
            waiting = self._queue.waiting(target.name, now)
            # A clock that went back makes no notice wait.
            if not waiting or 0.0 <= now - waiting[0].made_at < self._pace.gather:
                return
            message = self._queue.add_message(target.name, waiting, message_text(waiting), now)
        elif message.state == SENDING:
            # The process that sent it ended before it knew.
            message = msgspec.structs.replace(message, state=DOUBTFUL)
        self._send(target, message)

    def _send(self, target: Target, message: Message) -> None:
        notices = self._queue.notices_of(message)
        changes = {"state": SENDING, "attempts": message.attempts + 1, "marked_at": self._clock(), "not_before": 0.0}
        self._queue.mark(message, **changes)
        answered = target.post(message, notices, self._pace.timeout)
        self._wait(target, answered)
        try:
            self._mark(message, answered)
        except UserError:
            # Not sent again by this process: it knows better than the disk.
            self._unmarked[target.name] = (message, answered)
            raise

    def _mark(self, message: Message, answered: Answered) -> None:
        now, left = self._clock(), self._due[message.target] - self._stopwatch()
        # What may have arrived once stays doubtful until it surely did.
        doubtful = answered.state == READY and message.state == DOUBTFUL
        state = DOUBTFUL if doubtful else answered.state
        self._queue.mark(message, state=state, answer=answered.why, marked_at=now, not_before=now + max(0.0, left))

    def _from_memory(self, target: Target, held: Sequence[Notice]) -> None:
        """While the disk takes nothing: the text alone, from memory."""
        new = [notice for notice in held if -notice.number > self._reached.get(target.name, 0)]
        if not new or self._waits(target):
            return
        message = Message(0, target.name, READY, uuid.uuid4().hex, 0, 0, message_text(new), 0, 0.0, 0.0, "")
        answered = target.post(message, new, self._pace.timeout)
        self._wait(target, answered)
        if answered.state in (SENT, REFUSED):
            self._reached[target.name] = -new[-1].number

    def _waits(self, target: Target) -> bool:
        return self._stopwatch() < self._due.get(target.name, 0.0)

    def _wait(self, target: Target, answered: Answered) -> None:
        pace, name = self._pace, target.name
        if answered.state == SENT:
            self._failed[name], wait = 0, pace.apart
            self._said.pop(name, None)
        else:
            wait = min(pace.retry_first * 2 ** min(self._failed.get(name, 0), 30), pace.retry_longest)
            self._failed[name] = self._failed.get(name, 0) + 1
            self._tell_once(name, f"a notice is not with {name} yet: {answered.why}")
        if answered.seconds is not None:
            wait = max(pace.apart, min(answered.seconds, LONGEST_ASKED))
        self._due[name] = self._stopwatch() + wait

    def _tell_once(self, about: str, text: str) -> None:
        if self._said.get(about) != text:
            self._said[about] = text
            self._say(text)


def deliver(
    sender: Sender,
    path: Path,
    ended: threading.Event,
    most: float | None = None,
    before: Callable[[], None] = lambda: None,
) -> bool:
    """Send until ``ended``, or until nothing waits or ``most`` seconds passed; whether nothing waits.

    While another process sends from this queue, that one sends it all; ``before`` is called all the same.
    """
    start, resumed = time.monotonic(), False
    with _alone(path) as alone:
        while not ended.is_set():
            before()
            if alone():
                if not resumed:
                    with suppress(UserError):
                        sender.resume()
                        resumed = True
                sender.turn()
            if most is not None:
                if sender.done():
                    return True
                if time.monotonic() - start > most:
                    return False
            ended.wait(LOOK)
    return False


@contextmanager
def sending(sender: Sender, path: Path, before: Callable[[], None]) -> Iterator[None]:
    """A thread calls ``before`` and sends, again and again until the block ends."""
    ended = threading.Event()
    thread = threading.Thread(
        target=deliver, args=(sender, path, ended), kwargs={"before": before}, name="notices", daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        ended.set()
        # What is on its way then is sent again at the next start, and says so.
        thread.join(LAST_WAIT)


@contextmanager
def _alone(path: Path) -> Iterator[Callable[[], bool]]:
    """Asks whether this process is the one that sends; the lock ends with the process."""
    handle = -1

    def asked() -> bool:
        nonlocal handle
        if handle >= 0:
            return True
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            found = os.open(path.with_name(f"{path.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError:
            return False
        try:
            fcntl.flock(found, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(found)
            return False
        handle = found
        return True

    try:
        yield asked
    finally:
        if handle >= 0:
            os.close(handle)
