"""Damaged files of every shape: both ways to read agree, none breaks or hangs; rows are read as they stand."""

import json
import subprocess
import sys

import pytest
from pandas.testing import assert_frame_equal

from src.candles.readers import text
from src.candles.readers.read import Reading, read_file_content
from tests.candles.readers.encodings import ENCODINGS
from tests.conftest import ROOT, make_candles


@pytest.mark.parametrize("count", [2, pytest.param(20, marks=pytest.mark.drill)])
def test_both_ways_agree_on_damage_and_neither_breaks_or_hangs(count: int) -> None:
    command = [sys.executable, "-m", "tests.candles.readers.mutations", str(count), "1"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60 * count, check=False)
    assert result.returncode == 0, result.stdout[-2000:] + result.stderr[-2000:]
    found = json.loads(result.stdout.splitlines()[-1])
    assert found["refused"] > 0
    assert found["read"] > 0


@pytest.mark.parametrize("rows", [[0, 1, 3, 4], [0, 1, 1, 2], [3, 0, 1, 2], [0, 2, 1, 3]])
@pytest.mark.parametrize("name", ["contract", "CRLF", "semicolons", "tabs", "quoted"])
@pytest.mark.parametrize("fast", [True, False])
def test_rows_dropped_doubled_or_moved_are_read_as_they_stand(monkeypatch, fast: bool, name: str, rows: list) -> None:
    candles = make_candles([100.0 + hour for hour in range(5)])
    header, *lines = ENCODINGS[name][1](candles).splitlines(keepends=True)
    if not fast:
        monkeypatch.setattr(text, "read_fast", lambda *_: None)
    ((table, _),) = read_file_content(header + b"".join(lines[row] for row in rows), "file", Reading())
    expected = candles.iloc[rows].reset_index(drop=True)
    assert_frame_equal(table[list(candles)].reset_index(drop=True), expected, check_exact=True)
