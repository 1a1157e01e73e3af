"""Run the pipeline with another value in params.yaml; when it fails, everything is as it was."""

from pathlib import Path

from src.artifacts.lock import Output, locked_outputs
from src.core.errors import UserError
from src.core.files import files_below, write_bytes
from src.management.checks.settings import check_params
from src.repository.git import tracked_files, tracked_paths
from src.repository.params_file import set_ingest_value
from src.repository.programs import capture, module, run


def rerun_with(root: Path, key: str, written: str, *options: str) -> None:
    """Write ``written`` as `ingest.<key>` and run `dvc repro`.

    Args:
        root: the repository.
        key: of the section `ingest`.
        written: the YAML of the value.
        options: of `dvc repro`.

    Raises:
        UserError: a setting is wrong, or the pipeline failed or was interrupted; params.yaml and the results of before
            are back.
    """
    folders = _folders(root)
    before = {path: (root / path).read_bytes() for path in _kept(root, folders) if (root / path).is_file()}
    set_ingest_value(root / "params.yaml", key, written)
    try:
        check_params(root)
        failed = bool(run(root, *module("dvc", "repro", *options)))
    except KeyboardInterrupt:
        failed = True
    except UserError:
        write_bytes(root / "params.yaml", before[Path("params.yaml")])
        raise
    if not failed:
        return
    for path in {file for folder in folders for file in _files(root, folder)} - before.keys():
        (root / path).unlink()
    for path, content in before.items():
        write_bytes(root / path, content)
    code, _ = capture(root, *module("dvc", "checkout", "--force"))
    back = "and the results are as they were" if not code else "is as it was; `make repro` makes the results again"
    raise UserError(f"the pipeline failed, see above; params.yaml {back}.")


def _folders(root: Path) -> list[Path]:
    """The outputs that are folders in git."""
    in_git = tracked_paths(root, "HEAD")
    return [path for path, output in _outputs(root).items() if output.is_folder and path in in_git]


def _kept(root: Path, folders: list[Path]) -> list[Path]:
    """The files that git holds of what a run writes; DVC's cache holds the others."""
    held = tracked_files(root, "HEAD") & _outputs(root).keys()
    below = {file for folder in folders for file in _files(root, folder)}
    return [Path("params.yaml"), Path("dvc.lock"), *sorted(held | below)]


def _files(root: Path, folder: Path) -> list[Path]:
    return [file.relative_to(root) for file in files_below(root / folder)]


def _outputs(root: Path) -> dict[Path, Output]:
    return locked_outputs(root) if (root / "dvc.lock").is_file() else {}
