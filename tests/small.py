"""A git repository with a dvc.lock and a few outputs, made in milliseconds; no pipeline."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from src.core.files import md5_of, write_bytes
from tests.releases import git


def small_repository(root: Path, files: Mapping[str, bytes], outputs: Iterable[Path]) -> Path:
    """``files`` committed at ``root``, and a dvc.lock that names ``outputs`` among them."""
    root.mkdir()
    git(root, "init", "-q", "-b", "main")
    for name, content in files.items():
        write_bytes(root / name, content)
    write_bytes(root / "dvc.lock", lock_of(root, outputs).encode())
    write_bytes(root / ".dvc/.gitignore", b"/tmp\n/cache\n/config.local\n")
    write_bytes(root / ".dvc/config", b"[core]\n    analytics = false\n")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "All")
    return root


def lock_of(root: Path, outputs: Iterable[Path]) -> str:
    """The text of a dvc.lock for ``outputs`` as they are."""
    outs = [{"path": str(path), "hash": "md5", "md5": md5_of(root / path), "size": 1} for path in outputs]
    # JSON is YAML.
    return json.dumps({"schema": "2.0", "stages": {"make": {"cmd": "true", "outs": outs}}})
