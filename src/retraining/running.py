"""The version that a candidate is compared with: what step `live` runs, else the newest release, else the checkout."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from src.bundle.folder import open_checkout
from src.bundle.loaded import Loaded
from src.core.errors import UserError
from src.live.running.bundles import open_or_fetch
from src.live.running.versions import CHECKOUT
from src.live.settings import LiveSettings
from src.repository.git import git, resolve
from src.repository.programs import repro
from src.rollout.branch import fetch, read_tip, remote_address
from src.rollout.commits import deployments_at
from src.rollout.released import all_versions

STEP = "live"


def running_name(root: Path, settings: LiveSettings, say: Callable[[str], None]) -> str:
    """As v1.2.0, or ``CHECKOUT`` where nothing was ever released.

    Raises:
        UserError: the branch `rollout` cannot be read.
    """
    remote = settings.git.remote
    try:
        if address := remote_address(root, remote):
            fetch(root, address)
    except UserError as error:
        say(f"{error} What is known here of the branch rollout counts.")
    version = deployments_at(read_tip(root, remote))[STEP].version
    if version is None and (released := all_versions(root)):
        version = str(released[-1])
    return version or CHECKOUT


def load_running(root: Path, clone: Path, name: str, settings: LiveSettings, say: Callable[[str], None]) -> Loaded:
    """The graphs of that version: from here, from the remote, or, where neither has them, made again.

    Args:
        root: of the checkout.
        clone: in which they may be made again; it is at the same commit afterwards.
        name: of the version.
        settings: of deploy/live.yaml.
        say: gets a line where they are made again.

    Raises:
        UserError: they cannot be had, or come out with other bytes than the version's dvc.lock names.
    """
    try:
        if name == CHECKOUT:
            return open_checkout(root)
        return open_or_fetch(root, root / settings.runner.bundles / name, name, settings.git.remote)[0]
    except UserError as error:
        say(f"{name} cannot be had ({str(error).rstrip('.')}); it is made again from its commit")
    commit, here = resolve(clone, "HEAD" if name == CHECKOUT else name), resolve(clone, "HEAD")
    git(clone, "checkout", "--quiet", "--force", "--detach", commit)
    repro(clone, "export")
    made = replace(open_checkout(clone), version=name)
    git(clone, "checkout", "--quiet", "--force", "--detach", here)
    return made
