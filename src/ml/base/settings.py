"""What a member's settings may be, whatever library takes them; each library has rules of its own beside these."""

import difflib
import reprlib
from typing import Any

# Set by the pipeline, so that neither machine nor user can make two runs differ.
RESERVED = ("n_jobs", "num_threads", "nthread", "verbose", "verbosity", "device", "device_type", "objective")
# The libraries count in 32 bits.
LARGEST = 2**31 - 1
LARGEST_SEED = 2**32 - 1
# Characters of a wrong name that an error repeats.
LONGEST_SHOWN = 60
# Rows.
LONGEST_HALF_LIFE = 10**9
# (smallest, largest) of settings with which a fit would not end, not fit into memory, or say nothing.
BOUNDS: dict[str, tuple[float, float]] = {
    "n_estimators": (1, 100_000),
    "learning_rate": (1e-6, 1),
    "max_depth": (-1, 1000),
    "num_leaves": (2, 131_072),
    "max_leaves": (0, 131_072),
    "max_bin": (2, 65_536),
    "num_parallel_tree": (1, 1000),
    "max_samples": (0, 1_000_000),
}


def check_half_life(value: Any) -> None:
    """Refuse a half-life that is neither None nor a number of rows.

    Raises:
        ValueError: saying what it must be.
    """
    if value is not None and not (_is_number(value) and 1 <= value <= LONGEST_HALF_LIFE):
        raise ValueError(f"half_life must be a number of rows from 1 to {LONGEST_HALF_LIFE}, not {shown(value)}")


def check_settings(settings: dict[str, Any], known: frozenset[str]) -> None:
    """Refuse settings that the estimator does not take, and values that no estimator can take.

    Args:
        settings: of one member.
        known: the names that its estimator takes.

    Raises:
        ValueError: naming the setting and what it must be.
    """
    for name, value in settings.items():
        if name in RESERVED:
            raise ValueError(f"{name} is set by the pipeline; remove it")
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            hint = f"; did you mean {close[0]}?" if close else ""
            raise ValueError(f"{name[:LONGEST_SHOWN]} is not a setting of this member{hint}")
        if name != "random_state":
            _check_numbers(name, value)
            _check_bounds(name, value)
    seed = settings.get("random_state")
    if not isinstance(seed, int) or isinstance(seed, bool) or not 0 <= seed <= LARGEST_SEED:
        raise ValueError(
            f"random_state must be a whole number from 0 to {LARGEST_SEED}, so that every fit is the same; "
            f"it is {shown(seed)}"
        )


def shown(value: Any) -> str:
    """``value`` as text of a readable length."""
    return reprlib.repr(value)


def _check_numbers(name: str, value: Any) -> None:
    if isinstance(value, list):
        for part in value:
            _check_numbers(name, part)
    elif isinstance(value, dict):
        for part in value.values():
            _check_numbers(name, part)
    elif _is_number(value) and not abs(value) <= LARGEST:
        raise ValueError(f"{name} must be a finite number from -{LARGEST} to {LARGEST}, not {shown(value)}")


def _check_bounds(name: str, value: Any) -> None:
    if name not in BOUNDS or value is None:
        return
    least, most = BOUNDS[name]
    if not (_is_number(value) and least <= value <= most):
        raise ValueError(f"{name} must be a number from {least:g} to {most:g}, not {shown(value)}")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
