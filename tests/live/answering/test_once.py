"""`make signal` as a function: which version, which candles, which time; one sentence where they do not fit."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from src.bundle.loaded import Sizing
from src.core.errors import UserError
from src.live.answering.once import newest_answer
from tests.graph.conftest import Exported
from tests.live.conftest import SIZING, WIDE
from tests.live.runner_tree import ONE, TWO, Tree
from tests.live.windows import HOUR, MIDNIGHT


@pytest.fixture
def candles(exported: Exported, tmp_path: Path) -> Path:
    """400 real candles from midnight on 1 January 2020, as ccxt gives them."""
    file = tmp_path / "candles.json"
    rows = exported.windows[-1].tolist()
    file.write_text(json.dumps([[(MIDNIGHT + HOUR * hour) * 1000, *row] for hour, row in enumerate(rows)]))
    return file


@pytest.mark.parametrize("offline", [False, True])
def test_a_fetched_version(versions_tree: Tree, candles: Path, offline: bool) -> None:
    """Named by its version or by its folder; the settings name the git remote that proves it."""
    loaded, found = newest_answer(versions_tree.root, version=TWO, candles=candles, offline=offline)
    assert loaded.version == found.version == TWO
    assert found.proof == ("unaltered since fetch" if offline else "proven")
    assert found.probability == loaded.signal.run(candles=_values(candles))["probability"][0]
    assert found.age == 0
    named = newest_answer(versions_tree.root, folder=versions_tree.bundles / TWO, candles=candles, offline=offline)
    assert named[1] == found


def test_bundles_of_another_folder(bot: Tree, candles: Path) -> None:
    bot.bundles.rename(bot.root / "elsewhere")
    bot.set(runner={"bundles": "elsewhere"})
    assert newest_answer(bot.root, version=TWO, candles=candles, offline=True)[1].version == TWO


def test_the_checkout_s_own_graph(versions_tree: Tree, candles: Path) -> None:
    _, found = newest_answer(versions_tree.root, candles=candles)
    assert (found.version, found.proof) == ("checkout", "proven")


def test_the_time_of_a_file_s_candles(versions_tree: Tree, candles: Path) -> None:
    for now, reason, age in (
        ("2020-01-17T16:00:20Z", None, 20.0),
        ("2020-01-18T01:00:20+09:00", None, 20.0),
        ("2020-01-17T15:30:00Z", "open", -1800.0),
        ("2020-01-17T17:01:01Z", "stale", 3661.0),
    ):
        _, found = newest_answer(versions_tree.root, version=ONE, candles=candles, now=now, offline=True)
        assert (found.reason, found.age) == (reason, age)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"version": ONE, "folder": Path("x")}, "VERSION and DIR both name a bundle; give one of them."),
        ({"now": "2020-01-17T16:00:20Z"}, "NOW is for a file of CANDLES; the exchange has a clock of its own."),
        ({"now": "noon", "candles": Path("x")}, "NOW 'noon' is no time; write it as 2024-08-05T10:00:00Z."),
        ({"now": "2020-01-17T16:00:20", "candles": Path("x")}, "names no zone; write it as 2024-08-05T10:00:00Z."),
        ({"candles": Path("none.json")}, "none.json does not exist; set CANDLES to a file of candles."),
        ({"version": "v9.9.9"}, "v9.9.9/bundle.json is missing; run `make fetch`."),
        ({"version": "nine"}, "'nine'"),
    ],
)
def test_what_does_not_fit_is_one_sentence(versions_tree: Tree, given: dict, sentence: str) -> None:
    with pytest.raises(UserError) as told:
        newest_answer(versions_tree.root, **given)
    assert sentence in str(told.value)
    assert "\n" not in str(told.value)


def test_an_altered_bundle_is_not_asked(bot: Tree, candles: Path) -> None:
    graph = bot.bundles / ONE / "production_signal.onnx"
    shutil.copy(bot.bundles / TWO / graph.name, graph)
    with pytest.raises(UserError, match="production_signal.onnx was altered since it was fetched; fetch it again"):
        newest_answer(bot.root, version=ONE, candles=candles, offline=True)


def _values(candles: Path) -> NDArray[np.float64]:
    return np.array(json.loads(candles.read_text()))[None, :, 1:]


def test_a_version_with_two_heads_sizes_on_from_what_is_held(wide_bot: Tree, exported_wide, tmp_path: Path) -> None:
    rows = [*exported_wide.windows[0].tolist(), *exported_wide.windows[1:240, -1].tolist()]
    file = tmp_path / "candles.json"
    file.write_text(json.dumps([[(MIDNIGHT + HOUR * hour) * 1000, *row] for hour, row in enumerate(rows)]))
    loaded, found = newest_answer(wide_bot.root, version=WIDE, candles=file, offline=True)
    assert loaded.sizing == Sizing(**SIZING)
    assert found.volatility is not None
    assert found.position is not None
    assert found.position == pytest.approx(0.4 / found.volatility / np.sqrt(8766), rel=1e-12)
    _, kept = newest_answer(wide_bot.root, version=WIDE, candles=file, offline=True, held=found.position + 0.05)
    assert kept.position == found.position + 0.05
    with pytest.raises(UserError, match=r"HELD 1\.5 is no share of a stake; give a number in \[0, 1\]"):
        newest_answer(wide_bot.root, candles=file, held=1.5)
    # The rows of 639 hours are read, not 400: one less, and there is no volatility.
    file.write_text(json.dumps(json.loads(file.read_text())[1:]))
    assert newest_answer(wide_bot.root, version=WIDE, candles=file, offline=True)[1].volatility is None
