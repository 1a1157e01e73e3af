"""When to train: by the age of the training candles, by a drift of what runs, never by something else."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from src.core.errors import UserError
from src.live.drift_verdict import DriftVerdict, read_verdict
from src.live.settings import FILE
from src.retraining.due import newest_close, not_due, why_due
from src.retraining.retrain import Ended, retrain
from tests.conftest import ROOT
from tests.live.verdicts import write_verdict

UNTIL = datetime(2020, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("mode", "age", "due"),
    [
        ("monthly", timedelta(days=30) - HOUR, False),
        ("monthly", timedelta(days=30), True),
        ("daily", 23 * HOUR, False),
        ("daily", 24 * HOUR, True),
    ],
)
def test_by_age(mode: str, age: timedelta, due: bool) -> None:
    assert (why_due(mode, UNTIL + age, UNTIL, None) is not None) is due


def verdict(root: Path, last: str, **other: object) -> DriftVerdict:
    write_verdict(root, "v1.0.0", UNTIL.isoformat(), last, **other)
    found = read_verdict(root)
    assert found is not None
    return found


def test_by_drift(tmp_path: Path) -> None:
    """Only where this checkout's model does not know the candles that drifted: else it is the answer already."""
    later = verdict(tmp_path, "2020-01-01T00:00:00+00:00")
    why = why_due("monthly", UNTIL + HOUR, UNTIL, later)
    assert why == "v1.0.0 drifted: drift since training in the inputs returns"
    assert why_due("monthly", UNTIL + HOUR, UNTIL, verdict(tmp_path, "2019-12-31T23:00:00+00:00")) is None
    assert (
        why_due("monthly", UNTIL + HOUR, UNTIL, verdict(tmp_path, "2020-01-02T00:00:00+00:00", drifted=False)) is None
    )


def test_the_sentence_says_what_is_waited_for() -> None:
    told = not_due("monthly", UNTIL + HOUR, UNTIL)
    assert "trained until 2020-01-01T00:00Z, the newest candle closed 2020-01-01T01:00Z" in told
    assert "waits for 30 days or a drift; FORCE=1" in told


def test_never_asks_nobody(tmp_path: Path) -> None:
    """As the word stands in the file: `off` was false to its reader. No repository, no exchange, no model is needed."""
    (tmp_path / FILE.parent).mkdir()
    (tmp_path / FILE).write_text("retrain:\n  mode: never\n", encoding="utf-8")
    assert retrain(tmp_path, pytest.fail) == Ended(0, "not due: `retrain.mode` is never; FORCE=1 trains all the same.")


def test_only_an_exchange_has_newer_candles() -> None:
    with pytest.raises(UserError, match="`ingest.source` is snapshot, but only an exchange has newer candles"):
        newest_close(ROOT, print)
