"""`status` and `ml-models --dry-run` say how the live side is, where there is one."""

import subprocess
import sys
from pathlib import Path

import pytest

from src.live.running.halt import HALT, ask
from src.management.checks.live import live_side
from tests.conftest import ROOT, dev_check, environment
from tests.live.runner_world import World

SETTINGS = "journal:\n  path: journal.sqlite\nserve:\n  port: 0\n"


def lived(root: Path) -> None:
    (root / "deploy").mkdir()
    (root / "deploy/live.yaml").write_text(SETTINGS)
    World(["up"] * 3).live(root / "journal.sqlite")


def test_without_a_journal_nothing_is_said(tmp_path: Path) -> None:
    assert live_side(ROOT).notes == []
    assert live_side(tmp_path).notes == []
    (tmp_path / "deploy").mkdir()
    (tmp_path / "deploy/live.yaml").write_text("journal: [")
    assert "deploy/live.yaml cannot be read" in live_side(tmp_path).notes[0]


def test_what_is_wrong_there_is_a_note_and_no_fault_of_the_models(tmp_path: Path) -> None:
    lived(tmp_path)
    ask(tmp_path / "journal.sqlite", HALT, "ann", "it lost money", 0.0)
    found = live_side(tmp_path)
    assert found.passed
    assert any(note.startswith("live: ill   runner") for note in found.notes)
    assert any(note.endswith("(ann): it lost money") for note in found.notes)


def test_an_environment_for_the_pipeline_alone_says_that_it_did_not_look(tmp_path: Path) -> None:
    lived(tmp_path)
    program = (
        "import sys; sys.modules['msgspec'] = None\nfrom pathlib import Path\n"
        "from src.management.checks.live import live_side\nprint(live_side(Path(sys.argv[1])).notes)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        cwd=ROOT, env=environment(), capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "live: not looked at: this Python has no msgspec; run `make serve-setup`" in ran.stdout


@pytest.mark.slow
def test_the_commands_show_it(tree: Path) -> None:
    World(["up"] * 3).live(tree / ".live/journal.sqlite")
    for command in (["status"], ["ml-models", "--dry-run"]):
        ran = dev_check(tree, *command)
        assert "live: ill   runner     does not run" in ran.stdout, ran.stdout + ran.stderr
        assert ran.returncode == 0
