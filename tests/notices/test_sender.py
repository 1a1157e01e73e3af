"""Sending, against a real HTTP server on loopback."""

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import pytest

from src.core.errors import UserError
from src.notices.address import Address
from src.notices.notices import Notices
from src.notices.queue import DAY, Queue
from src.notices.rows import DOUBTFUL, READY, REFUSED, SENDING, SENT
from src.notices.sender import LONGEST_ASKED, Sender, deliver
from src.notices.targets import Discord, Target, Webhook
from src.notices.text import REPEAT
from tests.notices.webhook_server import CLOSED, SECRET, SILENT, Answer, WebhookServer, webhook

PACE = SimpleNamespace(gather=2.0, apart=1.0, timeout=30.0, retry_first=4.0, retry_longest=10.0, keep_days=30.0)


@dataclass
class World:
    """A queue and senders whose clock a test moves."""

    path: Path
    server: WebhookServer
    kinds: tuple[Callable[[Address], Target], ...] = (Discord,)
    time: float = 1_566_295_200.0
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.notices = Notices(self.path, self.said.append, lambda: self.time)
        self.start()

    def start(self, timeout: float = 30.0) -> None:
        """A new process takes over."""
        pace = SimpleNamespace(**{**vars(PACE), "timeout": timeout})
        targets = [kind(Address(self.server.url)) for kind in self.kinds]
        clocks = (lambda: self.time, lambda: self.time)
        self.sender = Sender(self.notices, self.path, targets, pace, self.said.append, *clocks)
        with suppress(UserError):
            self.sender.resume()

    def after(self, seconds: float) -> int:
        """How many requests a turn made after so many seconds more."""
        self.time += seconds
        before = len(self.server.requests)
        self.sender.turn()
        return len(self.server.requests) - before

    def tell(self, why: str) -> None:
        self.notices.tell("note", why=why)

    def states(self, target: str = "discord") -> list[str]:
        return [message.state for message in Queue(self.path).messages(target)]


def world(tmp_path: Path, server: WebhookServer, *kinds: Callable[[Address], Target]) -> World:
    return World(tmp_path / "journal.sqlite.notices", server, kinds or (Discord,))


def test_what_was_told_within_the_gathering_time_is_one_message(tmp_path: Path) -> None:
    with webhook() as server:
        here = world(tmp_path, server)
        here.tell("a")
        assert here.after(1.9) == 0
        here.tell("b")
        assert here.after(0.2) == 1
        assert server.texts == ["2019-08-20 10:00 UTC — a [#1]\n2019-08-20 10:00 UTC — b [#2]"]
        path, headers, body = server.requests[0]
        assert path == f"/api/webhooks/1300000000000000000/{SECRET}?wait=true"
        assert headers["Content-Type"] == "application/json"
        assert body["allowed_mentions"] == {"parse": []}
        assert here.states() == [SENT]
        assert here.after(100) == 0
        assert Queue(here.path).messages()[0].answer == "1300000000000000001"


def test_retry_after_is_obeyed_also_over_a_restart(tmp_path: Path) -> None:
    with webhook((429, {"Retry-After": "60"}), (429, {})) as server:
        here = world(tmp_path, server)
        here.tell("a")
        assert here.after(3) == 1
        assert here.after(59) == 0
        here.start()
        assert here.after(0) == 0
        # Discord's body says 0.3 s; messages are a second apart.
        assert here.after(1.1) == 1
        assert here.after(0.9) == 0
        assert here.after(0.2) == 1
        assert server.texts == ["2019-08-20 10:00 UTC — a [#1]"]
        assert len(server.requests) == 3


def test_a_clock_that_jumps_does_not_lengthen_a_pause(tmp_path: Path) -> None:
    with webhook((429, {"Retry-After": "60"})) as server:
        here = world(tmp_path, server)
        here.tell("a")
        here.after(3)
        here.time -= 10 * DAY
        here.start()
        assert here.after(59) == 0
        assert here.after(2) == 1


def test_a_last_allowed_request_makes_the_next_wait(tmp_path: Path) -> None:
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset-After": "5.5"}
    with webhook((200, headers)) as server:
        here = world(tmp_path, server)
        here.tell("a")
        here.after(3)
        here.tell("b")
        assert here.after(5) == 0
        assert here.after(1) == 1


def test_a_silly_pause_is_not_believed_for_longer_than_a_day(tmp_path: Path) -> None:
    with webhook((429, {"Retry-After": "1e12"}), (429, {"Retry-After": "nan"})) as server:
        here = world(tmp_path, server)
        here.tell("a")
        here.after(3)
        assert here.after(LONGEST_ASKED + 1) == 1
        assert here.after(1) == 1


@pytest.mark.parametrize("answer", [CLOSED, 500, 502, 504])
def test_what_may_have_arrived_is_sent_again_and_says_so(tmp_path: Path, answer: Answer) -> None:
    with webhook(answer, 429, answer) as server:
        here = world(tmp_path, server)
        here.tell("a")
        here.after(3)
        assert here.states() == [DOUBTFUL]
        here.after(10)
        assert here.states() == [DOUBTFUL], "a 429 says nothing of the attempt before"
        here.after(10)
        here.after(10)
        assert here.states() == [SENT]
        assert server.texts[-1] == f"2019-08-20 10:00 UTC — a [#1]\n{REPEAT}"
        names = {body["content"].removesuffix(f"\n{REPEAT}") for _, _, body in server.requests}
        assert len(names) == 1, "the bytes of a message stay"


def test_an_answer_that_does_not_come_is_waited_for_as_long_as_the_settings_say(tmp_path: Path) -> None:
    with webhook(SILENT) as server:
        here = world(tmp_path, server)
        here.start(timeout=0.2)
        here.tell("a")
        here.after(3)
        assert here.states() == [DOUBTFUL]


