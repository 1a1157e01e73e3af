"""A git server and machines that share its branch `rollout`, without a pipeline."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from src.rollout.branch import BRANCH, STAGES_FILE, Identity
from src.rollout.commits import ORIGIN, Change, Done, commit, committed_deployments, deployments_at
from src.rollout.steps import STEPS, Deployment, dump_deployments, promoted
from src.rollout.version import Version
from tests.releases import git

TESTER = Identity("tester", "tester@example.org")
ONE, TWO, THREE = (Version(1, minor, 0) for minor in range(3))


def put(root: Path, version: Version, step: str, *, remote: str | None = ORIGIN, offline: bool = False) -> Done:
    """Promote without any gate."""

    def decide(tip):
        before = deployments_at(tip)
        after = promoted(before, version, step)
        if after == before:
            return Done("nothing was changed.")
        contents = {STAGES_FILE: dump_deployments(after).encode()}
        return Change([f"Promote {version} to {step}"], f"{step} runs {version}", contents)

    return commit(root, decide, remote=remote, offline=offline, identity=TESTER)


def let_run(root: Path, steps: Mapping[str, str], before: Mapping[str, list[str]] | None = None) -> None:
    """One commit on the own branch after which the steps run these versions, others nothing."""
    wanted = {step: Deployment(steps.get(step), (before or {}).get(step, [])) for step in STEPS}
    contents = {STAGES_FILE: dump_deployments(wanted).encode()}
    commit(root, lambda _: Change(["Let steps run versions"], "done", contents), remote=None, identity=TESTER)


def running(root: Path) -> list[str | None]:
    """What each step runs, by what is known at ``root``."""
    return [committed_deployments(root)[step].version for step in STEPS]


def log(repository: Path, form: str = "%s") -> list[str]:
    """The branch's commits, newest first."""
    return git(repository, "log", f"--format={form}", BRANCH).splitlines()


@dataclass
class Machines:
    """``server`` is a bare repository, ``first`` and ``second`` clones of it with three release tags."""

    server: Path
    first: Path
    second: Path

    def hide(self) -> None:
        """The server answers nobody."""
        self.server.rename(self.server.with_suffix(".gone"))

    def show(self) -> None:
        """It answers again."""
        self.server.with_suffix(".gone").rename(self.server)


def make_machines(folder: Path) -> Machines:
    """The server, and two clones."""
    folder.mkdir(parents=True, exist_ok=True)
    server = folder / "server.git"
    git(folder, "init", "-q", "--bare", "-b", "main", str(server))
    clones = [folder / "first machine", folder / "second"]
    git(folder, "clone", "-q", str(server), str(clones[0]))
    git(clones[0], "checkout", "-q", "-B", "main")
    git(clones[0], "commit", "-q", "--allow-empty", "-m", "All")
    for version in (ONE, TWO, THREE):
        git(clones[0], "tag", "-a", version.tag, "-m", "x")
    git(clones[0], "push", "-q", "--tags", "origin", "main")
    git(folder, "clone", "-q", str(server), str(clones[1]))
    return Machines(server, *clones)
