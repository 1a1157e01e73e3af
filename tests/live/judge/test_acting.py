"""Rollbacks by the judge: real git, two machines, lost races, kills."""

import os
import signal
from pathlib import Path

import pytest
from typer.testing import CliRunner

from src.core.errors import UserError
from src.live.journal.reader import JournalReader
from src.live.judge.acting import look
from src.live.running.halt import halted
from src.live.settings import settings_of
from src.management.commands import live
from src.rollout.branch import FAILED_FILE
from tests.conftest import environment
from tests.live.judge.book import BAD
from tests.live.judge.conftest import BACK, PATIENCE, SETTINGS, World, book, until
from tests.releases import git
from tests.rollout.machines import TWO, log, make_machines, put, running


def rollbacks(repository: Path) -> list[str]:
    return [line for line in log(repository) if line.startswith("Roll back")]


def test_a_failing_version_goes_back_everywhere_once(world: World) -> None:
    done = world.judge()
    assert len(done) == 2
    assert running(world.root) == BACK
    assert git(world.server, "rev-parse", "rollout") == git(world.root, "rev-parse", "rollout")
    assert rollbacks(world.server) == ["Roll back stage-10 to v1.0.0", "Roll back paper to v1.0.0"]
    message = log(world.server, "%an <%ae>%n%b")[:5]
    assert message[0] == "judge <judge@localhost>"
    assert message[1:4] == [
        "Who: judge <judge@localhost>",
        "Step: stage-10 ran v1.1.0, runs v1.0.0",
        "Failed: v1.1.0",
    ]
    assert message[4] == "Why: errors: why (1 candle, the first opened 1970-01-01T05:00:00+00:00)"
    assert git(world.server, "show", f"rollout:{FAILED_FILE}").count("v1.1.0") >= 1
    head = git(world.server, "rev-parse", "rollout")
    assert world.judge() == []
    assert git(world.server, "rev-parse", "rollout") == head


def test_looking_changes_nothing(world: World) -> None:
    head = git(world.server, "rev-parse", "rollout")
    said = [found.sentence for found in look(world.root, SETTINGS)]
    assert [line.partition(":")[0] for line in said] == ["paper runs v1.1.0", "stage-10 runs v1.1.0"]
    assert git(world.root, "rev-parse", "rollout") == git(world.server, "rev-parse", "rollout") == head


@pytest.mark.drill
def test_two_judges_on_one_machine(world: World) -> None:
    both = [world.start(), world.start()]
    printed = [process.communicate(timeout=PATIENCE)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0], printed
    assert sorted(line.count("judge: ") for line in printed) == [0, 2]
    assert len(rollbacks(world.server)) == 2
    assert running(world.root) == BACK


@pytest.mark.drill
def test_two_judges_on_two_machines(world: World) -> None:
    roots = (world.machines.first, world.machines.second)
    both = [world.start(root) for root in roots]
    printed = [process.communicate(timeout=PATIENCE)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0], printed
    assert sorted(rollbacks(world.server)) == ["Roll back paper to v1.0.0", "Roll back stage-10 to v1.0.0"]
    for root in roots:
        world.judge(root)
        assert running(root) == BACK
        assert git(root, "rev-parse", "rollout") == git(world.server, "rev-parse", "rollout")


def test_a_push_that_loses_a_race(world: World) -> None:
    """Just before the judge's push arrives somebody else lets stage-50 run v1.1.0."""
    put(world.machines.second, TWO, "stage-50")
    git(world.machines.second, "push", "-q", "origin", "rollout:refs/heads/prepared")
    git(world.server, "update-ref", "refs/heads/rollout", "refs/heads/rollout~1")
    world.hook(
        "[ -e lost ] && exit 0; touch lost\n"
        "env -u GIT_QUARANTINE_PATH git update-ref refs/heads/rollout refs/heads/prepared"
    )
    world.judge()
    assert (world.server / "lost").exists()
    assert git(world.server, "merge-base", "--is-ancestor", "prepared", "rollout") == ""
    # The version that failed is rolled back there too, at once or with the next look; nothing ran there before.
    world.judge()
    assert running(world.root)[:2] == BACK[:2]
    assert len(rollbacks(world.server)) == 2
    assert git(world.root, "rev-parse", "rollout") == git(world.server, "rev-parse", "rollout")


