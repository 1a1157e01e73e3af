"""GNU make hands over what was typed, whatever it holds, and works in a folder of any name."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import ROOT, run

NASTY = "lost $500 $(shell touch x) `touch x` $$ ${HOME} \"quoted\" 'single' # hash \\ %(x)s 損失 ;touch x"
# Prints its arguments, a line of JSON each; its folder first on PATH is what make is asked for.
STAND_IN = """#!/bin/sh
exec python3 -c 'import json, sys
for argument in sys.argv[1:]: print(json.dumps(argument))' "$@"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The Makefile, and an environment whose Python shows its arguments."""
    return make_folder(tmp_path / "repository")


def make_folder(root: Path) -> Path:
    (root / ".venv/bin").mkdir(parents=True)
    shutil.copy(ROOT / "Makefile", root)
    for needed in ("requirements.lock", "requirements-dev.lock", "scripts/setup/environment.sh"):
        (root / needed).parent.mkdir(parents=True, exist_ok=True)
        (root / needed).touch()
    python = root / ".venv/bin/python"
    python.write_text(STAND_IN)
    python.chmod(0o755)
    (root / ".venv/.ready").touch()
    return root


def make(root: Path, *arguments: str, **extra: str) -> subprocess.CompletedProcess[str]:
    return run(root, "make", "--silent", *arguments, **extra)


def handed_over(root: Path, *arguments: str, **extra: str) -> list[str]:
    result = make(root, *arguments, **extra)
    assert result.returncode == 0, result.stderr
    assert not list(root.rglob("x"))
    return [json.loads(line) for line in result.stdout.splitlines()][1:]


@pytest.mark.parametrize("text", [NASTY, f"{NASTY}\nWho: nobody", "-x", "--help", "$(error no)", "\\", "a\\$", "#"])
def test_every_value_arrives_as_it_was_typed(folder: Path, text: str) -> None:
    given = {name: f"{text}{name}" for name in ("VERSION", "STEP", "WHY", "DESPITE", "JOURNAL")}
    expected = ["promote", "--why", f"{text}WHY", "--despite", f"{text}DESPITE", "--journal", f"{text}JOURNAL"]
    expected += ["--", f"{text}VERSION", f"{text}STEP"]
    assert handed_over(folder, "promote", *(f"{name}={value}" for name, value in given.items())) == expected
    assert handed_over(folder, "promote", **given) == expected
    for target, name, expected in (
        ("remote-local", "DIR", ["remote-local", "--", text]),
        ("remote-bucket", "URL", ["remote-bucket", "--", text]),
        ("integrity", "REV", ["integrity", "--rev", text]),
        ("repair", "REV", ["repair", "--rev", text]),
        ("prove", "REV", ["prove", "--rev", text]),
        ("verify-release", "TAG", ["integrity", "--in", "remote", "--rev", text]),
        ("release", "VERSION", ["release", "--", text]),
        ("review", "BASE", ["review", "--base", text, "--out", "review.md"]),
        ("bench-quality", "DATA", ["--data", text]),
        ("bench-wide", "DATA", ["--data", text]),
        ("verify-bundle", "DIR", ["verify-bundle", "--", text]),
        ("bench-exchange", "CANDLES", [text]),
        ("halt", "WHY", ["halt", "--why", text]),
        ("resume", "WHY", ["resume", "--why", text]),
    ):
        assert handed_over(folder, target, f"{name}={text}") == expected
    fetched = {name: f"{text}{name}" for name in ("VERSION", "STEP", "GIT", "BRANCH", "REMOTE")}
    expected = [word for name, value in fetched.items() for word in (f"--{name.lower()}", value)]
    given = [f"{name}={value}" for name, value in {**fetched, "DIR": text}.items()]
    assert handed_over(folder, "fetch", *given) == ["fetch", *expected, "--", text]
    asked = {name: f"{text}{name}" for name in ("VERSION", "DIR", "CANDLES", "NOW")}
    expected = [word for name, value in asked.items() for word in (f"--{name.lower()}", value)]
    given = [f"{name}={value}" for name, value in asked.items()]
    assert handed_over(folder, "signal", *given, "JSON=1", "OFFLINE=1") == ["signal", *expected, "--json", "--offline"]
    assert handed_over(folder, "judge") == ["judge"]
    assert handed_over(folder, "judge", f"DRY={text}") == ["judge", "--dry"]
    rolled = handed_over(folder, "rollback", f"STEP={text}", f"FROM={text}", f"WHY={text}")
    assert rolled == ["rollback", "--why", text, "--from", text, "--", text]


