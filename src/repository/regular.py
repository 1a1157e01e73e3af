"""Refuse what would make DVC hang: it opens whatever lies in the place of an output."""

from collections.abc import Mapping
from pathlib import Path

from src.artifacts.lock import locked_outputs
from src.core.errors import UserError
from src.core.files import files_below, is_special
from src.core.shown import shown_path


def check_outputs(root: Path) -> None:
    """Refuse FIFOs, sockets and devices among the outputs in the working tree.

    Raises:
        UserError: naming the first.
    """
    if not (root / "dvc.lock").is_file():
        return
    paths = [root / path for path in locked_outputs(root)]
    files = [file for path in paths for file in (files_below(path) if path.is_dir() else [path])]
    check_regular({file: shown_path(file.relative_to(root)) for file in files})


def check_regular(files: Mapping[Path, str]) -> None:
    """Refuse ``files``, each with the name that a sentence gives it, if one is a FIFO, a socket or a device.

    Raises:
        UserError: naming the first.
    """
    for file, name in files.items():
        if is_special(file):
            raise UserError(f"{name} is not a regular file, and DVC would hang on it; run `make repair`.")
