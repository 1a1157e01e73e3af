"""A folder output that git keeps: the bad files are named, and come back from git."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from src.core.errors import UserError
from src.core.files import md5_of
from src.store.integrity import examine
from src.store.repair import repair
from tests.releases import git
from tests.small import lock_of, small_repository

FOLDER = Path("reports/metrics")
HERE = ["workspace"]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    files = {f"{FOLDER}/{name}": f"{name}\n".encode() for name in ("a.json", "b.json", "deep/c.json")}
    return small_repository(tmp_path / "root", files, outputs=[FOLDER])


def fault(root: Path) -> str:
    (finding,) = examine(root, where=HERE).findings
    assert (finding.place, finding.output.path) == ("workspace", FOLDER)
    return finding.fault


def state(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in (root / FOLDER).rglob("*") if path.is_file()}


def altered(folder: Path) -> None:
    (folder / "a.json").write_text("altered")


def missing(folder: Path) -> None:
    (folder / "deep/c.json").unlink()


def stray(folder: Path) -> None:
    (folder / "x/y").mkdir(parents=True)
    (folder / "x/y/notes\x1b.txt").write_text("mine")


def fifo(folder: Path) -> None:
    (folder / "b.json").unlink()
    os.mkfifo(folder / "b.json")


def device(folder: Path) -> None:
    (folder / "b.json").unlink()
    (folder / "b.json").symlink_to("/dev/zero")


def folder_for_a_file(folder: Path) -> None:
    (folder / "a.json").unlink()
    (folder / "a.json").mkdir()
    (folder / "a.json/inside").write_text("mine")


def link_out(folder: Path) -> None:
    """The same bytes, but elsewhere."""
    outside = folder.parents[2] / "outside"
    (folder / "deep").rename(outside)
    (folder / "deep").symlink_to(outside)


CASES = [
    (altered, "a.json was altered"),
    (missing, "deep/c.json is missing"),
    (stray, "x/y/notes\\x1b.txt is no part of it"),
    (fifo, "b.json cannot be read (not a regular file)"),
    (device, "b.json cannot be read (not a regular file)"),
    (folder_for_a_file, "a.json is missing, a.json/inside is no part of it"),
    (link_out, "deep is no part of it, deep/c.json is missing"),
]


@pytest.mark.parametrize(("damage", "named"), CASES)
def test_the_bad_file_is_named_and_comes_back_from_git(root: Path, damage: Callable[[Path], None], named: str) -> None:
    before = state(root)
    damage(root / FOLDER)
    assert fault(root) == f"differs from git: {named}"
    (done,) = repair(root, where=HERE)
    moved = ", moved to .dvc/tmp/removed" if "no part" in named else ""
    assert done == f"workspace: {FOLDER}: {named}{moved}: repaired from git"
    assert state(root) == before
    assert git(root, "status", "--porcelain") == ""
    assert repair(root, where=HERE) == []


def test_a_stray_is_kept_elsewhere_and_nothing_beside_the_folder_is_touched(root: Path) -> None:
    (root / "reports/notes.txt").write_text("beside")
    stray(root / FOLDER)
    repair(root, where=HERE)
    assert (root / ".dvc/tmp/removed" / FOLDER / "x/y/notes\x1b.txt").read_text() == "mine"
    assert not (root / FOLDER / "x").exists()
    assert (root / "reports/notes.txt").read_text() == "beside"


def test_the_whole_folder_comes_back(root: Path) -> None:
    before = state(root)
    shutil.rmtree(root / FOLDER)
    assert fault(root).startswith("differs from git: a.json is missing, b.json is missing")
    repair(root, where=HERE)
    assert state(root) == before


def test_a_file_in_the_place_of_the_folder_is_told(root: Path) -> None:
    shutil.rmtree(root / FOLDER)
    (root / FOLDER).write_text("file")
    with pytest.raises(UserError, match=f"{FOLDER} is no folder; remove it, then try again"):
        repair(root, where=HERE)


def test_files_that_only_an_uncommitted_lock_names_are_not_taken_from_git(root: Path) -> None:
    (root / FOLDER / "a.json").write_text("new results")
    (root / "dvc.lock").write_text(lock_of(root, [FOLDER]))
    assert examine(root, where=HERE).findings == []
    altered(root / FOLDER)
    assert fault(root).startswith("was altered: md5 ")
    done = repair(root, where=HERE, make_again=False)
    assert done[0].endswith("removed, no good copy is left")
    assert not (root / FOLDER).exists()


def test_the_md5_is_dvc_s(root: Path) -> None:
    from dvc.fs import localfs
    from dvc_data.hashfile.build import build
    from dvc_data.hashfile.db.local import LocalHashFileDB

    _, _, tree = build(LocalHashFileDB(localfs, str(root / "odb")), str(root / FOLDER), localfs, "md5", dry_run=True)
    assert md5_of(root / FOLDER) == tree.hash_info.value
