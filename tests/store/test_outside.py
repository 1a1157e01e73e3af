"""A path in a dvc.lock that leads out of the repository: refused, and nothing outside is touched."""

from pathlib import Path

import pytest

from src.core.errors import UserError
from src.core.files import md5_of_bytes
from src.store.integrity import examine
from src.store.repair import repair
from tests.releases import git
from tests.small import small_repository

VICTIM = b"mine"


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    path = tmp_path / "victim/model.pkl"
    path.parent.mkdir()
    path.write_bytes(VICTIM)
    return path


@pytest.mark.parametrize("how", ["up", "absolute", "link", "hook"])
def test_nothing_outside_is_overwritten(tmp_path: Path, victim: Path, how: str) -> None:
    root = small_repository(tmp_path / "root", {"models/model.pkl": b"planted"}, [Path("models/model.pkl")])
    cached = root / ".dvc/cache/files/md5" / md5_of_bytes(b"planted")[:2] / md5_of_bytes(b"planted")[2:]
    cached.parent.mkdir(parents=True)
    cached.write_bytes(b"planted")
    git(root, "rm", "-q", "models/model.pkl")
    written = {"up": "../victim/model.pkl", "absolute": str(victim), "hook": ".git/hooks/post-checkout"}
    if how == "link":
        (root / "models").symlink_to(victim.parent)
    else:
        lock = root / "dvc.lock"
        lock.write_text(lock.read_text().replace("models/model.pkl", written[how]))
    git(root, "add", "-A")
    git(root, "commit", "-qm", "A lock that leads out")
    sentence = "leads out of the repository through a symlink" if how == "link" else "is no file of this repository"
    for command in (examine, repair):
        with pytest.raises(UserError, match=sentence):
            command(root, where=["workspace", "cache"])
    assert victim.read_bytes() == VICTIM
    assert not (root / ".git/hooks/post-checkout").exists()
