"""Which candles of the journal a learner takes."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import src.online.journal as online_journal
from src.core.errors import UserError
from src.drift.seen import Seen
from src.live.journal.writer import JournalWriter
from src.online.journal import journal_bars
from tests.conftest import ROOT
from tests.live.journal.test_journal import prediction
from tests.live.runner_world import MARKET
from tests.online.learners import HOUR, MONDAY, rows


@pytest.fixture
def journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Hours -2 to 2, answered with 0.1 to 0.5."""
    path = tmp_path / "journal.sqlite"
    with JournalWriter(path) as writer:
        writer.claim(MARKET)
        with writer.transaction():
            writer.add_predictions(0.0, [prediction(MONDAY // HOUR, probability=0.2)])
    hours = np.arange(-2, 3)
    opened = pd.Series(pd.to_datetime(MONDAY + HOUR * hours, unit="s", utc=True))
    features = np.repeat(hours[:, None], 12, axis=1).astype(float)
    seen = Seen(opened, features, features, 0.3 + hours / 10, np.array([0, 1, 0, 1, np.nan]), "v1.0.0", "here")
    monkeypatch.setattr(online_journal, "seen_in_journal", lambda *_: seen)
    return path


def test_rows_of_training_are_not_learned_again(journal: Path) -> None:
    bars = journal_bars(ROOT, journal, rows([1, 0, 1], [-3, -1, 0]))
    assert ((bars.rows.opened - MONDAY) / HOUR).tolist() == [1, 2]
    assert bars.rows.features[:, 0].tolist() == [1.0, 2.0]
    assert bars.told.tolist() == pytest.approx([0.4, 0.5])
    assert bars.rows.target[0] == 1
    assert np.isnan(bars.rows.target[1])


def test_a_journal_without_later_candles_is_one_sentence(journal: Path) -> None:
    with pytest.raises(UserError, match="no candle with features after 2020-01-06T02:00:00"):
        journal_bars(ROOT, journal, rows([1, 0, 1], [0, 1, 2]))
