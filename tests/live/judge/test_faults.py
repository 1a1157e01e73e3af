"""The deterministic loop, one candle more or less than enough."""

import pytest

from src.live.journal.rows import Prediction
from src.live.judge.faults import Fault, fault_in
from src.live.settings import JudgeSettings
from tests.live.journal.test_journal import prediction
from tests.live.windows import HOUR

SETTINGS = JudgeSettings(errors=2, outside=3, slow=2, latency=0.5)
MD5 = "0" * 32


def good(hour: int, version: str = "v1.0.0", **other: object) -> Prediction:
    return prediction(hour, version, **{"outside": ()} | other)


def bad(hour: int, reason: str, **other: object) -> Prediction:
    return good(hour, "v2.0.0", probability=None, reason=reason, **{"sentence": f"it is {reason}."} | other)


def found(rows: list[Prediction], others: list[Prediction] | None = None, md5: str | None = MD5) -> Fault | None:
    beside = [good(row.opened // HOUR) for row in rows] if others is None else others
    return fault_in(rows, {row.opened: row for row in beside}, SETTINGS, md5)


def kind(*arguments, **named) -> str | None:
    fault = found(*arguments, **named)
    return fault.kind if fault else None


def test_a_good_version_has_no_fault() -> None:
    assert found([good(hour, "v2.0.0") for hour in range(24)]) is None
    assert found([]) is None


def test_one_answer_of_another_graph_is_enough() -> None:
    fault = found([good(1, "v2.0.0"), good(2, "v2.0.0", graph_md5="f" * 32), good(3, "v2.0.0")])
    assert fault == Fault(
        kind="bytes",
        opened=2 * HOUR,
        sentence=f"graph md5 {'f' * 32} answered, its release tag names {MD5} "
        "(1 candle, the first opened 1970-01-01T02:00:00+00:00)",
    )
    assert found([good(1, "v2.0.0", graph_md5="f" * 32)], md5=None) is None


@pytest.mark.parametrize("reason", ["error", "broken"])
def test_failing_where_the_other_answers(reason: str) -> None:
    rows = [bad(1, reason), good(2, "v2.0.0"), bad(3, reason), bad(4, reason)]
    assert kind(rows[:2]) is None
    fault = found(rows)
    assert fault is not None
    assert (fault.kind, fault.opened) == ("errors", 3 * HOUR)
    assert fault.sentence == f"it is {reason} (3 candles, the first opened 1970-01-01T01:00:00+00:00)"
    both = [good(1), good(2), good(3, probability=None, reason="broken"), good(4, probability=None, reason="broken")]
    assert kind(rows, both) is None
    assert kind(rows, [good(1), good(2)]) is None


def test_alone_only_an_error_is_the_versions_own() -> None:
    assert kind([bad(1, "error"), bad(2, "error")], []) == "errors"
    assert kind([bad(1, "broken"), bad(2, "broken")], []) is None
    assert kind([bad(hour, "outside", outside=("close",)) for hour in range(9)], []) is None


@pytest.mark.parametrize("reason", ["hole", "stale", "missed", "short"])
def test_no_data_is_no_fault(reason: str) -> None:
    assert kind([bad(hour, reason, graph_md5="f" * 32 if reason == "missed" else MD5) for hour in range(24)]) is None


@pytest.mark.parametrize("answered", [False, True])
def test_outside_its_own_training_alone(answered: bool) -> None:
    """Whether `guard.outside` lets it answer or not."""
    silent = {} if answered else {"probability": None, "reason": "outside"}
    rows = [good(hour, "v2.0.0", outside=("close", "volume"), **silent) for hour in range(3)]
    assert kind(rows[:2]) is None
    fault = found(rows)
    assert fault is not None
    assert (fault.kind, fault.opened) == ("outside", 2 * HOUR)
    assert "close, volume outside the range of its training (3 candles" in fault.sentence
    assert kind(rows, [good(hour, outside=("close",)) for hour in range(3)]) is None


def test_slow_in_a_row_and_alone() -> None:
    slow = [good(hour, "v2.0.0", latency=0.6) for hour in range(3)]
    fault = found(slow)
    assert fault is not None
    assert (fault.kind, fault.opened) == ("slow", 2 * HOUR)
    assert "an answer takes 0.6 s, more than 0.5 s (2 candles" in fault.sentence
    assert kind([*slow, good(3, "v2.0.0")]) is None
    assert kind(slow[:1]) is None
    assert kind(slow, [good(hour, latency=0.7) for hour in range(3)]) is None
    assert kind(slow, []) == "slow"
