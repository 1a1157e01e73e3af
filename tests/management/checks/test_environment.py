from importlib.metadata import version
from pathlib import Path

import pytest

from src.core.errors import UserError
from src.management.checks.environment import check_environment
from src.repository.pins import locked_pins
from tests.conftest import ROOT

LOCK = """\
rich==15.0.0 \\
    --hash=sha256:00
xgboost==3.2.0 ; sys_platform == 'never' \\
    --hash=sha256:00
typer[all]==0.1 ; python_full_version >= '3.11' \\
    --hash=sha256:00
    # via rich==9
"""


def write(root: Path, **pins: str) -> Path:
    text = "".join(f"{name}=={pin} \\\n    --hash=sha256:00\n" for name, pin in pins.items())
    for name in ("requirements.lock", "requirements-dev.lock"):
        (root / name).write_text(text)
    return root


def test_pins_of_this_platform(tmp_path) -> None:
    (tmp_path / "x.lock").write_text(LOCK)
    assert locked_pins(tmp_path / "x.lock") == {"rich": "15.0.0", "typer": "0.1"}


def test_installed_versions_pass_and_others_are_named(tmp_path) -> None:
    assert check_environment(write(tmp_path, rich=version("rich"))).passed
    verdict = check_environment(write(tmp_path, rich="1.0", nosuch="2.0"))
    (problem,) = verdict.problems
    assert f"rich {version('rich')} instead of 1.0, nosuch missing instead of 2.0; run `make setup`" in problem


def test_a_missing_lock_is_one_sentence(tmp_path) -> None:
    with pytest.raises(UserError, match=r"requirements.lock is missing; restore it with git"):
        check_environment(tmp_path)


def test_the_two_locks_agree_and_hold_no_address() -> None:
    base, dev = (locked_pins(ROOT / name) for name in ("requirements.lock", "requirements-dev.lock"))
    assert len(base) > 100
    assert base.items() <= dev.items()
    for name in ("requirements.lock", "requirements-dev.lock"):
        assert "://" not in (ROOT / name).read_text()


def test_this_environment_is_the_locked_one() -> None:
    assert check_environment(ROOT).problems == []
