"""Two real runners, one bucket, machines with empty disks: one writes, the other follows and takes over."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from src.live.journal.reader import JournalReader
from src.live.replica.copies import KEY
from src.live.replica.keeper import replica_url
from src.live.settings import settings_of
from tests.live.exchange_server import replay
from tests.live.replica.bucket_server import BUCKET, BucketServer
from tests.live.runner_tree import ONE, TWO, Tree
from tests.live.running.test_runner_kills import HOUR, SPEED, START, replayed

LEASE = 3.0


def wait(until: Callable[[], object], *told: list[str], seconds: float = 90.0) -> None:
    deadline = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < deadline, told
        time.sleep(0.02)


def rows(tree: Tree) -> int:
    with JournalReader(tree.journal) as reader:
        return reader.newest_numbers()[0]


def test_the_address_is_a_setting_or_a_variable(monkeypatch) -> None:
    monkeypatch.delenv("JOURNAL_REPLICA", raising=False)
    assert replica_url(settings_of({}, "x")) is None
    monkeypatch.setenv("JOURNAL_REPLICA", "gs://b/x")
    assert replica_url(settings_of({}, "x")) == "gs://b/x"
    assert replica_url(settings_of({"replica": {"url": "gs://a"}}, "x")) == "gs://a"


@pytest.mark.drill
def test_a_second_runner_takes_over_from_one_that_stops_dies_or_loses_the_bucket(
    bot: Tree, snapshot: pd.DataFrame, bucket: BucketServer, tmp_path: Path
) -> None:
    bot.promote(live=ONE, paper=TWO)
    bucket.settle(bot.root)
    with replay(snapshot, START, SPEED) as server:
        replayed(bot, server)
        bot.set(replica={"url": f"gs://{BUCKET}/live", "lease_seconds": LEASE, "every": 0.2})
        trees = [bot]
        for name in ("second", "third", "fourth"):
            shutil.copytree(bot.root, tmp_path / name)
            trees.append(Tree(tmp_path / name, dict(bot.told)))
        first, second, third, fourth = trees
        one = first.live()
        wait(lambda: rows(first) >= 2, one.lines)
        two = second.live()
        # It follows while it waits.
        wait(lambda: rows(second) >= 2, two.lines)
        assert any("waits: runner-" in line for line in two.lines)
        # Asked to stop, the first gives back; its last rows are in the copy.
        assert one.terminate() == 0, one.lines
        held = rows(first)
        wait(lambda: rows(second) > held, two.lines)
        check(second, at_least=held)
        # Killed, it is replaced when its time is over.
        three = third.live()
        wait(lambda: rows(third) > held, three.lines)
        copied = bucket.objects[f"live/{KEY}"][1]
        wait(lambda: bucket.objects[f"live/{KEY}"][1] > copied, two.lines)
        two.kill()
        killed = time.monotonic()
        wait(lambda: any("holds the lease" in line for line in three.lines), three.lines)
        assert time.monotonic() - killed < 60
        before = rows(third)
        wait(lambda: rows(third) > before, three.lines)
        check(third, at_least=before)
        # One that lost the bucket for a while, and with it the lease, writes no more and ends.
        four = fourth.live()
        wait(lambda: any("waits: runner-" in line for line in four.lines), four.lines)
        lease = bucket.objects["live/lease.json"]
        bucket.objects["live/lease.json"] = (b'{"holder":"somebody else","count":1}', lease[1] + 500)
        bucket.writes += 600
        assert three.wait() == 1, three.lines
        assert any("another process took over the journal" in line for line in three.lines)
        wait(lambda: any("holds the lease" in line for line in four.lines), four.lines)
        before = rows(fourth)
        wait(lambda: rows(fourth) > before, four.lines)
        assert four.terminate() == 0, four.lines
        check(fourth, at_least=before)


def check(tree: Tree, at_least: int) -> None:
    """The chain is whole and every candle has one row of each version, or is missed."""
    with JournalReader(tree.journal) as reader:
        assert reader.first_fault() is None
        found = reader.predictions()
    assert len(found) >= at_least
    opened = sorted({row.opened for row in found})
    assert opened == list(range(opened[0], opened[-1] + HOUR, HOUR))
    assert len({(row.opened, row.version) for row in found}) == len(found)