def test_values_pass_through_a_make_that_calls_make(folder: Path) -> None:
    (folder / "outer.mk").write_text("include Makefile\nouter:\n\t@$(MAKE) --silent release\n")
    assert handed_over(folder, "-f", "outer.mk", "outer", f"VERSION={NASTY}") == ["release", "--", NASTY]


def test_live_commands_run_in_the_environment_of_a_bot_where_there_is_one(folder: Path) -> None:
    assert handed_over(folder, "verify-bundle", "DIR=x", "OFFLINE=1") == ["verify-bundle", "--offline", "--", "x"]
    shutil.copytree(folder / ".venv", folder / ".venv-serve")
    shutil.rmtree(folder / ".venv")
    assert handed_over(folder, "verify-bundle", "DIR=x") == ["verify-bundle", "--", "x"]
    shutil.rmtree(folder / ".venv-serve")
    result = make(folder, "fetch", "DIR=x", "VERSION=v1.0.0")
    assert result.returncode != 0
    assert result.stderr.startswith("error: there is no environment here; run make serve-setup.\n")


def test_what_was_not_given_is_left_out(folder: Path) -> None:
    assert handed_over(folder, "rollback", "STEP=live", "WHY=x") == ["rollback", "--why", "x", "--", "live"]
    assert handed_over(folder, "integrity") == ["integrity"]
    assert handed_over(folder, "signal") == ["signal"]
    assert handed_over(folder, "bench-quality") == []
    for arguments, sentence in (
        (("release",), "say which, as in make release VERSION=v1.2.0"),
        (("promote", "VERSION=v1.0.0", "STEP=paper"), "say why, as in WHY='a better skill'"),
        (("promote", "STEP=paper", "WHY=x"), "say which, as in VERSION=v1.2.0"),
        (("fetch", "VERSION=v1.0.0"), "say where, as in make fetch VERSION=v1.2.0 DIR=.live/bundles/v1.2.0"),
        (("verify-bundle",), "say which, as in make verify-bundle DIR=.live/bundles/v1.2.0"),
        (("promote", "VERSION=v1.0.0", "WHY=x"), "say which, as in STEP=paper"),
        (
            ("promote", "VERSION=v1.0.0", "WHY=x", "STAGE=paper"),
            "error: STAGE is called STEP now: make promote STEP=pa",
        ),
        (("rollback", "WHY=x", "STAGE=live"), "error: STAGE is called STEP now"),
    ):
        result = make(folder, *arguments)
        assert result.returncode != 0
        assert sentence in result.stderr
        assert not result.stdout


@pytest.mark.parametrize(
    "name",
    [
        'a "b"', "it's", "$HOME", "$(touch x)", "`touch x`", "${x} $$", "売買 ボット", "a\\b", "a;touch x", "a#b %",
        "-C", "a=b", "&& (a) *", " a ", "a\nb", "'\"$`\\",
    ],
)  # fmt: skip
def test_a_folder_of_any_name(tmp_path: Path, name: str) -> None:
    root = make_folder(tmp_path / name)
    assert "make .venv" in make(root, "help").stdout
    assert handed_over(root, "results") == ["results"]
    assert handed_over(root, "release", "VERSION=v1.0.0") == ["release", "--", "v1.0.0"]
    elsewhere = make(tmp_path, "-C", str(root), "results")
    assert '"results"' in elsewhere.stdout, elsewhere.stderr
    assert not list(tmp_path.rglob("x"))


def test_a_folder_that_path_cannot_hold_is_told(tmp_path: Path) -> None:
    result = make(make_folder(tmp_path / "a:b"), "results")
    assert result.returncode != 0
    assert result.stderr.endswith("*** the path of this repository holds a colon, which PATH cannot; move it.  Stop.\n")


@pytest.mark.parametrize(("given", "options"), [("1", ["--force"]), ("0", []), ("", [])])
def test_a_switch_of_0_is_off(folder: Path, given: str, options: list[str]) -> None:
    assert handed_over(folder, "retrain", f"FORCE={given}") == options
    assert handed_over(folder, "retrain", FORCE=given) == options
