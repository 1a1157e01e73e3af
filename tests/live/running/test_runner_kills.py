"""SIGKILL at any moment: `make live` goes on without a candle lost or answered twice, and what it said stays."""

import os
import random
import time
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from src.bundle.folder import open_bundle
from src.live.answering.signal import answer
from src.live.answering.window import Window
from src.live.journal.rows import MISSED, Prediction
from tests.live.exchange_server import ReplayServer, replay
from tests.live.runner_tree import ONE, TWO, Tree

HOUR = 3600
# Seconds of the exchange's clock in one second: a candle in 2.
SPEED = 1800.0
SETTLING = 10.0
KILLS = int(os.environ.get("KILLS", "10"))
START = datetime(2019, 8, 20, 0, 30, tzinfo=UTC)


def replayed(bot: Tree, server: ReplayServer) -> None:
    """Point the settings at the replay."""
    bot.set(
        exchange={"timeout": 30.0, "attempts": 2, "first_wait": 0.05, "settings": server.settings},
        runner={"speed": SPEED, "jitter": 0.0, "settling": SETTLING, "watch": 0.1},
    )


def until_the_next_close(server: ReplayServer) -> float:
    """Seconds here until the open candle closed and settled."""
    now = server.now.timestamp() - SETTLING
    return float((HOUR - now % HOUR) / server.speed)


def published(lines: list[str]) -> set[str]:
    """The answers among printed lines, but for a line that a kill cut off."""
    return {line.strip() for line in lines if line.endswith("\n") and "stake" in line and line[:2] == "20"}


@pytest.mark.drill
def test_a_kill_at_any_moment_loses_and_doubles_nothing(bot: Tree, snapshot: pd.DataFrame, capsys) -> None:
    bot.promote(live=ONE, paper=TWO)
    chance = random.Random(7)
    told: dict[tuple[int, str], Prediction] = {}
    with replay(snapshot, START, SPEED) as server:
        replayed(bot, server)
        for number in range(KILLS):
            process = bot.live()
            while not process.lines and not process.ended:
                time.sleep(0.01)
            # Every second kill is aimed at the moment when a candle is answered.
            aimed = until_the_next_close(server) + chance.uniform(0.0, 0.12)
            time.sleep(aimed if number % 2 else chance.uniform(0.0, 4.0))
            process.kill()
            rows = {(row.opened, row.version): row for row in bot.reader.predictions()}
            assert all(rows[key] == row for key, row in told.items()), "a row was lost or changed"
            assert published(process.lines) <= printed(rows), "published, but not in the journal"
            told = rows
            # Now and then nobody starts it again for some candles: they are missed.
            time.sleep(chance.choice((0.0, 0.0, 0.0, 5.0)))
        process = bot.live()
        before = len(told)
        deadline = time.monotonic() + 120
        while len(bot.reader.predictions()) < before + 4 and time.monotonic() < deadline:
            time.sleep(0.05)
        assert len(bot.reader.predictions()) >= before + 4, process.lines
        assert process.terminate() == 0, process.lines
    judged(bot, snapshot, told, capsys)


def printed(rows: dict[tuple[int, str], Prediction]) -> set[str]:
    from src.live.running.scoring import line

    return {line(row, HOUR) for row in rows.values()}


def judged(bot: Tree, snapshot: pd.DataFrame, told: dict[tuple[int, str], Prediction], capsys) -> None:
    """Every candle from the first to the last has one row of each version, and each answer is the true one."""
    rows = bot.reader.predictions()
    assert {(row.opened, row.version): row for row in rows}.items() >= told.items()
    opened = sorted({row.opened for row in rows})
    expected = [(moment, version) for moment in range(opened[0], opened[-1] + HOUR, HOUR) for version in (ONE, TWO)]
    found = [(row.opened, row.version) for row in rows]
    lost, doubled = set(expected) - set(found), len(found) - len(set(found))
    answered = [row for row in rows if row.probability is not None]
    missed = [row for row in rows if row.reason == MISSED]
    with capsys.disabled():
        print(
            f"\n{KILLS} kills, {len(opened)} candles, {len(rows)} rows: {len(answered)} answered, {len(missed)} missed;"
            f" lost {len(lost)}, doubled {doubled}"
        )
    assert not lost
    assert not doubled
    assert found == expected
    assert len(answered) + len(missed) == len(rows)
    # A slow machine misses more, so this asks for little.
    assert len(answered) >= KILLS / 2
    assert missed or KILLS < 10
    assert bot.reader.first_fault() is None
    true_answers(bot, snapshot, answered)
    true_outcomes(bot, snapshot, opened)


def true_answers(bot: Tree, snapshot: pd.DataFrame, answered: list[Prediction]) -> None:
    loaded = {version: open_bundle(bot.bundles / version, offline=True) for version in (ONE, TWO)}
    seconds = snapshot["timestamp"].astype("int64").to_numpy() // 10**6
    values = snapshot[["open", "high", "low", "close", "volume"]].to_numpy()
    for row in answered:
        at = int(np.searchsorted(seconds, row.opened)) + 1
        window = Window(seconds[at - 400 : at], values[at - 400 : at], row.made_at, HOUR)
        assert answer(loaded[row.version], window, bot.settings).probability == row.probability


def true_outcomes(bot: Tree, snapshot: pd.DataFrame, opened: list[int]) -> None:
    """All but the last candles have theirs, whatever was missed; the candles are known."""
    outcomes = {outcome.opened: outcome for outcome in bot.reader.outcomes()}
    close = snapshot.set_index("timestamp")["close"]
    for moment in opened[:-1]:
        time_of = pd.Timestamp(moment, unit="s", tz="UTC")
        later = close[time_of + timedelta(hours=1)]
        assert outcomes[moment].label == int(later - close[time_of] > 0.003 * close[time_of])
    assert len(outcomes) == len(opened) - 1
