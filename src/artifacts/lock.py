"""What dvc.lock says about the outputs of the pipeline."""

import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from src.core.errors import UserError
from src.core.files import folder_listing, md5_of_bytes, read_regular
from src.core.shown import shown_path
from src.core.yaml_files import parse_yaml, read_yaml

_MD5 = re.compile(r"[0-9a-f]{32}(\.dir)?")
# What git and DVC keep for themselves: a hook written there would run.
_NOT_OURS = (".git", ".dvc")


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
            OSError: missing, unreadable, or not a regular file.
            UserError: a symlink leads out of ``root``.
        """
        path = self.inside(root)
        return folder_listing(path) if self.is_folder and path.is_dir() else read_regular(path)

    def inside(self, root: Path) -> Path:
        """Its path below ``root``.

        A file may itself be a link, as DVC makes them into its cache: reading it is proven by its md5, writing replaces
        the link.

        Raises:
            UserError: a folder on the way is a symlink that leads out of ``root``.
        """
        path = root / self.path
        folder = path if self.is_folder else path.parent
        if not folder.resolve().is_relative_to(root.resolve()):
            raise UserError(
                f"{shown_path(self.path)}, an output in dvc.lock, leads out of the repository through a symlink; "
                "replace the symlink by a folder."
            )
        return path

    def fault(self, content: bytes) -> str | None:
        """What is wrong with ``content`` as that of this output; None when it is the recorded one."""
        if not self.is_folder and len(content) < self.size:
            return f"is truncated: {len(content)} of {self.size} bytes"
        found = md5_of_bytes(content)
        return None if found == self.md5.removesuffix(".dir") else f"was altered: md5 {found}, dvc.lock says {self.md5}"


def locked_outputs(root: Path) -> dict[Path, Output]:
    """Every output in ``root/dvc.lock`` by its path relative to ``root``.

    Raises:
        UserError: dvc.lock is missing or damaged, or an output lies outside ``root``.
    """
    path = root / "dvc.lock"
    if not path.is_file():
        raise UserError(f"{path} is missing, so nothing can be proven; restore it with git or run `make repro`.")
    outputs = _outputs(read_yaml(path), path)
    for output in outputs.values():
        output.inside(root)
    return outputs


def parse_outputs(text: str, where: str) -> dict[Path, Output]:
    """As ``locked_outputs``, from the text of a dvc.lock; ``where`` names it in errors."""
    return _outputs(parse_yaml(text, where), where)


def _outputs(content: Any, where: Path | str) -> dict[Path, Output]:
    try:
        outputs = [
            Output(_relative(out["path"], where), stage, _digits(out["md5"]), int(out["size"]))
            for stage, entry in content["stages"].items()
            for out in entry.get("outs", [])
        ]
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError):
        raise UserError(f"{where} is damaged; restore it with `git checkout -- dvc.lock`.") from None
    return {output.path: output for output in outputs}


def _relative(written: Any, where: Path | str) -> Path:
    """The path, if it stays below the root of the repository and out of git's and DVC's own folders."""
    path = PurePosixPath(written)
    parts = path.parts
    if "\0" in written:
        raise ValueError("no path")
    if not parts or path.is_absolute() or ".." in parts or parts[0].lower() in _NOT_OURS:
        raise UserError(
            f"{where} names the output {shown_path(written)!r}, which is no file of this repository; "
            "restore dvc.lock from a commit that you trust."
        )
    return Path(path)


def _digits(md5: Any) -> str:
    # Unquoted digits alone would be a number in YAML.
    if not isinstance(md5, str) or not _MD5.fullmatch(md5):
        raise ValueError("not an md5")
    return md5
