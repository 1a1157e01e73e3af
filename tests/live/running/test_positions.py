"""The runner sizes on from the last position that the journal holds, over missed hours and its own end."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from src.bundle.loaded import Sizing
from src.live.answering.sizing import SMOOTHED, next_position
from src.live.journal.reader import JournalReader
from src.live.running.versions import Running
from tests.live import runner_world
from tests.live.runner_world import FakeGraph, FakeVersions, World, running
from tests.live.windows import HOUR

SIZING = Sizing(volatility=0.2, cap=1.0, band=0.02, cost=0.0017, scale=1.0)


class Restless(FakeGraph):
    """Hours that get more restless, and calm again, by turns of 12."""

    outputs = ("probability", "probability_move", "features")

    def run(self, candles: Any, opened: Any) -> dict[str, Any]:
        move = np.where(opened // HOUR // 12 % 2 == 0, 0.2, 0.6)
        return {"features": candles[:, -1, 3:5], "probability": move / 3, "probability_move": move}


def restless(version: str) -> Running:
    plain = running(version)
    loaded: Any = SimpleNamespace(**vars(plain.loaded) | {"signal": Restless(), "sizing": SIZING})
    return replace(plain, loaded=loaded)


def test_each_position_goes_on_from_the_one_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner_world, "HISTORY", SMOOTHED + 10)
    hours = [*["up"] * 6, "down", "dead", *["up"] * 5, "killed", *["up"] * 8]
    World(hours).live(tmp_path / "journal.sqlite", FakeVersions(restless("v1.0.0"), running("v1.1.0")))
    rows = JournalReader(tmp_path / "journal.sqlite").predictions(version="v1.0.0")
    assert [row.decision for row in rows].count("missed") == 2
    held, seen = 0.0, set()
    for row in rows:
        if row.reason is None:
            assert row.position == next_position(row.volatility, SIZING, HOUR, held)
            assert row.position is not None
            held = row.position
            seen.add(held)
        else:
            assert (row.volatility, row.position) == (None, None)
    # Changed now and then, and kept in between.
    assert 3 < len(seen) < len(rows) - 4
    others = JournalReader(tmp_path / "journal.sqlite").predictions(version="v1.1.0")
    assert {(row.volatility, row.position) for row in others} == {(None, None)}
