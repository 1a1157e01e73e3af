"""`make signal` as it is typed, in a tree whose short pipeline has run."""

import json
import sys
from pathlib import Path

import pandas as pd
import pytest

from src.core.paths import CANDLES
from tests.conftest import run


@pytest.mark.parametrize("held", ["0.4", "0"])
def test_held_is_told_where_an_answer_has_no_position(short_pipeline: Path, tmp_path: Path, held: str) -> None:
    file = tmp_path / "candles.csv"
    pd.read_parquet(short_pipeline / CANDLES).tail(500).to_csv(file, index=False)
    options = ("signal", "--candles", str(file), "--json", "--held", held)
    found = run(short_pipeline, sys.executable, "scripts/live/live.py", *options)
    assert json.loads(found.stdout)["position"] is None, found.stderr
    assert ("HELD was not used" in found.stderr) is (held != "0")
