"""Bring missing or broken artifacts back, from the cache or by running the pipeline."""

from pathlib import Path

from src.artifacts.lock import locked_outputs
from src.repository.programs import repro
from src.store.integrity import fault_in
from src.store.places import Workspace, cache_store


def repair(root: Path) -> None:
    """Remove damaged cache objects of this revision's outputs, restore files from good ones, then `dvc repro`.

    DVC does not check a read-only cache object, so it would restore the damage.

    Raises:
        UserError: the pipeline failed; its own message stands above.
    """
    if (root / "dvc.lock").is_file():
        cache, workspace = cache_store(root), Workspace(root)
        for output in locked_outputs(root).values():
            if fault_in(cache, output):
                if cache.remove(output):
                    print(f"removed a damaged cache object: {output.path} (md5 {output.md5})")
            elif fault_in(workspace, output):
                workspace.replace(output, cache.read(output))
                print(f"restored from the cache: {output.path}")
    repro(root)
