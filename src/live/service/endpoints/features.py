"""Rows of features from a request, checked; and their probabilities."""

import asyncio
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from src.live.service.errors import Refusal
from src.live.service.served import LineUp, Served
from src.live.service.state import State

Values = NDArray[np.float64]
Row = list[float] | dict[str, float]
# Longer ones run beside the loop, so that others are answered meanwhile; the hand-over costs more than a short one.
_AT_ONCE = 64


def chosen(line_up: LineUp, version: str | None) -> Served:
    """The version to answer with.

    Raises:
        Refusal: it does not run, or none does yet.
    """
    found = line_up.default if version is None else line_up.by_version.get(version)
    if found is not None:
        return found
    if version is None:
        raise Refusal(503, "not_ready", "no version is loaded yet; come back in a moment.")
    running = ", ".join(line_up.by_version) or "none"
    raise Refusal(404, "unknown_version", f"no version {version[:40]!r} runs here (running: {running}); ask for one.")


def row_table(rows: Sequence[Row], names: tuple[str, ...], most: int) -> Values:
    """Rows of a JSON request as (n, k) float64; a row may also name its features.

    Raises:
        Refusal: no row, too many, one of another width or with other names.
    """
    if not 0 < len(rows) <= most:
        raise _count(len(rows), most)
    try:
        return np.array(rows, dtype=np.float64).reshape(len(rows), len(names))
    except (ValueError, TypeError, OverflowError):
        return np.array([_listed(row, number, names) for number, row in enumerate(rows)], dtype=np.float64)


async def probabilities(served: Served, table: Values, state: State) -> tuple[list[float], NDArray[np.bool_] | None]:
    """Probability of each row, and (n, k) where a feature is outside its training range; None: nowhere.

    Raises:
        Refusal: no row, too many, or a value that is not finite or beyond float32, which the trees know.
    """
    most = state.settings.serve.rows
    if not 0 < len(table) <= most:
        raise _count(len(table), most)
    if len(table) <= _AT_ONCE:
        values, outside = served.probability(table), served.outside(table)
    else:
        values, outside = await asyncio.to_thread(lambda: (served.probability(table), served.outside(table)))
    answers: list[float] = values.tolist()
    # The graph answers such a row with NaN.
    if any(map(math.isnan, answers)):
        rows = ", ".join(str(row) for row in np.isnan(values).nonzero()[0][:5])
        raise Refusal(400, "not_finite", f"row {rows} holds a value that is no finite float32; leave such rows out.")
    state.metrics.answered(served.version, answers)
    if outside is not None:
        state.metrics.outside(served.version, served.names, outside)
    return answers, outside


def _count(rows: int, most: int) -> Refusal:
    if not rows:
        return Refusal(400, "no_rows", "there is no row of features; send at least one.")
    return Refusal(413, "too_many_rows", f"there are {rows} rows, and {most} are read at once; send them in parts.")


def _listed(row: Row, number: int, names: tuple[str, ...]) -> list[float]:
    """A row in the order of ``names``."""
    if isinstance(row, dict):
        if row.keys() != set(names):
            missing = [name for name in names if name not in row]
            odd = f"lacks {', '.join(missing)}" if missing else "names features that are none"
            raise Refusal(400, "invalid_rows", f"row {number} of features {odd}; name {', '.join(names)}.")
        return [row[name] for name in names]
    if len(row) != len(names):
        raise Refusal(
            400,
            "invalid_rows",
            f"row {number} of features has {len(row)} values, not {len(names)}; send {', '.join(names)}.",
        )
    return row
