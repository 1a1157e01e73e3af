"""`make bench-scale`: time and peak memory of every stage at three sizes, each in a copy of the repository.

Usage: python benchmarks/scale.py [ROWS …]   (default: 20000 200000 1270000)

The candles are those of ``benchmarks.candles``. The copy has the committed and uncommitted files of this tree; nothing
of the tree itself changes.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.candles import stretched_candles
from src.core.paths import ROOT
from src.core.yaml_files import read_yaml

SIZES = (20_000, 200_000, 1_270_000)
# Runs a module as `python -m` does, then prints its own peak: getrusage of children counts DVC's other work too.
MEASURE = """
import runpy, sys
name, sys.argv = sys.argv[1], sys.argv[1:]
code = 0
try:
    runpy.run_module(name, run_name="__main__", alter_sys=True)
except SystemExit as end:
    code = end.code
peak = open("/proc/self/status").read().split("VmHWM:")[1].split()[0]
print("peak", peak)
sys.exit(code)
"""


def copied_repository(folder: Path, rows: int) -> Path:
    """A copy of the tree whose params.yaml reads ``rows`` candles of one minute."""
    root = folder / "copy"
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).is_file():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, root / name)
    stretched_candles(rows).to_parquet(root / "candles.parquet", index=False)
    params = root / "params.yaml"
    text = params.read_text(encoding="utf-8")
    changes = {
        r"\n  source: \w+": "\n  source: csv",
        r"\n  path: \S+": "\n  path: candles.parquet",
        r"\n  timeframe: \w+": "\n  timeframe: 1m",
        # Minutes that were hours: what is unusual among them says nothing.
        r"\n    (mixed_timeframes|stale|outliers): refuse": r"\n    \1: keep",
    }
    for old, new in changes.items():
        text, replaced = re.subn(old, new, text)
        assert replaced, old
    params.write_text(text, encoding="utf-8")
    return root


def stages() -> list[tuple[str, ...]]:
    """Module and arguments of every stage, in the order in which DVC runs them."""
    found: list[tuple[str, ...]] = []
    for stage in read_yaml(ROOT / "dvc.yaml")["stages"].values():
        command = stage.get("do", stage)["cmd"].split()[2:]
        members = read_yaml(ROOT / "params.yaml")["members"] if "do" in stage else [""]
        found += [tuple(word.replace("${key}", member) for word in command) for member in members]
    return found


def run_stage(root: Path, command: tuple[str, ...]) -> tuple[float, float, float]:
    """Seconds, seconds of processor and peak MB of one stage."""
    environment = os.environ | {"PYTHONPATH": str(root)}
    before = os.times()
    started = time.perf_counter()
    result = subprocess.run(
        [sys.executable, "-c", MEASURE, *command],
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = time.perf_counter() - started
    after = os.times()
    if result.returncode:
        sys.exit(f"error: {' '.join(command)}: {result.stderr.strip() or result.stdout.strip()}")
    burnt = after.children_user + after.children_system - before.children_user - before.children_system
    return seconds, burnt, int(result.stdout.split()[-1]) / 1024


def lock_outputs(root: Path) -> None:
    """Write a dvc.lock of the outputs there are, which the stages prove what they load by."""
    from src.core.files import md5_of
    from src.core.paths import ENSEMBLE

    paths = [*sorted((root / "models/training").glob("*.pkl")), root / ENSEMBLE]
    outs = [
        {"path": path.relative_to(root).as_posix(), "md5": md5_of(path), "size": path.stat().st_size}
        for path in paths
        if path.is_file()
    ]
    (root / "dvc.lock").write_text(json.dumps({"schema": "2.0", "stages": {"models": {"outs": outs}}}))


def main() -> None:
    """Print a Markdown table per size."""
    sizes = [int(word) for word in sys.argv[1:]] or list(SIZES)
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start")
    for rows in sizes:
        print(f"\n## {rows} candles\n\n| stage | seconds | of processor | peak MB |\n|---|---|---|---|", flush=True)
        total, highest = 0.0, 0.0
        with tempfile.TemporaryDirectory() as folder:
            root = copied_repository(Path(folder), rows)
            for command in stages():
                lock_outputs(root)
                seconds, burnt, peak = run_stage(root, command)
                total, highest = total + seconds, max(highest, peak)
                name = " ".join(command).removeprefix("src.stages.")
                print(f"| {name} | {seconds:.1f} | {burnt:.1f} | {peak:.0f} |", flush=True)
        print(f"| all | {total:.1f} | | {highest:.0f} |", flush=True)


if __name__ == "__main__":
    main()
