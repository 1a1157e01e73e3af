import numpy as np
import pytest

from src.candles.runs import runs


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ([], []),
        ([0, 0], []),
        ([1, 1, 1], [(0, 3)]),
        ([1, 0, 1, 1, 0, 0, 1], [(0, 1), (2, 4), (6, 7)]),
    ],
)
def test_runs_from_first_to_after_last(flags: list[int], expected: list[tuple[int, int]]) -> None:
    starts, stops = runs(np.array(flags, dtype=bool))
    assert list(zip(starts.tolist(), stops.tolist(), strict=True)) == expected
