"""A released version in a git remote, its objects in a folder, and the bundle that was fetched from them."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from src.bundle.fetch import fetch
from src.core.files import md5_of, write_bytes
from src.core.paths import ENSEMBLE_GRAPH, PRODUCTION_METADATA, SIGNAL_GRAPH
from tests.graph.conftest import exported, exported_wide  # noqa: F401, the fixtures
from tests.releases import git
from tests.rollout.machines import let_run
from tests.small import small_repository

METADATA = {"status": "production_ready", "trading": {"ready": False, "net_return": -0.1, "reason": "net return low"}}
TAG = "production-ensemble@v1.0.0"
FILES = (SIGNAL_GRAPH, ENSEMBLE_GRAPH)


@dataclass(frozen=True)
class Release:
    """``server`` is the git remote, a checkout with the tag; ``objects`` the folder remote; ``bot`` an empty folder."""

    server: Path
    objects: Path
    bot: Path

    def fetch(self, folder: Path, **given: str) -> str:
        """Fetch v1.0.0, or what is given, as a bot would."""
        wanted = {"git": str(self.server), "remote": str(self.objects)} | given
        return fetch(self.bot, folder, **wanted if "step" in given else {"version": "v1.0.0"} | wanted)

    def object_of(self, path: Path) -> Path:
        """Where the object of one of ``FILES`` lies."""
        md5 = md5_of(self.server / path)
        return self.objects / "files/md5" / md5[:2] / md5[2:]


def make_release(folder: Path, files: dict[Path, bytes]) -> Release:
    """Commit ``files`` and their dvc.lock, tag the commit v1.0.0 and put the objects in a folder."""
    named = {str(path): content for path, content in files.items()}
    server = small_repository(folder / "server", named, [*files])
    release = Release(server, folder / "remote", folder / "bot")
    for path in FILES:
        write_bytes(release.object_of(path), files[path])
    git(server, "tag", "-a", TAG, "-m", "x")
    let_run(server, {"paper": "v1.0.0"})
    release.bot.mkdir()
    return release


@pytest.fixture(scope="session")
def files(exported) -> dict[Path, bytes]:  # noqa: F811
    """The files of a version by their paths in a checkout."""
    return {
        SIGNAL_GRAPH: exported.signal,
        ENSEMBLE_GRAPH: exported.graph,
        PRODUCTION_METADATA: json.dumps(METADATA).encode(),
    }


@pytest.fixture
def release(files, tmp_path: Path) -> Release:
    """v1.0.0, released."""
    return make_release(tmp_path, files)


@pytest.fixture
def bundle(release: Release) -> Path:
    """v1.0.0, fetched."""
    release.fetch(release.bot / "bundle")
    return release.bot / "bundle"


@pytest.fixture
def released(tmp_path: Path, files) -> Callable[[dict[Path, bytes]], Release]:
    """Makes a release with other content in some files."""

    def make(changed: dict[Path, bytes]) -> Release:
        shutil.rmtree(tmp_path / "other", ignore_errors=True)
        (tmp_path / "other").mkdir()
        return make_release(tmp_path / "other", files | changed)

    return make
