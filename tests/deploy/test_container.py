"""The image: what is copied into it runs, as the user it runs as may; nothing else gets in."""

import fnmatch
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.conftest import ROOT, environment

DOCKERFILE = ROOT / "deploy/Dockerfile"
TOOLS = Path(sys.executable).parent


def lines() -> list[str]:
    """Instructions, each on one line."""
    text = re.sub(r"^#.*\n", "", DOCKERFILE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return [line for line in text.replace("\\\n", " ").splitlines() if line]


def copied() -> list[str]:
    """Paths of the checkout that the last stage copies."""
    last = lines()[[number for number, line in enumerate(lines()) if line.startswith("FROM")][-1] :]
    return [line.split()[1] for line in last if line.startswith("COPY ") and "--from" not in line]


def sent() -> list[str]:
    """Files of git that the build may read, by Dockerfile.dockerignore."""
    rules = [
        line
        for line in (ROOT / "deploy/Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    ]
    assert rules[0] == "*"
    allowed, refused = [rule[1:] for rule in rules if rule[0] == "!"], [rule for rule in rules[1:] if rule[0] != "!"]
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    return [
        name
        for name in listed
        if any(name == path or name.startswith(f"{path}/") for path in allowed)
        and not any(fnmatch.fnmatch(Path(name).name, rule.removeprefix("**/")) for rule in refused)
    ]


def test_hadolint_finds_nothing() -> None:
    result = subprocess.run([TOOLS / "hadolint", DOCKERFILE], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout


def test_hadolint_finds_what_it_should(tmp_path: Path) -> None:
    broken = tmp_path / "Dockerfile"
    broken.write_text(
        DOCKERFILE.read_text().replace('ENTRYPOINT ["python", "scripts/live/live.py", "up"]', "ENTRYPOINT x")
    )
    result = subprocess.run([TOOLS / "hadolint", broken], capture_output=True, text=True, check=False)
    assert "DL3025" in result.stdout


def test_it_runs_as_nobody_of_importance_and_gets_signals_itself() -> None:
    assert lines()[-2:] == ["USER 10001", 'ENTRYPOINT ["python", "scripts/live/live.py", "up"]']
    assert sum(line.startswith("FROM python:3.13-slim") for line in lines()) == 2
    (install,) = [line for line in lines() if "pip install" in line]
    assert "--require-hashes" in install and "--only-binary :all:" in install and "requirements-serve.lock" in install


def test_only_what_is_copied_is_sent() -> None:
    names = sent()
    for path in [*copied(), "requirements-serve.lock"]:
        assert any(name == path or name.startswith(f"{path}/") for name in names), path
    assert not [name for name in names if name.startswith(("data/", "models/", "tests/", ".git/"))]
    assert {name.split("/")[0] for name in names} == {".dvc", "src", "scripts", "deploy", "requirements-serve.lock"}


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder /app, as the COPY lines make it."""
    app = tmp_path_factory.mktemp("image") / "app"
    for name in sent():
        if any(name == path or name.startswith(f"{path}/") for path in copied()):
            (app / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, app / name)
    (app / ".live").mkdir()
    return app


def test_every_command_of_a_bot_is_there(image: Path) -> None:
    script = image / "scripts/live/live.py"
    result = subprocess.run(
        [sys.executable, script, "--help"], cwd="/", env=environment(), capture_output=True, text=True, check=False
    )
    assert result.returncode == 0 and " up " in result.stdout, result.stderr
    # No git, no tag, no model: a sentence, no traceback of a module that was not copied.
    for command in ("serve", "live"):
        result = subprocess.run(
            [sys.executable, script, command], cwd="/", env=environment(PORT="0", SERVE_TOKEN="x" * 40),
            capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        assert result.returncode == 1, result.stderr
        assert "error: " in result.stderr and "Traceback" not in result.stderr, result.stderr


def test_cloud_run_s_definition_keeps_the_runner_alive_and_alone() -> None:
    text = (ROOT / "deploy/cloud_run.yaml").read_text(encoding="utf-8")
    template = yaml.safe_load(text)["spec"]["template"]
    told = template["metadata"]["annotations"]
    assert (told["autoscaling.knative.dev/minScale"], told["autoscaling.knative.dev/maxScale"]) == ("1", "1")
    assert told["run.googleapis.com/cpu-throttling"] == "false"
    (container,) = template["spec"]["containers"]
    start = container["startupProbe"]
    assert start["failureThreshold"] * start["periodSeconds"] <= 240
    for probe in ("startupProbe", "livenessProbe"):
        assert container[probe]["httpGet"] == {"path": "/health", "port": 8080}
        assert container[probe]["timeoutSeconds"] <= container[probe]["periodSeconds"]
    # What stands in the definition is no secret.
    named = {one["name"]: one for one in container["env"]}
    for name in ("SERVE_TOKEN", "DISCORD_WEBHOOK_URL"):
        assert "value" not in named[name] and named[name]["valueFrom"]["secretKeyRef"]["key"] == "latest"


@pytest.mark.parametrize(
    "script", [*ROOT.glob("deploy/*.sh"), *ROOT.glob("scripts/**/*.sh"), ROOT / ".ci/run"], ids=lambda path: path.name
)
def test_shellcheck_finds_nothing(script: Path) -> None:
    result = subprocess.run([TOOLS / "shellcheck", script], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout
