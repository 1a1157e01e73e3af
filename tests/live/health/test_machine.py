import os
import subprocess
import sys
from pathlib import Path

import pytest

from src.live.health import machine
from src.live.health.findings import Level
from src.live.health.machine import disk_of, runner_of, writer_of
from src.live.health.notices import notices_finding
from src.live.journal.writer import JournalWriter
from src.live.settings import settings_of
from src.notices.queue import Queue, notices_file

SETTINGS = settings_of({"journal": {"path": "journal.sqlite"}}, "live.yaml")
NOW = 1_566_295_200.0


def test_the_writer_is_found_and_gone_when_it_ended(tmp_path: Path) -> None:
    journal = tmp_path / "journal.sqlite"
    assert runner_of(journal).level is Level.ILL
    with JournalWriter(journal):
        assert writer_of(journal) == os.getpid()
        assert runner_of(journal).level is Level.WELL
    assert writer_of(journal) is None
    # Looking took no lock.
    JournalWriter(journal).close()


def test_another_process_with_the_same_number_is_not_the_writer(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        (tmp_path / "journal.sqlite.lock").write_text(str(other.pid))
        assert writer_of(tmp_path / "journal.sqlite") is None
        assert writer_of(tmp_path / "journal.sqlite", tmp_path / "not Linux") == other.pid
        other.communicate(b"\n")
    assert writer_of(tmp_path / "journal.sqlite", tmp_path / "not Linux") is None


@pytest.mark.parametrize("content", [b"", b"x", b"-1", b"0"])
def test_a_lock_file_without_a_number_is_nobody_s(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "journal.sqlite.lock").write_bytes(content)
    assert writer_of(tmp_path / "journal.sqlite") is None


def test_a_disk_that_is_nearly_full_is_ill(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "LEAST_FREE", 0)
    assert disk_of(tmp_path / "not yet/journal.sqlite").level is Level.WELL
    monkeypatch.setattr(machine, "LEAST_FREE", 10**18)
    assert disk_of(tmp_path / "not yet/journal.sqlite").level is Level.ILL


def test_notices_that_wait_for_an_hour_are_ill(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISCORD_WEBHOOK_URL", raising=False)
    found = notices_finding(tmp_path, SETTINGS, NOW)
    assert found.sentence == "none was told yet; they go to the log alone: no address is set"
    monkeypatch.setenv("DISCORD_WEBHOOK_URL", "https://discord.com/api/webhooks/1/secret")
    queue = Queue(notices_file(tmp_path / "journal.sqlite"))
    queue.add(NOW, "note", "a", {})
    found = notices_finding(tmp_path, SETTINGS, NOW + 60)
    assert (found.level, found.sentence) == (Level.WELL, "discord waits for 60 s")
    message = queue.add_message("discord", queue.waiting("discord", NOW), "a", NOW)
    queue.mark(message, answer="it asks to wait (status 429)")
    found = notices_finding(tmp_path, SETTINGS, NOW + 4000)
    assert (found.level, found.sentence) == (Level.ILL, "discord waits for 1 h 7 min (it asks to wait (status 429))")
    queue.mark(message, state="sent")
    assert notices_finding(tmp_path, SETTINGS, NOW).sentence == "all were told; they go to discord and the log"
    monkeypatch.setenv("DISCORD_WEBHOOK_URL", "http://discord.com/secret")
    found = notices_finding(tmp_path, SETTINGS, NOW)
    assert found.level is Level.ILL
    assert "secret" not in found.sentence
