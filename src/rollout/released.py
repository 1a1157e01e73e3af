"""What a release tag names: a version, its commit, and what that commit says of its ensemble. Needs git alone."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from src.core.errors import UserError
from src.core.paths import ENSEMBLE, PRODUCTION_METADATA
from src.repository.git import git, outputs_at, read_at
from src.rollout.version import Version, tag_exists, versions_of


@dataclass(frozen=True)
class Released:
    """A version, the commit its tag names, and what that commit says about its ensemble."""

    version: Version
    commit: str
    date: str
    md5: str
    metadata: dict[str, Any]


def released(root: Path, version: Version) -> Released:
    """What the tag of ``version`` names.

    Raises:
        UserError: it was never released, or its commit holds no ensemble or no readable metadata.
    """
    if not tag_exists(root, version):
        raise UserError(f"{version} was never released; `make versions` lists what was.")
    output = outputs_at(root, version.tag).get(ENSEMBLE)
    if output is None:
        raise UserError(f"the commit of {version} has no ensemble in its dvc.lock; release another commit.")
    try:
        metadata = json.loads(read_at(root, version.tag, PRODUCTION_METADATA))
    except ValueError:
        raise UserError(f"{PRODUCTION_METADATA} of {version} is not JSON; release another commit.") from None
    if not isinstance(metadata, dict):
        raise UserError(f"{PRODUCTION_METADATA} of {version} is no JSON object; release another commit.")
    commit, date = git(root, "log", "-1", "--format=%H %cs", version.tag).split()
    return Released(version, commit, date, output.md5, metadata)


def all_versions(root: Path) -> list[Version]:
    """Every released version, ascending by number; tag times are never read."""
    return versions_of(git(root, "tag", "--list").splitlines())
