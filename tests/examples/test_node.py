"""The graph in Node answers as in Python."""

import json
from pathlib import Path

import pytest

from tests.conftest import ROOT, run
from tests.examples import needed
from tests.examples.conftest import Asked, check_lines

ANSWER = str(ROOT / "examples/node/answer.mjs")


@pytest.mark.drill
def test_every_window_in_node(asked: Asked, bundle: Path) -> None:
    result = run(ROOT, needed.node(), ANSWER, str(bundle / "production_signal.onnx"), str(asked.file))
    assert (result.returncode, result.stderr) == (0, "")
    print("Node:", check_lines(result.stdout, asked))


@pytest.mark.drill
def test_one_sentence_for_too_few_candles_and_for_no_arguments(asked: Asked, bundle: Path, tmp_path: Path) -> None:
    few = tmp_path / "few.json"
    # The newest of the 400 is open.
    few.write_text(json.dumps(json.loads(asked.file.read_text())[-400:]))
    result = run(ROOT, needed.node(), ANSWER, str(bundle / "production_signal.onnx"), str(few))
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == f"error: {few} has too few closed candles for one window.\n"
    result = run(ROOT, needed.node(), ANSWER)
    assert result.returncode == 1
    assert result.stderr.startswith("error: say which graph")


def test_the_lock_of_the_examples_has_a_hash_for_each_package_and_no_address() -> None:
    text = (ROOT / "examples/package-lock.json").read_text(encoding="utf-8")
    packages = json.loads(text)["packages"]
    wanted = json.loads((ROOT / "examples/package.json").read_text(encoding="utf-8"))["dependencies"]
    assert packages.pop("")["dependencies"] == wanted
    assert len(packages) > 1
    assert all(package["integrity"].startswith("sha512-") for package in packages.values())
    assert "http" not in text
