"""What part of the stake each version has, counted by hand."""

import pytest

from src.live.running.shares import places

CASES = [
    ({}, []),
    ({"paper": "A"}, [("A", "paper", 0.0)]),
    ({"paper": "B", "live": "A"}, [("B", "paper", 0.0), ("A", "live", 1.0)]),
    ({"stage-10": "B", "live": "A"}, [("B", "stage-10", 0.1), ("A", "live", 0.9)]),
    # A version went on: it has the share of the step it came to, once.
    ({"paper": "B", "stage-10": "B", "stage-50": "B", "live": "A"}, [("B", "stage-50", 0.5), ("A", "live", 0.5)]),
    (
        {"paper": "C", "stage-10": "C", "stage-50": "B", "live": "A"},
        [("C", "stage-10", 0.1), ("B", "stage-50", 0.5), ("A", "live", 0.4)],
    ),
    ({"paper": "A", "stage-10": "A", "stage-50": "A", "live": "A"}, [("A", "live", 1.0)]),
    # Without a champion the rest of the stake has no version.
    ({"stage-50": "B", "live": None}, [("B", "stage-50", 0.5)]),
]


@pytest.mark.parametrize(("runs", "expected"), CASES)
def test_shares(runs: dict[str, str | None], expected: list[tuple[str, str | None, float]]) -> None:
    assert places(runs) == expected
    assert sum(share for _, _, share in expected) <= 1


def test_versions_that_are_only_scored_have_no_step_and_no_stake() -> None:
    assert places({"live": "B"}, ("A", "B", "A")) == [("B", "live", 1.0), ("A", None, 0.0)]
