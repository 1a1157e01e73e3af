"""The journal by itself: what is written stays, readers only read, one process writes."""

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from src.core.errors import UserError
from src.live.journal.audit import seal
from src.live.journal.place import check_place
from src.live.journal.reader import JournalReader
from src.live.journal.rows import Candle, Prediction
from src.live.journal.schema import open_for_reading
from src.live.journal.writer import JournalWriter
from tests.conftest import ROOT
from tests.live.runner_world import MARKET
from tests.live.windows import HOUR

HOLD = "import sys, time; from pathlib import Path; from src.live.journal.writer import JournalWriter\n"
HOLD += "writer = JournalWriter(Path(sys.argv[1])); print('held', flush=True); time.sleep(60)"


def prediction(hour: int, version: str = "v1.0.0", probability: float | None = 0.25, **other: object) -> Prediction:
    """A row of the candle that opened ``hour`` hours after 1970."""
    row = Prediction(
        number=0,
        opened=hour * HOUR,
        version=version,
        step="live",
        share=1.0,
        probability=probability,
        probability_move=None,
        probability_direction=None,
        decision="none" if probability is not None else "abstain",
        reason=None if probability is not None else "hole",
        sentence=None,
        outside=("close",),
        older_holes=2,
        made_at=hour * HOUR + HOUR + 12.5,
        age=12.5,
        latency=0.001,
        trading_ready=False,
        trading_reason="net return low",
        proof="proven",
        graph_md5="0" * 32,
        horizon=1,
        threshold=0.003,
        event=0,
    )
    return msgspec.structs.replace(row, **other)


def candle(hour: int, close: float) -> Candle:
    return Candle(hour * HOUR, close, close + 1, close - 1, close, 5.0)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite"


@pytest.fixture
def writer(path: Path):
    with JournalWriter(path) as writer:
        writer.claim(MARKET)
        yield writer


def write(writer: JournalWriter, *rows: Prediction) -> list[Prediction]:
    with writer.transaction():
        return writer.add_predictions(1.5, rows)


