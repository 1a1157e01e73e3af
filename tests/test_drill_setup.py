"""`make drill-setup` where something cannot be installed: it is said with the reason, and the rest goes on."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import ROOT

FILES = (
    "scripts/setup/drills.sh",
    "scripts/setup/environment.sh",
    "examples/package-lock.json",
    "examples/freqtrade/requirements.lock",
    "examples/triton/requirements.lock",
    "requirements-catboost.lock",
    "requirements-dvclive.lock",
    "requirements-mlflow.lock",
)
DEBIAN = ("chromium", "nodejs", "npm", "systemd", "prometheus", "prometheus-alertmanager", "supervisor")
# Packages whose command has another name.
COMMANDS = {"nodejs": "node", "systemd": "systemd-analyze", "supervisor": "supervisord"}
# Environments of their own.
OWN = ("freqtrade", "triton", "mlflow", "catboost", "dvclive")
TOOLS = ("dirname", "mktemp", "rm", "grep", "tail", "readlink", "uname", "mkdir", "touch", "sh", "chmod")
# As npm 11 tells that there is no network.
NPM = """echo npm error code ENOTFOUND >&2
echo 'npm error network request failed, reason: getaddrinfo ENOTFOUND example.org' >&2
mkdir -p examples/node_modules/onnxruntime-web
exit 1"""
# Says that it is 3.11, and makes no environment.
PYTHON = 'case "$*" in *venv\\ --clear*) echo "Error: no space left" >&2; exit 5;; esac'


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, tmp_path / name)
    (tmp_path / "bin").mkdir()
    for tool in TOOLS:
        (tmp_path / "bin" / tool).symlink_to(str(shutil.which(tool)))
    return tmp_path


def program(tree: Path, name: str, body: str = "exit 0") -> None:
    path = tree / "bin" / name
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)


def setup(tree: Path) -> list[str]:
    """The lines that it printed; it must end well."""
    variables = os.environ | {"PATH": str(tree / "bin"), "POLICY_RC_D": str(tree / "policy-rc.d")}
    command = ["/bin/sh", str(tree / "scripts/setup/drills.sh")]
    result = subprocess.run(command, text=True, capture_output=True, check=False, env=variables)
    assert (result.returncode, result.stderr) == (0, "")
    *lines, last = result.stdout.splitlines()
    assert last == "ready: make drill"
    return lines


def test_everything_fails(tree: Path) -> None:
    program(tree, "id", "echo 0")
    program(tree, "apt-get", 'echo "E: Unable to locate package $5" >&2; exit 100')
    program(tree, "npm", NPM)
    program(tree, "python3", PYTHON)
    skipped = [line for line in setup(tree) if line.startswith("skipped: ")]
    lists, *debian, onnxruntime_web, freqtrade, triton, mlflow, catboost, dvclive = skipped
    assert lists.startswith("skipped: a new list of packages, since 'apt-get update -qq' failed with 100: E: ")
    for line, package in zip(debian, [name for name in DEBIAN if name != "npm"], strict=True):
        assert line.startswith(f"skipped: {package}, since ")
        assert line.endswith(f"failed with 100: E: Unable to locate package {package}")
    assert onnxruntime_web.startswith("skipped: onnxruntime-web, since 'npm ci ")
    assert onnxruntime_web.endswith(
        "failed with 1: npm error network request failed, reason: getaddrinfo ENOTFOUND example.org"
    )
    assert freqtrade.startswith(
        "skipped: freqtrade, since 'sh scripts/setup/environment.sh  freqtrade' failed with 5: "
    )
    assert all(line.endswith("Error: no space left") for line in (freqtrade, triton, mlflow))
    assert catboost == "skipped: catboost, since there is no .venv (make setup makes it)"
    assert dvclive == "skipped: dvclive, since there is no .venv (make setup makes it)"
    assert not (tree / "examples/node_modules").exists(), "a half-made folder would pass for the whole"


def test_nothing_can_be_installed(tree: Path) -> None:
    program(tree, "id", "echo 1000")
    lines = setup(tree)
    commands = {COMMANDS.get(package, package): package for package in DEBIAN}
    assert lines[: len(DEBIAN) + 2] == [
        *(
            f"skipped: {package}, since '{command}' is missing, and only root on Debian or Ubuntu can install it here"
            for command, package in commands.items()
        ),
        "skipped: onnxruntime-web, since npm is missing",
        "installing freqtrade into .venv-freqtrade",
    ]
    freqtrade = lines[len(DEBIAN) + 2]
    assert freqtrade.startswith(
        "skipped: freqtrade, since 'sh scripts/setup/environment.sh  freqtrade' failed with 1: "
    )
    assert "error: no Python 3.11 to 3.14 found" in freqtrade


def test_what_is_there_is_not_installed_again(tree: Path) -> None:
    for package in DEBIAN:
        program(tree, COMMANDS.get(package, package))
    program(tree, "npm", "echo called; exit 1")
    (tree / ".venv/bin").mkdir(parents=True)
    (tree / ".venv/bin/python").symlink_to(tree / "bin/npm")
    for ready in ("examples/node_modules/.package-lock.json", *(f".venv-{name}/.ready" for name in OWN)):
        (tree / ready).parent.mkdir(parents=True)
        (tree / ready).touch()
    assert setup(tree) == []


def test_a_package_does_not_start_what_it_holds(tree: Path) -> None:
    """Debian asks a program first; it is there while the package is installed, and gone afterwards."""
    asked = tree / "asked"
    program(tree, "id", "echo 0")
    program(tree, "systemctl", f'echo "systemctl $*" >> "{asked}"')
    program(
        tree,
        "apt-get",
        f'[ "$1" = update ] || [ "${{5#prom}}" = "$5" ] || {{ code=0; "{tree}/policy-rc.d" || code=$?; '
        f'echo "$5 $code" >> "{asked}"; printf "#!/bin/sh\n" > "{tree}/bin/$5"; chmod 755 "{tree}/bin/$5"; }}',
    )
    setup(tree)
    assert asked.read_text().splitlines() == [
        "prometheus 101",
        "systemctl disable prometheus",
        "prometheus-alertmanager 101",
        "systemctl disable prometheus-alertmanager",
    ]
    assert not (tree / "policy-rc.d").exists()
