import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from src.candles.contract import micros
from src.core.errors import UserError
from src.core.names import OHLCV
from src.live.answering.candle_file import read_window
from tests.conftest import SNAPSHOT
from tests.live.windows import HOUR, MIDNIGHT

HEADER = "timestamp,open,high,low,close,volume\n"
CSV = HEADER + "2020-01-01T00:00:00Z,100,103,98,101,5\n2020-01-01T01:00:00Z,101,104,99,102,6.5\n"
ROWS = [[MIDNIGHT * 1000, 100, 103, 98, 101, 5], [(MIDNIGHT + HOUR) * 1000, 101, 104, 99, 102, 6.5]]
VALUES = [[100.0, 103.0, 98.0, 101.0, 5.0], [101.0, 104.0, 99.0, 102.0, 6.5]]
Write = Callable[[str | bytes], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def to_file(content: str | bytes) -> Path:
        path = tmp_path / "candles"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return to_file


@pytest.mark.parametrize(
    "content",
    [
        CSV,
        CSV.encode("utf-8-sig"),
        gzip.compress(CSV.encode(), mtime=0),
        CSV.replace("\n", "\r\n"),
        CSV.replace("T00:00:00Z", "T09:00:00+09:00").replace("T01:00:00Z", " 10:00:00+09:00"),
        CSV.replace("2020-01-01T00:00:00Z", str(MIDNIGHT)).replace("2020-01-01T01:00:00Z", str(MIDNIGHT + HOUR)),
        "volume,close,low,high,open,timestamp\n5,101,98,103,100,2020-01-01T00:00Z\n6.5,102,99,104,101,2020-01-01T01:00Z\n",
        json.dumps(ROWS),
        json.dumps([ROWS[:1], ROWS[1:]]),
        json.dumps([[], ROWS]),
        gzip.compress(json.dumps(ROWS).encode(), mtime=0),
    ],
    ids=["csv", "BOM", "packed", "CRLF", "zone", "epoch", "other order", "json", "pages", "empty page", "packed json"],
)  # fmt: skip
def test_the_same_candles_in_every_form(write: Write, content: str | bytes) -> None:
    window = read_window(write(content), 400)
    assert window.opened.tolist() == [MIDNIGHT, MIDNIGHT + HOUR]
    assert window.values.tolist() == VALUES
    assert (window.timeframe, window.now) == (HOUR, MIDNIGHT + 2 * HOUR)


def test_the_newest_are_taken_and_the_time_may_be_told(write: Write) -> None:
    window = read_window(write(CSV), 1, now=MIDNIGHT + 9e4)
    assert (window.opened.tolist(), window.values.tolist()) == ([MIDNIGHT + HOUR], VALUES[1:])
    assert (window.timeframe, window.now) == (HOUR, MIDNIGHT + 9e4)


def test_it_reads_what_the_pipeline_reads(snapshot: pd.DataFrame) -> None:
    window = read_window(SNAPSHOT, len(snapshot))
    np.testing.assert_array_equal(window.opened, micros(snapshot["timestamp"]) // 1_000_000)
    np.testing.assert_array_equal(window.values, snapshot[list(OHLCV)].to_numpy())


FIRST = "2020-01-01T00:00:00Z,100,103,98,101,5"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", r"candles line 1 must name the columns timestamp,open,high,low,close,volume"),
        (HEADER, "candles holds no candle; give a file with at least one"),
        ("[]", "candles holds no candle"),
        ("time,o,h,l,c,v\n1,2,3,4,5,6\n", r"line 1 must name the columns .* \(found 'time,o,h,l,c,v'\)"),
        (HEADER + FIRST + "\n1,2\n", "candles line 3 has 2 cells where 6 are expected"),
        (HEADER + FIRST.replace("103", "1O3"), "candles line 2: '1O3' is not a number"),
        (HEADER + FIRST.replace("103", ""), "candles line 2: '' is not a number"),
        (HEADER + FIRST.replace("103", "1_03"), "line 2: '1_03' is not a number"),
        (HEADER + FIRST.replace("Z", ""), "line 2: the time '2020-01-01T00:00:00' names no zone; write it as"),
        (HEADER + FIRST.replace("2020-01", "2020-13"), "line 2: '2020-13-01T00:00:00Z' is neither an ISO 8601 time"),
        (HEADER + '"' + FIRST, "candles line 2 is no row of a table"),
        (b"\xff\xfe1", "is not UTF-8 .byte 0.; give CSV or JSON"),
        (gzip.compress(CSV.encode(), mtime=0)[:40], r"cannot be read \(.*\); fetch it again"),
        ("[[1,2", r"is not whole JSON \(.*\); fetch it again"),
        ("[" * 100_000, "is not whole JSON"),
        ('{"success": 0}', r"must be a list of \[ms, open, high, low, close, volume\]"),
        ("[1, 2]", "candles item 1 must be"),
        (json.dumps([*ROWS, [1, 2, 3]]), "candles item 3 must be"),
        (json.dumps([[MIDNIGHT * 1000, 1, 2, None, 1, 1]]), "candles item 1: 'None' is not a number"),
        (json.dumps([[MIDNIGHT * 1000, 1, 2, [1], 1, 1]]), "item 1: '.1.' is not a number"),
        (json.dumps([[MIDNIGHT * 1000, 1, 2, True, 1, 1]]), "item 1: 'True' is not a number"),
        (json.dumps([["noon", 1, 2, 1, 1, 1]]), "item 1: 'noon' is neither"),
    ],
)  # fmt: skip
def test_a_bad_file_is_one_sentence_with_its_row(write: Write, content: Any, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence) as refused:
        read_window(write(content), 400)
    assert "\n" not in str(refused.value)


def test_no_file_and_no_regular_file_are_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="does not exist; set CANDLES"):
        read_window(tmp_path / "none.csv", 400)
    with pytest.raises(UserError, match="is no regular file; set CANDLES"):
        read_window(tmp_path, 400)
