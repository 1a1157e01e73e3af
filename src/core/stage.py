"""How a stage ends: a user's mistake is one sentence on stderr and exit code 1, never a traceback."""

import sys
from collections.abc import Callable

from src.core.errors import UserError


def run_stage(main: Callable[[], None], *, undo: str | None = "dvc checkout") -> None:
    """Call ``main`` and exit.

    Args:
        main: the stage.
        undo: what brings back the outputs of before, which DVC deletes before the stage runs; None where they stay.
    """
    try:
        main()
    except UserError as error:
        # git knows the last commit only, DVC's cache what the stage made last.
        what = "What was last committed" if undo and undo.startswith("git ") else "What this stage made before"
        hint = f" {what} comes back with `{undo}`." if undo else ""
        print(f"error: {error}{hint}", file=sys.stderr)
        sys.exit(1)


def show_progress(label: str) -> Callable[[int, int], None]:
    """A callback that prints one line per finished fit: one for each fold, one for the model on every row."""
    return lambda done, total: print(f"{label}: fit {done}/{total}", flush=True)
