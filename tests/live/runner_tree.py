"""A bot's folder: settings, released versions and their bundles, a journal; and the real process of `make live`."""

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from src.bundle.fetch import fetch
from src.core.files import md5_of_bytes, write_bytes
from src.core.paths import ENSEMBLE_GRAPH, PRODUCTION_METADATA, SIGNAL_GRAPH
from src.graph.model import GraphMetadata, ensemble_graph, signal_graph
from src.live.journal.reader import JournalReader
from src.live.settings import LiveSettings, read_settings
from src.ml.ensemble import ProductionEnsemble
from tests.conftest import ROOT, environment
from tests.graph.conftest import METADATA, Exported
from tests.releases import git
from tests.rollout.machines import let_run
from tests.small import lock_of, small_repository

ONE, TWO, THREE = "v1.0.0", "v1.1.0", "v1.2.0"
WEIGHTS = {ONE: (2, 2, 1), TWO: (1, 1, 2), THREE: (1, 3, 1)}
LIVE = "import sys; from pathlib import Path; from src.live.running.process import run_live\n"
LIVE += "from src.management.console import echo, one_sentence\n"
LIVE += "with one_sentence(): run_live(Path(sys.argv[1]), echo)"
Files = dict[Path, bytes]


def files_of(
    exported: Exported,
    weights: tuple[int, int, int],
    facts: GraphMetadata = METADATA,
    sizing: dict[str, float] | None = None,
) -> Files:
    """The files of a version: the same members, weighed in a way of its own; ``sizing`` as the metadata have it."""
    names = ("lightgbm", "xgboost", "random_forest")
    ensemble = ProductionEnsemble(exported.ensemble.members, dict(zip(names, weights, strict=True)))
    graphs = {SIGNAL_GRAPH: signal_graph(ensemble, facts), ENSEMBLE_GRAPH: ensemble_graph(ensemble, facts)}
    metadata = {
        "status": "production_ready",
        "trading": {"ready": False, "net_return": -0.1, "reason": "net return low"},
        "graphs": [{"file": path.name, "md5": md5_of_bytes(content)} for path, content in graphs.items()],
    } | ({"sizing": sizing} if sizing else {})
    return {**graphs, PRODUCTION_METADATA: json.dumps(metadata).encode()}


@dataclass
class Tree:
    """``root`` is a checkout with three released versions and their bundles; none is promoted yet."""

    root: Path
    told: dict[str, Any] = field(default_factory=dict)

    @property
    def bundles(self) -> Path:
        return self.root / ".live/bundles"

    @property
    def journal(self) -> Path:
        return self.root / self.settings.journal.path

    @property
    def reader(self) -> JournalReader:
        return JournalReader(self.journal)

    @property
    def settings(self) -> LiveSettings:
        return read_settings(self.root)

    def set(self, **sections: Mapping[str, Any]) -> None:
        """Write deploy/live.yaml with these keys more."""
        for name, section in sections.items():
            self.told[name] = self.told.get(name, {}) | section
        # JSON is YAML.
        write_bytes(self.root / "deploy/live.yaml", json.dumps(self.told).encode())

    def promote(self, before: Mapping[str, list[str]] | None = None, **steps: str) -> None:
        """What each step runs: ``paper="v1.0.0"``, ``stage_10=…``; others nothing."""
        let_run(self.root, {name.replace("_", "-"): version for name, version in steps.items()}, before)

    def fetch(self, version: str) -> None:
        """Bring the bundle of a version."""
        fetch(self.root, self.bundles / version, version=version, git=str(self.root), remote=str(self.root / "objects"))

    def without_objects(self) -> None:
        """The remote has nothing to fetch."""
        (self.root / ".dvc/config.local").write_text(f"['remote \"gcs\"']\n    url = {self.root / 'nowhere'}\n")

    def release(self, version: str, files: Files) -> None:
        """Release a version, and bring its bundle."""
        release(self.root, version, files)
        self.fetch(version)

    def live(self, before: str = "", **variables: str) -> "Process":
        """Start `make live` on this tree; ``before`` is Python that the process runs first."""
        return Process(self.root, before, variables)


def make_tree(root: Path, exported: Exported) -> Tree:
    """The tree, with the versions released one after the other."""
    for version, weights in WEIGHTS.items():
        files = files_of(exported, weights)
        if version == ONE:
            small_repository(root, {str(path): content for path, content in files.items()}, files)
            write_bytes(root / ".gitignore", b"/objects\n/.live\n/deploy\n")
            write_bytes(root / ".dvc/config.local", f"['remote \"gcs\"']\n    url = {root / 'objects'}\n".encode())
        release(root, version, files)
    tree = Tree(root)
    tree.set(guard={"outside": "tell"}, git={"remote": str(root)}, runner={"watch": 0.05})
    for version in (ONE, TWO, THREE):
        tree.fetch(version)
    return tree


def release(root: Path, version: str, files: Files) -> None:
    """Commit and tag the files of a version; their bytes go to the folder that stands in for the bucket."""
    for path, content in files.items():
        write_bytes(root / path, content)
        write_bytes(root / "objects/files/md5" / (md5 := md5_of_bytes(content))[:2] / md5[2:], content)
    write_bytes(root / "dvc.lock", lock_of(root, files).encode())
    git(root, "add", "-A")
    git(root, "commit", "-q", "--allow-empty", "-m", version)
    git(root, "tag", "-a", f"production-ensemble@{version}", "-m", "x")


class Process:
    """A running `make live`; ``lines`` is what it printed so far."""

    def __init__(self, root: Path, before: str, variables: Mapping[str, str]) -> None:
        self.lines: list[str] = []
        self._process = subprocess.Popen(
            [sys.executable, "-c", f"{before}\n{LIVE}", str(root)],
            cwd=ROOT,
            env=environment(**variables),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        self.lines.extend(iter(self._process.stdout.readline, ""))

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def ended(self) -> bool:
        return self._process.poll() is not None

    def kill(self) -> None:
        """SIGKILL, to this process alone."""
        self._process.kill()
        self.wait()

    def terminate(self) -> int:
        """SIGTERM; the exit code."""
        self._process.send_signal(signal.SIGTERM)
        return self.wait()

    def wait(self, seconds: float = 60.0) -> int:
        """The exit code, when it ended."""
        code = self._process.wait(seconds)
        self._reader.join(seconds)
        return code
