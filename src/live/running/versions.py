"""Which versions answer now: what the branch `rollout` names, from proven bundles; the checkout's graph until then."""

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from src.bundle.folder import open_checkout
from src.bundle.loaded import GRAPHS, PROVEN, Loaded
from src.core.errors import UserError
from src.core.paths import PRODUCTION_METADATA, SIGNAL_GRAPH
from src.live.running.bundles import open_or_fetch
from src.live.running.shares import places
from src.live.settings import LiveSettings
from src.repository.git import git_or_none
from src.rollout.branch import BRANCH, OWN, STAGES_FILE, fetch, read_tip, remote_address, repository
from src.rollout.commits import deployments_at
from src.rollout.failed import failed_at
from src.rollout.steps import STEPS, Deployments, way_back

CHECKOUT = "checkout"
# What is looked at to see a change: enough to notice each file that is written, replaced or removed.
Signature = tuple[object, ...]


@dataclass(frozen=True)
class Running:
    """A loaded version, the step it counts for, and its share of the stake."""

    loaded: Loaded
    step: str | None = None
    share: float = 1.0

    @property
    def version(self) -> str:
        """As v1.2.0, or `checkout`."""
        return self.loaded.version

    @property
    def graph_md5(self) -> str:
        """Of the graph from candles, as its proven metadata name it."""
        graphs = self.loaded.metadata.get("graphs", [])
        return next((str(graph["md5"]) for graph in graphs if graph.get("file") == SIGNAL_GRAPH.name), "")


@dataclass(frozen=True)
class Change:
    """What a look found: versions that began and ended, and by version why it was refused, or fetched."""

    begun: tuple[Running, ...] = ()
    ended: tuple[Running, ...] = ()
    refused: Mapping[str, str] = field(default_factory=dict)
    fetched: Mapping[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.begun or self.ended or self.refused or self.fetched)


class Versions:
    """The running versions; ``running`` is replaced whole, so that nobody sees half of a change.

    Args:
        root: of the checkout.
        settings: of deploy/live.yaml.
        held: what each step ran before this process, to go on with where the version that it names now is refused.
    """

    def __init__(self, root: Path, settings: LiveSettings, held: Mapping[str, str] | None = None) -> None:
        self.running: tuple[Running, ...] = ()
        self._git, self._every = settings.git.remote, settings.rollout.fetch_seconds
        self._root, self._bundles = root, root / settings.runner.bundles
        self._held: dict[str, str] = dict(held or {})
        self._loaded: dict[str, Loaded] = {}
        self._refused: dict[str, str] = {}
        self._fetched: dict[str, str] = {}
        self._seen: dict[str, Signature] = {}
        self._signature: Signature | None = None
        # By the monotonic clock; and whether something is wanted that was not had.
        self._next_fetch, self._lacks = 0.0, False

    def refresh(self) -> Change:
        """Ask the git remote now and then; load what changed. Costs one git and some file stats where nothing did."""
        due = time.monotonic() >= self._next_fetch
        silent = self._ask() if due else self._refused.get(BRANCH)
        try:
            signature = self._look()
        except OSError:
            # A file that went away between two looks; the next one sees it.
            return Change()
        if signature == self._signature and not (due and (self._lacks or silent != self._refused.get(BRANCH))):
            return Change()
        before, told = self.running, dict(self._refused)
        self._refused = {BRANCH: silent} if silent else {}
        self._fetched, self._lacks = {}, False
        try:
            tip = read_tip(self._root, self._git)
            self._load(deployments_at(tip), failed_at(tip))
        except UserError as error:
            # What ran goes on.
            self._refused[STAGES_FILE.name] = str(error)
        self._signature = signature
        return Change(
            begun=tuple(new for new in self.running if new not in before),
            ended=tuple(old for old in before if old.version not in {new.version for new in self.running}),
            refused={name: why for name, why in self._refused.items() if told.get(name) != why},
            fetched=dict(self._fetched),
        )

    def _ask(self) -> str | None:
        """Learn what the remote's branch holds; why that is not known."""
        try:
            if address := remote_address(self._root, self._git):
                fetch(self._root, address)
        except UserError as error:
            return str(error)
        finally:
            self._next_fetch = time.monotonic() + self._every
        return None

    def _load(self, deployments: Deployments, failed: Collection[str]) -> None:
        wanted = {step: deployments[step].version for step in STEPS}
        if not any(wanted.values()):
            self._keep({}, (CHECKOUT,) if self._has(CHECKOUT) else ())
            return
        runs: dict[str, str | None] = {}
        for step, version in wanted.items():
            held = self._held.get(step)
            runs[step] = next((name for name in (version, held) if version and name and self._has(name)), None)
        # A version is judged against the one its step would go back to.
        earlier = [way_back(deployments, step, failed) for step in STEPS if wanted[step]]
        self._keep(runs, tuple(version for version in earlier if version and self._has(version)))

    def _keep(self, runs: Mapping[str, str | None], scored: tuple[str, ...]) -> None:
        if scored == (CHECKOUT,):
            running: tuple[Running, ...] = (Running(self._loaded[CHECKOUT]),)
        else:
            found = places(runs, scored)
            running = tuple(Running(self._loaded[place.version], place.step, place.share) for place in found)
        if not running and self._refused:
            # What ran goes on, rather than nothing.
            return
        self.running = running
        names = {one.version for one in running}
        self._loaded = {name: loaded for name, loaded in self._loaded.items() if name in names}
        self._held = {step: version for step, version in runs.items() if version}

    def _has(self, version: str) -> bool:
        """Whether ``version`` is in memory, as its files are now; what is refused leaves the one in memory."""
        signature = self._files(version)
        here = self._loaded.get(version)
        if here is None or here.proof != PROVEN or self._seen[version] != signature:
            try:
                loaded, why = self._open(version)
                if why is not None:
                    self._fetched[version] = why
                    signature = self._files(version)
                # One that git still cannot be asked about is the same as before.
                if here is None or self._seen[version] != signature or loaded.proof != here.proof:
                    self._loaded[version] = loaded
                self._seen[version] = signature
            except UserError as error:
                self._refused[version] = str(error)
        self._lacks |= version in self._refused or self._loaded[version].proof != PROVEN
        return version in self._loaded

    def _open(self, version: str) -> tuple[Loaded, str | None]:
        if version == CHECKOUT:
            return open_checkout(self._root), None
        return open_or_fetch(self._root, self._bundles / version, version, self._git)

    def _look(self) -> Signature:
        folders = sorted(self._bundles.iterdir()) if self._bundles.is_dir() else []
        refs = ("for-each-ref", "--format=%(refname) %(objectname)", OWN, f"refs/{BRANCH}", f"refs/remotes/*/{BRANCH}")
        return (
            git_or_none(repository(self._root), *refs),
            self._files(CHECKOUT),
            *((folder.name, self._files(folder.name)) for folder in folders if not folder.name.startswith(".")),
        )

    def _files(self, version: str) -> Signature:
        if version == CHECKOUT:
            # A commit changes what HEAD's dvc.lock says.
            names = [*GRAPHS, PRODUCTION_METADATA, Path("dvc.lock"), Path(".git/logs/HEAD")]
            return tuple(_stat(self._root / name) for name in names)
        folder = self._bundles / version
        paths = sorted(folder.iterdir()) if folder.is_dir() else []
        return tuple((path.name, _stat(path)) for path in paths if not path.name.startswith("."))


def _stat(path: Path) -> Signature:
    try:
        found = path.stat()
    except OSError:
        return ()
    return (found.st_ino, found.st_size, found.st_mtime_ns)