def test_a_reader_is_usable_before_there_is_a_journal_and_sees_what_is_committed(path: Path) -> None:
    reader = JournalReader(path)
    assert (reader.exists, reader.market(), reader.newest(), reader.newest_numbers()) == (False, None, [], (0, 0, 0))
    with JournalWriter(path) as writer:
        writer.claim(MARKET)
        with writer.transaction():
            given = writer.add_predictions(1.5, [prediction(1), prediction(1, "v1.1.0", None)])
            assert reader.newest() == []
        assert reader.market() == MARKET
        assert reader.newest() == given
        assert [row.number for row in given] == [1, 2]
        write(writer, prediction(2))
        assert [row.opened // HOUR for row in reader.predictions_after(2)] == [2]
        assert [row.opened // HOUR for row in reader.predictions(version="v1.0.0", limit=1)] == [2]
        assert reader.newest_numbers() == (3, 0, 2)
    assert reader.newest()[0].answer(HOUR).closed == "1970-01-01T03:00:00+00:00"


def test_a_reader_follows_a_journal_that_was_replaced(path: Path, tmp_path: Path) -> None:
    reader = JournalReader(path)
    with JournalWriter(path) as writer:
        writer.claim(MARKET)
        write(writer, prediction(1))
        assert len(reader.newest()) == 1
    for name in ("journal.sqlite", "journal.sqlite-wal", "journal.sqlite-shm"):
        (tmp_path / name).unlink(missing_ok=True)
    assert reader.newest() == []
    with JournalWriter(path) as writer:
        writer.claim(MARKET)
        write(writer, prediction(7))
    assert reader.newest()[0].opened == 7 * HOUR


def test_a_reader_cannot_write(writer: JournalWriter, path: Path) -> None:
    connection = open_for_reading(path)
    assert connection is not None
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        connection.execute("DELETE FROM market")
    connection.close()


def test_commits_reach_the_disk(writer: JournalWriter) -> None:
    told = {
        name: writer._connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")
    }
    assert told == {"journal_mode": "wal", "synchronous": 2}


def test_a_candle_has_one_row_of_a_version_and_a_failed_transaction_writes_nothing(writer: JournalWriter) -> None:
    write(writer, prediction(1))
    with pytest.raises(UserError, match="cannot be written .*UNIQUE"), writer.transaction():
        writer.add_candles([candle(9, 100)])
        writer.add_predictions(1.5, [prediction(2), prediction(1)])
    assert [row.opened for row in writer.reader.predictions()] == [HOUR]
    assert writer.reader.candles() == []
    assert writer.reader.newest_numbers() == (1, 0, 1)


@pytest.mark.parametrize(("probability", "reason"), [(None, None), (0.5, "hole")])
def test_no_answer_without_a_reason_and_no_reason_with_an_answer(writer, probability, reason) -> None:
    with pytest.raises(UserError, match="CHECK"):
        write(writer, prediction(1, probability=probability, reason=reason))


def test_a_known_candle_stays_as_it_was_first_seen(writer: JournalWriter) -> None:
    with writer.transaction():
        writer.add_candles([candle(1, 100), candle(1, 200), candle(2, 300)])
    assert [found.close for found in writer.reader.candles()] == [100, 300]
    assert [found.close for found in writer.reader.candles(limit=1)] == [300]


def test_outcomes_are_joined_when_known_and_never_over_a_gap(writer: JournalWriter) -> None:
    closes = {1: 1000.0, 2: 1003.0, 3: 1006.1, 5: 1100.0}
    rows = [prediction(hour) for hour in (1, 2, 3, 4, 5)]
    rows += [prediction(hour, "v2.0.0", horizon=2) for hour in (1, 2, 3)]
    with writer.transaction():
        writer.add_predictions(1.5, rows)
        writer.add_candles(candle(hour, close) for hour, close in closes.items() if hour < 3)
        writer.join_outcomes(0)
    # 1003 is not more than 0.3 % above 1000.
    assert [(found.opened // HOUR, found.label) for found in writer.reader.outcomes()] == [(1, 0)]
    for _ in range(2):
        with writer.transaction():
            writer.add_candles(candle(hour, close) for hour, close in closes.items())
            writer.join_outcomes(0)
    found = {(row.opened // HOUR, row.horizon): row for row in writer.reader.outcomes()}
    assert {key: row.label for key, row in found.items()} == {(1, 1): 0, (2, 1): 1, (1, 2): 1}
    assert found[1, 1].change == pytest.approx(0.003)
    assert {row.number for row in writer.reader.outcomes_after(1)} == {row.number for row in found.values()} - {1}


def test_pairs_are_of_candles_that_both_answered(writer: JournalWriter) -> None:
    write(writer, prediction(1), prediction(1, "v2.0.0", 0.75))
    write(writer, prediction(2), prediction(2, "v2.0.0", None))
    write(writer, prediction(3), prediction(3, "v2.0.0", 0.5))
    with writer.transaction():
        writer.add_candles([candle(1, 1000), candle(2, 1010), candle(3, 1000)])
        writer.join_outcomes(0)
    found = writer.reader.pairs("v1.0.0", "v2.0.0")
    assert [(pair.opened, pair.first, pair.second, pair.label) for pair in found] == [(HOUR, 0.25, 0.75, 1)]


def test_one_process_writes_and_a_killed_one_lets_go(path: Path) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(path)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(UserError, match=f"process {holder.pid} writes the journal .* already"):
        JournalWriter(path)
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    JournalWriter(path).close()


def test_another_market_is_refused(writer: JournalWriter, path: Path) -> None:
    other = msgspec.structs.replace(MARKET, symbol="ETH/JPY")
    with pytest.raises(UserError, match="holds bitbank BTC/JPY at 3600 s, not bitbank ETH/JPY"):
        writer.claim(other)


def test_what_is_no_journal_of_this_release_is_refused(path: Path) -> None:
    path.write_bytes(b"no database at all, but text of some length" * 100)
    with pytest.raises(UserError, match="cannot be opened .*not a database"):
        JournalReader(path).newest()
    with pytest.raises(UserError, match="cannot be opened .*not a database"):
        JournalWriter(path)
    path.unlink()
    JournalWriter(path).close()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    for opened in (lambda: JournalReader(path).newest(), lambda: JournalWriter(path)):
        with pytest.raises(UserError, match="is a journal of schema 99, and this release reads 2"):
            opened()


def test_a_network_is_no_place_for_it(tmp_path: Path) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(
        f"/dev/vda / ext4 rw 0 0\nserver:/x {tmp_path}/far\\040away nfs4 rw 0 0\nb /b fuse.gcsfuse rw 0 0\n"
    )
    check_place(tmp_path / "journal.sqlite", mounts)
    for place, kind in ((tmp_path / "far away/j.sqlite", "nfs4"), (Path("/b/j.sqlite"), "fuse.gcsfuse")):
        with pytest.raises(UserError, match=f"would lie on a network \\({kind}\\)"):
            check_place(place, mounts)


def older(path: Path) -> list[Prediction]:
    """A journal of schema 1 with two sealed rows, as the release before wrote it."""
    with JournalWriter(path) as writer:
        writer.claim(MARKET)
        rows = write(writer, prediction(1), prediction(1, "v1.1.0", None))
    connection = sqlite3.connect(path)
    for name in ("volatility", "position"):
        connection.execute(f"ALTER TABLE predictions DROP COLUMN {name}")
    connection.execute("PRAGMA user_version = 1")
    connection.close()
    return rows


def test_a_journal_of_the_schema_before_is_read_as_it_is_and_the_writer_brings_it_up_to_date(path: Path) -> None:
    rows = older(path)
    reader = JournalReader(path)
    assert reader.newest() == rows
    assert reader.first_fault() is None
    assert reader.position("v1.0.0") is None
    assert sqlite3.connect(path).execute("PRAGMA user_version").fetchone() == (1,)
    # `make serve` of this release reads on while `make live` of this release starts.
    with JournalWriter(path) as writer:
        assert sqlite3.connect(path).execute("PRAGMA user_version").fetchone() == (2,)
        added = write(writer, prediction(2, volatility=0.0061, position=0.37))
        for one in (reader, JournalReader(path)):
            assert one.newest() == added
            assert one.predictions() == [*rows, *added]
            assert one.position("v1.0.0") == 0.37
            assert one.first_fault() is None
    JournalWriter(path).close()
    assert JournalReader(path).predictions() == [*rows, *added]


def test_a_row_without_them_has_the_digest_that_the_release_before_gave_it() -> None:
    assert seal([prediction(1)]) == "c1185a6a821bdf73583366213e56861f6b99ff76dcfa43ca3b649f49cdab1ca6"


@pytest.mark.parametrize("change", ["volatility = 0.5", "position = NULL", "position = 0.5"])
def test_volatility_and_position_are_sealed(path: Path, change: str) -> None:
    with JournalWriter(path) as writer:
        writer.claim(MARKET)
        write(writer, prediction(2, volatility=0.0061, position=0.37))
    with sqlite3.connect(path) as connection:
        connection.execute(f"UPDATE predictions SET {change}")
    assert "was altered" in str(JournalReader(path).first_fault())


def test_a_position_cannot_be_put_into_a_row_that_was_sealed_without(path: Path) -> None:
    older(path)
    JournalWriter(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE predictions SET position = 1.0")
    assert "was altered" in str(JournalReader(path).first_fault())


def test_the_last_position_of_a_version(writer: JournalWriter, path: Path) -> None:
    write(writer, prediction(1, position=0.5), prediction(1, "v1.1.0", position=0.9))
    write(writer, prediction(2, position=0.25), prediction(2, "v1.1.0", None))
    write(writer, prediction(3, probability=None))
    assert [writer.reader.position(name) for name in ("v1.0.0", "v1.1.0", "v1.2.0")] == [0.25, 0.9, None]
