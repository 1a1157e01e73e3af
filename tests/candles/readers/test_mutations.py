"""Mutated files of every shape: none read in two ways, none with a traceback, none that hangs."""

import subprocess
import sys

import pytest

from tests.conftest import ROOT


@pytest.mark.parametrize("count", [2, pytest.param(20, marks=pytest.mark.drill)])
def test_no_damage_is_read_wrong_breaks_or_hangs(count: int) -> None:
    command = [sys.executable, "-m", "tests.candles.readers.mutations", str(count), "1"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60 * count, check=False)
    assert result.returncode == 0, result.stdout[-2000:] + result.stderr[-2000:]
    assert "'refused'" in result.stdout
