"""What dvc.lock says about the outputs of the pipeline."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from src.core.errors import UserError
from src.core.files import folder_listing
from src.core.yaml_files import parse_yaml, read_yaml

_MD5 = re.compile(r"[0-9a-f]{32}(\.dir)?")


@dataclass(frozen=True)
class Output:
    """One output of one stage as dvc.lock records it."""

    path: Path
    stage: str
    md5: str
    size: int

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder; its content is then the ``folder_listing`` of its files."""
        return self.md5.endswith(".dir")

    def read(self, root: Path) -> bytes:
        """Its content below ``root``.

        Raises:
            OSError: missing or unreadable.
        """
        path = root / self.path
        return folder_listing(path) if self.is_folder and path.is_dir() else path.read_bytes()

    def fault(self, content: bytes) -> str | None:
        """What is wrong with ``content`` as that of this output; None when it is the recorded one."""
        if not self.is_folder and len(content) < self.size:
            return f"is truncated: {len(content)} of {self.size} bytes"
        found = hashlib.md5(content, usedforsecurity=False).hexdigest()
        return None if found == self.md5.removesuffix(".dir") else f"was altered: md5 {found}, dvc.lock says {self.md5}"


def locked_outputs(root: Path) -> dict[Path, Output]:
    """Every output in ``root/dvc.lock`` by its path relative to ``root``.

    Raises:
        UserError: dvc.lock is missing or damaged.
    """
    path = root / "dvc.lock"
    if not path.is_file():
        raise UserError(f"{path} is missing, so nothing can be proven; restore it with git or run `make repro`.")
    return _outputs(read_yaml(path), path)


def parse_outputs(text: str, where: str) -> dict[Path, Output]:
    """As ``locked_outputs``, from the text of a dvc.lock; ``where`` names it in errors."""
    return _outputs(parse_yaml(text, where), where)


def _outputs(content: Any, where: Path | str) -> dict[Path, Output]:
    try:
        return {
            Path(out["path"]): Output(Path(out["path"]), stage, _digits(out["md5"]), int(out["size"]))
            for stage, entry in content["stages"].items()
            for out in entry.get("outs", [])
        }
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError):
        raise UserError(f"{where} is damaged; restore it with `git checkout -- dvc.lock`.") from None


def _digits(md5: Any) -> str:
    # Unquoted digits alone would be a number in YAML.
    if not isinstance(md5, str) or not _MD5.fullmatch(md5):
        raise ValueError("not an md5")
    return md5
