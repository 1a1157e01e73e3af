"""`GET /explain`."""

import pandas as pd

from src.live.journal.rows import Candle, Market
from src.live.journal.writer import JournalWriter
from src.live.service.endpoints import explanations
from tests.live.runner_tree import ONE, TWO, Tree
from tests.live.windows import HOUR

MARKET = Market(exchange="coinbase", symbol="BTC/USD", timeframe=HOUR)


def write(bot: Tree, table: pd.DataFrame) -> list[Candle]:
    """The candles of ``table`` in the journal of ``bot``."""
    opened = (table["timestamp"].astype("int64") // 1_000_000).tolist()
    values = table[["open", "high", "low", "close", "volume"]].to_numpy().tolist()
    candles = [Candle(moment, *row) for moment, row in zip(opened, values, strict=True)]
    with JournalWriter(bot.journal) as writer:
        writer.claim(MARKET)
        with writer.transaction():
            writer.add_candles(candles)
    return candles


def test_what_cannot_be_explained_yet_is_a_sentence_and_no_error(make, bot: Tree, snapshot: pd.DataFrame) -> None:
    bot.promote(live=ONE)
    made = make(bot)
    assert "start `make live`" in made.get("/explain").json()["sentence"]
    write(bot, snapshot.head(500))
    answer = made.get("/explain")
    assert answer.status_code == 200
    assert answer.json()["explanation"] is None
    assert "500 candles are known and 568 are needed to explain" in answer.json()["sentence"]


def test_each_version_is_explained_once_a_candle(make, bot: Tree, snapshot: pd.DataFrame, monkeypatch) -> None:
    asked = []
    real = explanations.explain
    monkeypatch.setattr(explanations, "explain", lambda loaded, window: asked.append(loaded) or real(loaded, window))
    bot.promote(live=ONE, paper=TWO)
    write(bot, snapshot.head(600))
    made = make(bot)
    first = made.get("/explain").json()["explanation"]
    assert first["version"] == ONE
    assert made.get(f"/explain?version={ONE}").json()["explanation"] == first
    assert len(asked) == 1
    other = made.get(f"/explain?version={TWO}").json()["explanation"]
    assert other["version"] == TWO
    assert other["probability"] != first["probability"]
    newest = write(bot, snapshot.head(601))[-1]
    assert made.get("/explain").json()["explanation"]["opened"] > first["opened"]
    assert newest.opened % HOUR == 0
    assert len(asked) == 3
    assert made.get("/explain?version=v9.9.9").status_code == 404
