"""What is read of a journal, and the stream that follows it."""

import json
import threading
import time
from typing import Any

import httpx
import numpy as np
import pytest

from src.live.answering.window import Window
from src.live.journal.rows import Candle, Market
from src.live.journal.writer import JournalWriter
from src.live.running.halt import HALT, RESUME, ask
from src.live.running.scoring import missed, scored
from src.live.running.versions import Versions
from tests.live.runner_tree import ONE, TWO, Tree
from tests.live.service.process import client, service, until
from tests.live.windows import HOUR

MARKET = Market(exchange="bitbank", symbol="BTC/JPY", timeframe=HOUR)


class Written:
    """A journal of ``bot`` that a test writes candle by candle; the newest closed ``late`` seconds ago."""

    def __init__(self, bot: Tree, exported: Any, late: float = 20.0) -> None:
        self.bot, self.values = bot, exported.windows[0]
        self.writer = JournalWriter(bot.journal)
        self.writer.claim(MARKET)
        self.versions = Versions(bot.root, bot.settings)
        self.versions.refresh()
        self.first = int(time.time() - late) // HOUR * HOUR - 3 * HOUR
        self.late = late

    def candle(self, number: int, *, answered: bool = True) -> None:
        """Candle ``number`` closes, with the window before it."""
        opened = self.first + number * HOUR
        moments = np.arange(opened - 399 * HOUR, opened + HOUR, HOUR, dtype=np.int64)
        now, values = float(opened + HOUR + 4), self.values.tolist()
        with self.writer.transaction():
            self.writer.add_candles(Candle(int(moment), *row) for moment, row in zip(moments, values, strict=True))
            if answered:
                window = Window(moments, self.values, now, HOUR)
                rows = scored(self.versions.running, window, self.bot.settings, halted=False)
            else:
                rows = missed(self.writer.newest(), [opened], now, HOUR)
            self.writer.add_predictions(time.time() - 1, rows)
            self.writer.join_outcomes(int(moments[0]))


@pytest.fixture
def written(bot: Tree, exported):
    bot.promote(live=ONE, paper=TWO)
    made = Written(bot, exported)
    yield made
    made.writer.close()


def test_an_empty_journal_says_what_to_do(make, bot: Tree) -> None:
    made = make(bot)
    answer = made.get("/signal")
    assert (answer.status_code, answer.json()["code"]) == (503, "no_journal")
    assert "start `make live`" in answer.json()["error"]
    assert made.get("/journal").json() == {"rows": []}
    assert made.get("/status").json()["journal"]["present"] is False


def test_a_journal_that_cannot_be_read_is_told_and_predictions_go_on(make, bot: Tree) -> None:
    bot.journal.parent.mkdir(exist_ok=True)
    bot.journal.write_bytes(b"no database at all, but text of some length" * 100)
    made = make(bot)
    for path in ("/signal", "/status", "/journal", "/scores", "/candles"):
        answer = made.get(path)
        assert (answer.status_code, answer.json()["code"]) == (503, "unreadable"), path
        assert "not a database" in answer.json()["error"]
    assert made.get("/health").status_code == 200
    assert made.post("/predict", json={"features": [[1.0] * 12]}).status_code == 200


def test_the_newest_answers_count_as_they_are_now(make, written: Written) -> None:
    written.candle(0)
    made = make(written.bot)
    first, second = made.get("/signal").json()["answers"]
    assert {(one["version"], one["step"], one["share"]) for one in (first, second)} == {
        (ONE, "live", 1.0),
        (TWO, "paper", 0.0),
    }
    assert first["probability"] is not None
    assert 5.0 <= first["age"] < 300.0
    ask(written.bot.journal, HALT, "me", "it lost money", time.time())
    assert [one["share"] for one in made.get("/signal").json()["answers"]] == [0.0, 0.0]
    assert [one["share"] for one in made.get("/versions").json()["versions"]] == [0.0, 0.0]
    assert made.get("/status").json()["halted"]["why"] == "it lost money"
    ask(written.bot.journal, RESUME, "me", "over", time.time())
    assert max(one["share"] for one in made.get("/signal").json()["answers"]) == 1.0


