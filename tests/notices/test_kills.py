"""SIGKILL at any moment while a real process sends: every notice arrives, and what arrives twice says so."""

import os
import random
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from src.notices.notices import Notices
from src.notices.queue import Queue
from src.notices.text import REPEAT
from tests.conftest import ROOT, environment
from tests.notices.webhook_server import CLOSED, WebhookServer, webhook

KILLS = int(os.environ.get("KILLS", "10"))
SEND = """
import sys, threading
from pathlib import Path
from types import SimpleNamespace
from src.notices.address import Address
from src.notices.notices import Notices
from src.notices.sender import Sender, deliver
from src.notices.targets import Discord
path = Path(sys.argv[1])
pace = SimpleNamespace(gather=0.0, apart=0.02, timeout=5.0, retry_first=0.05, retry_longest=0.2, keep_days=30.0)
sender = Sender(Notices(path), path, [Discord(Address(sys.argv[2]))], pace, lambda text: print(text, flush=True))
print("ready", flush=True)
deliver(sender, path, threading.Event())
"""


def started(path: Path, server: WebhookServer) -> "subprocess.Popen[str]":
    process = subprocess.Popen(
        [sys.executable, "-c", SEND, str(path), server.url],
        cwd=ROOT, env=environment(), stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


@pytest.mark.drill
def test_every_notice_arrives_and_a_repeat_says_that_it_is_one(tmp_path: Path, capsys) -> None:
    chance, path = random.Random(3), tmp_path / "journal.sqlite.notices"
    notices, count = Notices(path), 0
    with webhook() as server:
        for _ in range(KILLS):
            server.answers[:] = [chance.choice((200, 200, 200, (429, {"Retry-After": "0.1"}), 503, CLOSED, 404))] * 2
            process = started(path, server)
            until = time.monotonic() + chance.uniform(0.02, 1.2)
            while time.monotonic() < until:
                count += 1
                notices.tell("note", why=f"notice {count}.")
                time.sleep(0.02)
            process.kill()
            process.communicate()
        server.answers.clear()
        process = started(path, server)
        deadline = time.monotonic() + 60
        queue = Queue(path)
        while queue.open_message("discord") or queue.waiting("discord", time.time()):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        process.kill()
        process.communicate()
        texts = server.texts
    seen: set[int] = set()
    doubled = 0
    for text in texts:
        listed = [int(number) for number in re.findall(r"notice (\d+)\.", text)]
        # What has no room is counted: those that follow.
        more = re.search(r"and (\d+) more", text)
        numbers = set(range(listed[0], listed[-1] + 1 + int(more[1] if more else 0)))
        if numbers & seen:
            doubled += 1
            assert REPEAT in text, text
        seen |= numbers
    told = f"{len(texts)} messages: lost {count - len(seen)}, repeated {doubled}"
    with capsys.disabled():
        print(f"\n{KILLS} kills, {count} notices in {told}")
    assert seen == set(range(1, count + 1))
