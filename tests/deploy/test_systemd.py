"""The units of deploy/systemd, judged by systemd itself."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.examples.needed import program

UNITS = sorted((ROOT / "deploy/systemd").glob("*.service"))
HOME = "/srv/ensemble"
# systemd's measure of what a service could still do, 0 to 10 (100 here); without any hardening it is 9.6.
MOST_EXPOSED = 17


def analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [program("systemd-analyze"), *arguments], capture_output=True, text=True, check=False, timeout=60
    )


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The units, of a machine where ``HOME`` is a folder that is there."""
    home = tmp_path / "srv"
    (home / ".venv-serve/bin").mkdir(parents=True)
    shutil.copy("/bin/true", home / ".venv-serve/bin/python")
    (home / "docs").mkdir()
    for unit in UNITS:
        (tmp_path / unit.name).write_text(unit.read_text().replace(HOME, str(home)))
    return tmp_path


def test_systemd_takes_the_units_without_a_word(installed: Path) -> None:
    assert [unit.name for unit in UNITS] == ["ensemble-live.service", "ensemble-serve.service"]
    for unit in UNITS:
        found = analyze("verify", "--man=no", str(installed / unit.name))
        # It speaks of the machine's other units too.
        said = [line for line in (found.stdout + found.stderr).splitlines() if "ensemble" in line]
        assert (found.returncode, said) == (0, [])


def test_systemd_finds_a_mistake_in_a_unit(installed: Path) -> None:
    broken = installed / UNITS[0].name
    broken.write_text(broken.read_text().replace("Restart=always", "Restart=whenever"))
    found = analyze("verify", "--man=no", str(broken))
    assert "whenever" in found.stdout + found.stderr


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_a_service_could_do_little_else(unit: Path) -> None:
    found = analyze("security", "--offline=true", f"--threshold={MOST_EXPOSED}", str(unit))
    if "unrecognized option" in found.stderr:
        pytest.skip("this systemd-analyze cannot judge a file.")
    assert found.returncode == 0, found.stdout.splitlines()[-1]


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_a_unit_runs_a_command_that_is_there(unit: Path) -> None:
    (start,) = re.findall(r"^ExecStart=(.*)$", unit.read_text(), re.MULTILINE)
    python, script, command = start.split()
    assert python == f"{HOME}/.venv-serve/bin/python"
    assert (ROOT / script).is_file()
    assert f"\n{command}:" in (ROOT / "Makefile").read_text()
    (supervised,) = re.findall(
        rf"^command = %\(here\)s/../../(.venv-serve/bin/python {script} {command})$",
        (ROOT / "deploy/supervisor/ensemble.conf").read_text(),
        re.MULTILINE,
    )
    assert f"{HOME}/{supervised}" == start
