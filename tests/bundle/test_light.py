"""What runs on a bot's machine loads neither DVC nor a training library."""

import resource
import subprocess
import sys

from tests.conftest import ROOT, environment

HEAVY = (
    "catboost dvc dvc_data dvc_gs fsspec gcsfs joblib lightgbm onnx pandas pandera pyarrow pydantic ruamel "
    "scipy sklearn talib xgboost"
)
ROOMS = ("src/bundle", "src/live")
ALONE = ("src.rollout.steps", "src.rollout.version", "src.rollout.rollback", "src.management.commands.live")
# Heavy modules are as good as not installed: what is None in sys.modules cannot be imported.
PROGRAM = """
import sys
for name in {heavy!r}:
    sys.modules[name] = None
import importlib
for name in {modules!r}:
    importlib.import_module(name)
"""


def modules() -> list[str]:
    """Every module of the rooms, and those of others that a bot's machine runs."""
    files = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
    found = [".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for path in files]
    assert "src.bundle.graph" in found
    return [*found, *ALONE]


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment(), text=True, capture_output=True, check=False)


def test_every_module_of_a_bot_is_light() -> None:
    result = python("-c", PROGRAM.format(heavy=HEAVY.split(), modules=modules()))
    assert result.returncode == 0, result.stderr


def test_the_block_blocks() -> None:
    result = python("-c", PROGRAM.format(heavy=HEAVY.split(), modules=["src.core.params"]))
    assert "ModuleNotFoundError: import of pydantic halted" in result.stderr


def test_help_is_there_at_once() -> None:
    taken = []
    for _ in range(3):
        # Of the processor: other tests run beside this one.
        start = processor_seconds()
        result = python("scripts/live/live.py", "--help")
        taken.append(processor_seconds() - start)
        assert "verify-bundle" in result.stdout, result.stderr
    assert min(taken) < 0.5


def processor_seconds() -> float:
    """Of all processes that were started and ended here."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
