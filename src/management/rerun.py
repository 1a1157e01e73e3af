"""Run the pipeline with another value in params.yaml; when it fails, everything is as it was."""

from pathlib import Path

from src.artifacts.lock import locked_outputs
from src.core.errors import UserError
from src.core.files import write_bytes
from src.management.params_file import set_ingest_value
from src.repository.git import tracked_files
from src.repository.params_check import check_params
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
    before = {path: (root / path).read_bytes() for path in _kept(root) if (root / path).is_file()}
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
    for path, content in before.items():
        write_bytes(root / path, content)
    code, _ = capture(root, *module("dvc", "checkout", "--force"))
    back = "and the results are as they were" if not code else "is as it was; `make repro` makes the results again"
    raise UserError(f"the pipeline failed, see above; params.yaml {back}.")


def _kept(root: Path) -> list[Path]:
    """The files that git holds of what a run writes; DVC's cache holds the others."""
    outputs = locked_outputs(root) if (root / "dvc.lock").is_file() else {}
    held = {path for path in tracked_files(root, "HEAD") if any(place in outputs for place in (path, *path.parents))}
    return [Path("params.yaml"), Path("dvc.lock"), *sorted(held)]
