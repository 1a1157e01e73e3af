"""Every program in docs/bots.md runs as it stands there, and answers what the graph does."""

import json
import re
import shutil
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from src.bundle.graph import Graph
from tests.conftest import ROOT, run
from tests.examples import needed
from tests.examples.conftest import Asked
from tests.live.service.process import service

TEXT = (ROOT / "docs/bots.md").read_text(encoding="utf-8")
CAREFUL, BARE, CANDLES = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
(JAVASCRIPT,) = re.findall(r"```js\n(.*?)```", TEXT, re.DOTALL)
(CURL,) = [line for line in TEXT.splitlines() if line.startswith("printf ")]
# Stands where the real command does: prints, and ends with the exit code that it is asked for.
STUB = """
import sys, time
code = int(sys.argv[3])
print(sys.argv[4]) if code in (0, 3) else time.sleep(code - 1)
sys.exit(code)
"""


@pytest.fixture
def bot(asked: Asked, bundle: Path, tmp_path: Path) -> Path:
    """The folder of a bot: the bundle, and candles of which the last is open."""
    (tmp_path / "bundle").symlink_to(bundle)
    (tmp_path / "candles.json").symlink_to(asked.file)
    return tmp_path


def answer(asked: Asked, graph: Graph) -> str:
    """What a program of ten lines prints."""
    probability = asked.probability[-1]
    return f"{probability:.4f} {probability >= graph.facts.decision_threshold}\n"


def test_the_ten_lines_of_python(bot: Path, asked: Asked, graph: Graph) -> None:
    assert len(BARE.strip().splitlines()) == 10
    result = run(bot, sys.executable, "-c", BARE)
    assert (result.stdout, result.returncode) == (answer(asked, graph), 0), result.stderr


def test_candles_to_try_it_with(tmp_path: Path, asked: Asked) -> None:
    """What `make signal` and the programs read: the newest 400 of the snapshot."""
    (tmp_path / "data").symlink_to(ROOT / "data")
    result = run(tmp_path, sys.executable, "-c", CANDLES)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    closed = json.loads(asked.file.read_text())[: len(asked.candles) - 1200][-400:]
    assert json.loads((tmp_path / "candles.json").read_text()) == closed


@pytest.mark.drill
def test_the_ten_lines_of_javascript(bot: Path, asked: Asked, graph: Graph) -> None:
    assert len(JAVASCRIPT.strip().splitlines()) == 10
    (bot / "bot.mjs").write_text(JAVASCRIPT)
    (bot / "node_modules").symlink_to(ROOT / "examples/node_modules")
    result = run(bot, needed.node(), "bot.mjs")
    assert (result.stdout.lower(), result.stderr) == (answer(asked, graph).lower(), "")


def test_the_careful_way(short_pipeline: Path, asked: Asked, tmp_path: Path) -> None:
    """The real command: it answers for closed candles, and abstains for the same with an open one."""
    listed = json.loads(asked.file.read_text())[: len(asked.candles) - 1200]
    (tmp_path / "closed.json").write_text(json.dumps(listed))
    found = run(short_pipeline, sys.executable, "-c", CAREFUL, "--candles", str(tmp_path / "closed.json"))
    assert re.fullmatch(r"0\.\d{4} (rise|none) False\n", found.stdout), found.stderr
    early = ["--candles", str(tmp_path / "closed.json"), "--now", "2019-10-17T09:30:00+00:00"]
    assert run(short_pipeline, sys.executable, "-c", CAREFUL, *early).stdout == "no answer\n"
    assert run(short_pipeline, sys.executable, "-c", CAREFUL, "--candles", "none.json").stdout == "no answer\n"


@pytest.mark.parametrize(("code", "printed"), [(0, "0.2500 none False"), (3, "no answer"), (1, "no answer")])
def test_the_careful_way_by_exit_code(code: int, printed: str, tmp_path: Path) -> None:
    """A stand-in for the command, since the real one does not fail when it is told to."""
    (tmp_path / "scripts/live").mkdir(parents=True)
    (tmp_path / "scripts/live/live.py").write_text(STUB)
    said = json.dumps({"probability": 0.25, "decision": "none", "trading_ready": False})
    assert run(tmp_path, sys.executable, "-c", CAREFUL, str(code), said).stdout == f"{printed}\n"


def test_the_careful_way_waits_no_longer_than_it_says(tmp_path: Path) -> None:
    (tmp_path / "scripts/live").mkdir(parents=True)
    (tmp_path / "scripts/live/live.py").write_text(STUB)
    hasty = CAREFUL.replace("timeout=60", "timeout=1")
    assert hasty != CAREFUL
    assert run(tmp_path, sys.executable, "-c", hasty, "60").stdout == "no answer\n"


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_one_curl(tree: Path, asked: Asked, tmp_path: Path) -> None:
    """Candles that end now get the graph's answer; with the open one more it abstains."""
    graph = tree / "models/production/production_signal.onnx"
    settings = tree / "deploy/live.yaml"
    settings.write_text(settings.read_text().replace("  port: 8000\n", "  port: 0\n"))
    listed = json.loads(asked.file.read_text())[: len(asked.candles) - 1200][-400:]
    while time.time() % 3600 > 3570:
        # What is open now must be open when it is asked about.
        time.sleep(1)
    this_hour = int(time.time() // 3600) * 3600
    closed = [[this_hour - 3600 * (400 - place), *row[1:]] for place, row in enumerate(listed)]
    window = np.array(closed)[None, :, 1:]
    with service(tree) as running:
        assert ":8000/" in CURL
        command = CURL.replace("http://127.0.0.1:8000", running.url)
        (tmp_path / "candles.json").write_text(json.dumps(closed))
        (answered,) = json.loads(run(tmp_path, "sh", "-c", command).stdout)["answers"]
        (tmp_path / "candles.json").write_text(json.dumps([*closed, [this_hour, *listed[-1][1:]]]))
        (early,) = json.loads(run(tmp_path, "sh", "-c", command).stdout)["answers"]
    ours = Graph(graph.read_bytes(), graph.name).run(candles=window)["probability"][0]
    assert (answered["probability"], answered["reason"]) == (pytest.approx(ours, abs=1e-6), None)
    assert (early["probability"], early["decision"], early["reason"]) == (None, "abstain", "open")
