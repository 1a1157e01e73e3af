"""How a stage ends: a user's mistake is one sentence on stderr and exit code 1, never a traceback."""

import sys
from collections.abc import Callable

from src.errors import UserError


def run_stage(main: Callable[[], None]) -> None:
    """Call ``main`` and exit."""
    try:
        main()
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(1)


def show_progress(label: str) -> Callable[[int, int], None]:
    """A callback that prints one line per finished fit: one for each fold, one for the model on every row."""
    return lambda done, total: print(f"{label}: fit {done}/{total}", flush=True)