def test_killed_between_commit_and_push(world: World) -> None:
    world.hook("touch asked; while [ ! -e go ]; do sleep 0.02; done; exit 1")
    process = world.start()
    until((world.server / "asked").exists)
    process.send_signal(signal.SIGKILL)
    process.wait(PATIENCE)
    (world.server / "go").touch()
    assert rollbacks(world.server) == []
    assert running(world.root)[0] == "v1.0.0", "the bot follows its own branch at once"
    until(lambda: not any("git" in name and "push" in name for name in _commands(world.server)))
    (world.server / "hooks/pre-receive").unlink()
    world.judge()
    assert rollbacks(world.server) == ["Roll back stage-10 to v1.0.0", "Roll back paper to v1.0.0"]
    assert running(world.root) == BACK
    assert git(world.root, "rev-parse", "rollout") == git(world.server, "rev-parse", "rollout")


def _commands(server: Path) -> list[str]:
    """Command lines of processes that name ``server``."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            text = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if str(server) in text:
            found.append(text)
    return found


def test_the_server_is_away(world: World) -> None:
    world.machines.hide()
    done = world.judge()
    assert all("It is not published yet" in line for line in done)
    assert running(world.root) == BACK
    assert len(world.judge()) == 1, "what is not published is told"
    world.machines.show()
    assert world.judge() == []
    assert len(rollbacks(world.server)) == 2


def test_a_worse_version_goes_back(tmp_path: Path, world: World) -> None:
    root = tmp_path / "third"
    git(tmp_path, "clone", "-q", str(world.server), str(root))
    book(root, two=BAD)
    assert len(world.judge(root)) == 2
    assert "Why: worse: e-value" in log(world.server, "%b")[3]
    assert running(root) == BACK


def test_nothing_to_go_back_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environment().items():
        if name.startswith("GIT_"):
            monkeypatch.setenv(name, value)
    machines = make_machines(tmp_path)
    put(machines.first, TWO, "paper")
    book(machines.first)
    world = World(machines, [])
    assert world.judge() == []
    assert running(machines.first)[0] == "v1.1.0"
    assert world.said[0].endswith("; nothing that did not fail ran before")
    monkeypatch.setattr("src.live.judge.acting._released_md5", lambda *_: "f" * 32)
    world.judge()
    journal = machines.first / ".live/journal.sqlite"
    with JournalReader(journal) as reader:
        halt = halted(journal, reader)
    assert halt is not None
    assert halt.who == "judge"
    assert halt.why.startswith("bytes: graph md5 000")


def test_a_key_of_its_own(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GIT_SSH_COMMAND", raising=False)
    settings = settings_of({"judge": {"key_file": "judge key"}}, "live.yaml")
    with pytest.raises(
        UserError, match=r"the judge's key .*judge key is missing; put it there, or set `judge\.key_file`"
    ):
        world.judge(settings=settings)
    assert running(world.root)[0] == "v1.1.0"
    (world.root / "judge key").write_text("x")
    world.judge(settings=settings)
    assert os.environ.pop("GIT_SSH_COMMAND").startswith(f"ssh -i '{world.root}/judge key' -o IdentitiesOnly=yes")


def test_the_command_acts_and_says_what_it_thinks(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "ROOT", world.root)
    ran = CliRunner().invoke(live.app, ["judge", "--dry"])
    assert ran.exit_code == 0
    assert ran.output.splitlines()[0].startswith("paper runs v1.1.0: errors: why (1 candle, the first opened")
    assert running(world.root)[0] == "v1.1.0"
    ran = CliRunner().invoke(live.app, ["judge"])
    assert ran.exit_code == 0, ran.output
    assert "judge: paper runs v1.0.0 (before: v1.1.0), commit" in ran.output
    assert "paper runs v1.0.0: no fault; no other version to compare it with" in ran.output
    assert running(world.root) == BACK