def test_a_process_killed_while_it_sent_leaves_a_doubt(tmp_path: Path) -> None:
    with webhook() as server:
        here = world(tmp_path, server)
        here.tell("a")
        queue = Queue(here.path)
        message = queue.add_message("discord", queue.waiting("discord", here.time), "the text", here.time)
        queue.mark(message, state=SENDING)
        here.start()
        assert here.after(0) == 1
        assert server.texts == [f"the text\n{REPEAT}"]


@pytest.mark.parametrize("status", [401, 403, 404, 410, 302, 503 - 100])
def test_a_webhook_that_is_not_known_is_asked_again_ever_more_seldom(tmp_path: Path, status: int) -> None:
    with webhook(*[(status, {"Location": "http://127.0.0.1:1/"})] * 3) as server:
        here = world(tmp_path, server)
        here.tell("a")
        here.after(3)
        for wait in (4, 8, 10):
            assert here.after(wait - 0.1) == 0
            assert here.after(0.2) == 1
        assert server.texts == ["2019-08-20 10:00 UTC — a [#1]"]
        assert len([line for line in here.said if f"status {status}" in line]) == 1, "said once"


@pytest.mark.parametrize("status", [400, 413])
def test_a_message_that_is_refused_does_not_hold_up_the_next(tmp_path: Path, status: int) -> None:
    with webhook(status) as server:
        here = world(tmp_path, server)
        here.tell("a")
        here.after(3)
        assert here.states() == [REFUSED]
        here.tell("b")
        here.after(10)
        assert here.states() == [REFUSED, SENT]
        assert f"a notice is not with discord yet: it refused the message (status {status})" in here.said


def test_nobody_listens(tmp_path: Path) -> None:
    with webhook() as server:
        here = world(tmp_path, server)
    here.tell("a")
    here.after(3)
    assert here.states() == [READY]
    assert here.said[-1] == "a notice is not with discord yet: it cannot be reached (Connection refused)"


def test_a_webhook_gets_json_and_a_name_that_stays(tmp_path: Path) -> None:
    with webhook(503) as server:
        here = world(tmp_path, server, Webhook)
        here.notices.tell("drift", what="v1.0.0", why="the loss rose", loss=0.25)
        here.after(3)
        here.after(10)
        (_, first, _), (path, second, body) = server.requests
        assert path == f"/api/webhooks/1300000000000000000/{SECRET}"
        assert first["Idempotency-Key"] == second["Idempotency-Key"] == body["name"]
        (told,) = body["notices"]
        assert told["facts"] == {"what": "v1.0.0", "why": "the loss rose", "loss": 0.25}
        assert body["text"].startswith("2019-08-20 10:00 UTC — Drift: v1.0.0: the loss rose (loss 0.25) [#1]")


def test_one_target_s_trouble_does_not_hold_up_the_other(tmp_path: Path) -> None:
    with webhook() as server, webhook(500, 500, 500) as broken:
        here = world(tmp_path, server, Discord, lambda _: Webhook(Address(broken.url)))
        for text in ("a", "b"):
            here.tell(text)
            here.after(3)
        assert [here.states(name) for name in ("discord", "webhook")] == [[SENT, SENT], [DOUBTFUL]]


def test_the_address_is_never_said(tmp_path: Path) -> None:
    """Not even where a fact holds it."""
    with webhook(404, 500, CLOSED) as server:
        here = world(tmp_path, server, Discord, Webhook)
        here.tell(f"failed at {server.url}")
        for _ in range(6):
            here.after(10)
        assert server.stored
        assert SECRET not in str(server.stored)
    for _ in range(2):
        here.tell("nobody listens")
        here.after(10)
    assert SECRET not in "".join(line for line in here.said if not line.startswith("notice: failed at"))
    assert SECRET not in "".join(message.answer for message in Queue(here.path).messages())


def test_what_the_disk_does_not_take_is_sent_from_memory_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with webhook() as server, webhook(500) as slow:
        here = World(tmp_path / "file/journal.notices", server)
        here.kinds = (Discord, lambda _: Webhook(Address(slow.url)))
        targets = [kind(Address(server.url)) for kind in here.kinds]
        here.sender = Sender(
            here.notices, here.path, targets, PACE, here.said.append, lambda: here.time, lambda: here.time
        )
        here.tell("a")
        for _ in range(4):
            here.after(10)
        assert server.texts == ["2019-08-20 10:00 UTC — a [from memory: the disk takes nothing]"]
        assert len(slow.stored) == 1
        assert here.notices.held() == []
        here.tell("b")
        (tmp_path / "file").unlink()
        here.after(10)
        assert server.texts[-1].endswith("b [#1]"), "the disk is back"


def test_only_one_process_sends(tmp_path: Path) -> None:
    with webhook() as server:
        here = world(tmp_path, server)
        here.tell("a")
        here.time += 3
        ended, holds = threading.Event(), threading.Event()
        idle = Sender(Notices(here.path), here.path, [], PACE, here.said.append, lambda: here.time)
        holder = threading.Thread(target=deliver, args=(idle, here.path, ended), kwargs={"before": holds.set})
        holder.start()
        try:
            holds.wait(30)
            # The other process holds the lock from its second look on at the latest.
            threading.Event().wait(0.7)
            assert not deliver(here.sender, here.path, threading.Event(), most=0.1)
            assert server.requests == []
        finally:
            ended.set()
            holder.join(30)
        assert deliver(here.sender, here.path, threading.Event(), most=30.0)
        assert len(server.requests) == 1