def test_an_answer_whose_hour_is_over_abstains(make, written: Written) -> None:
    written.candle(0)
    from tests.live.service.conftest import state_of

    state = state_of(written.bot)
    state.records._clock = lambda: time.time() + 2 * HOUR
    for one in state.records.answers():
        assert (one.probability, one.decision, one.reason) == (None, "abstain", "stale")
        assert "`make live` is behind or stopped" in str(one.sentence)
        assert one.age > 2 * HOUR


def test_rows_have_their_outcomes_and_missed_candles_stay_missed(make, written: Written) -> None:
    written.candle(0)
    written.candle(1, answered=False)
    written.candle(2)
    made = make(written.bot)
    rows = made.get("/journal").json()["rows"]
    assert [(row["opened"] - written.first) // HOUR for row in rows] == [0, 0, 1, 1, 2, 2]
    assert [row["decision"] == "missed" for row in rows] == [False, False, True, True, False, False]
    assert all(row["probability"] is None for row in rows[2:4])
    assert [row["outcome"] is None for row in rows] == [False, False, False, False, True, True]
    assert rows[0]["closed"] == rows[0]["opened"] + HOUR
    assert [row["id"] for row in made.get(f"/journal?version={TWO}&limit=2").json()["rows"]] == [
        row["id"] for row in rows if row["version"] == TWO
    ][-2:]
    told = {one["version"]: one for one in made.get("/scores").json()["versions"]}
    assert (told[ONE]["predictions"], told[ONE]["missed"], told[ONE]["scored"]) == (3, 1, 1)
    candles = made.get("/candles?limit=3").json()
    assert candles["timeframe"] == HOUR
    assert [row[0] for row in candles["candles"]] == [written.first + number * HOUR for number in range(3)]


def listen(url: str, events: list[tuple[str, str, Any]], last: str | None = None) -> threading.Thread:
    """Gather (event, id, data) of the stream until it ends."""

    def run() -> None:
        headers = {} if last is None else {"last-event-id": last}
        with (
            httpx.Client(trust_env=False, timeout=120) as http,
            http.stream("GET", f"{url}/events", headers=headers) as answer,
        ):
            name = number = ""
            for line in answer.iter_lines():
                key, _, value = line.partition(": ")
                if key == "id":
                    number = value
                if key == "event":
                    name = value
                if key == "data":
                    events.append((name, number, json.loads(value)))
                    number = ""

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread


def test_the_stream_follows_the_journal_and_goes_on_where_it_stopped(written: Written) -> None:
    written.bot.set(serve={"port": 0})
    with service(written.bot.root) as running:
        events: list[tuple[str, str, Any]] = []
        thread = listen(running.url, events)
        until(lambda: {"status", "versions"} <= {name for name, _, _ in events})
        written.candle(0)
        until(lambda: sum(name == "prediction" for name, _, _ in events) == 2)
        place = next(number for _, number, _ in reversed(events) if number)
        ask(written.bot.journal, HALT, "me", "why not", time.time())
        until(lambda: any(name == "status" and data["halted"] for name, _, data in events))
        with client(running) as http:
            assert "serve_event_streams 1.0" in http.get("/metrics").text
        written.candle(1)
        until(lambda: any(name == "outcome" for name, _, _ in events))
        later: list[tuple[str, str, Any]] = []
        listen(running.url, later, last=place)
        until(lambda: sum(name == "prediction" for name, _, _ in later) == 2)
        assert {data["opened"] for name, _, data in later if name == "prediction"} == {written.first + HOUR}
        running.signal()
        assert running.wait() == 0
        thread.join(60)
        assert not thread.is_alive()
