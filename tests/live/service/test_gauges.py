"""What Prometheus reads: counted by hand, and the tables of docs/live-api.md."""

import math
import re
import time
from datetime import UTC, datetime
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from src.live.drift_verdict import FILE
from src.live.running.halt import HALT, ask
from src.live.service.gauges import DriftGauges, JournalGauges
from src.live.service.records import Records
from src.live.settings import settings_of
from tests.conftest import ROOT
from tests.live.judge.book import Book
from tests.live.judge.conftest import World, world  # noqa: F401, the fixture
from tests.live.runner_tree import ONE, TWO, Tree
from tests.live.service.endpoints.test_history import Written, written  # noqa: F401, the fixture
from tests.live.verdicts import write_verdict
from tests.live.windows import HOUR

COUNTED = {"serve_requests", "serve_request_seconds", "serve_probability", "serve_features_outside"}
COUNTED |= {"serve_abstentions", "serve_event_streams", "serve_version_swaps", "serve_version_swap_errors"}


def scraped(client: Any) -> dict[tuple[str, str | None], float]:
    """Values by name and version."""
    families = text_string_to_metric_families(client.get("/metrics").text)
    return {(sample.name, sample.labels.get("version")): sample.value for one in families for sample in one.samples}


def test_before_the_first_candle_nothing_is_made_up(make, bot: Tree) -> None:
    found = scraped(make(bot))
    assert found["journal_readable", None] == 1
    assert found["journal_candles_missed_total", None] == 0
    assert found["serve_timeframe_seconds", None] == HOUR
    names = {name for name, _ in found}
    assert "serve_candle_age_seconds" not in names and "journal_probability" not in names


def test_values_of_the_journal(make, written: Written) -> None:  # noqa: F811
    client = make(written.bot)
    written.candle(0)
    said = {row.version: row.probability for row in written.writer.newest()}
    found = scraped(client)
    for version in (ONE, TWO):
        assert found["journal_probability", version] == said[version]
        assert found["journal_newest_prediction_seconds", version] == written.first + HOUR
        assert found["journal_unanswered_candles", version] == 0
    # The journal grew, and so is read again.
    for number in (1, 2):
        written.candle(number, answered=False)
    ask(written.bot.journal, HALT, "me", "it lost money", time.time())
    found = scraped(client)
    assert found["journal_candles_missed_total", None] == 2
    assert found["journal_halted", None] == 1
    assert found["journal_unanswered_candles", ONE] == 2
    assert found["journal_probability", ONE] == said[ONE]
    assert found["journal_newest_prediction_seconds", ONE] == written.first + HOUR


def test_a_version_that_runs_no_longer_is_not_told(make, written: Written) -> None:  # noqa: F811
    written.candle(0)
    written.bot.promote(live=ONE)
    written.versions.refresh()
    written.candle(1)
    found = scraped(make(written.bot))
    assert ("journal_probability", ONE) in found and ("journal_probability", TWO) not in found


def test_a_journal_that_cannot_be_read_is_told_and_hides_nothing_else(make, bot: Tree) -> None:
    bot.journal.parent.mkdir(exist_ok=True)
    bot.journal.write_bytes(b"no journal" * 100)
    found = scraped(make(bot))
    assert found["journal_readable", None] == 0
    assert ("serve_version_info", bot_version(found)) in found


def bot_version(found: dict[tuple[str, str | None], float]) -> str | None:
    return next(version for name, version in found if name == "serve_version_info")


def test_the_document_names_every_metric(make, written: Written) -> None:  # noqa: F811
    written.candle(0)
    write_verdict(written.bot.root, ONE, "2019-10-17T10:00:00+00:00", "2019-11-01T00:00:00+00:00")
    text = make(written.bot).get("/metrics").text
    there = set(re.findall(r"^# TYPE (\w+)", text, re.MULTILINE))
    document = (ROOT / "docs/live-api.md").read_text(encoding="utf-8").split("## Metrics")[1].split("\n## ")[0]
    named = {
        name for row in re.findall(r"^\| (`.*?) \|", document, re.MULTILINE) for name in re.findall(r"`(\w+)", row)
    }
    assert {name for name in there if not name.endswith("_created")} == named
    assert {name.removesuffix("_total") for name in named} > COUNTED


def test_the_evidence_against_each_version(world: World) -> None:  # noqa: F811
    settings = settings_of({"journal": {"path": ".live/another.sqlite"}}, "live.yaml")
    book = Book(world.root / settings.journal.path)
    gauges = JournalGauges(Records(world.root, settings), lambda: None)

    def told() -> list[tuple[str, str, str, float]]:
        samples = (sample for one in gauges.collect() if one.name == "judge_e_value" for sample in one.samples)
        return [(*(one.labels[name] for name in ("version", "step", "against")), one.value) for one in samples]

    book.add(1)
    assert told() == [(TWO, "paper", ONE, 1.0), (TWO, "stage-10", ONE, 1.0)]
    # Hour 0 was not before a rise: 0.25 in the place of 0.3. The mean bet under the density e^λ / (e − 1) on [0, 1] is
    # 1 / (e − 1).
    book.add(1)
    assert [value for *_, value in told()] == [pytest.approx(1 + (0.25**2 - 0.3**2) / (math.e - 1))] * 2


def drift_told(gauges: DriftGauges) -> dict[tuple[str, ...], float]:
    return {(one.name, *one.labels.values()): one.value for family in gauges.collect() for one in family.samples}


def test_the_verdict_of_drift(written: Written) -> None:  # noqa: F811
    written.candle(0)
    bot, (newest, *_) = written.bot, written.writer.newest()
    opened = written.first
    last = datetime.fromtimestamp(opened - 5 * HOUR, UTC).isoformat()
    event = written.writer.reader.events_after(newest.event - 1, 1)[0]
    # 30 s after the row was written.
    gauges = DriftGauges(Records(bot.root, bot.settings), lambda: event.made_at + 30)
    assert drift_told(gauges) == {("drift_readable",): 1}
    write_verdict(bot.root, ONE, "2019-10-17T10:00:00+00:00", last, outcomes={"alarm": 3})
    assert drift_told(gauges) == {
        ("drift_readable",): 1,
        ("drift_found", ONE, "inputs"): 1,
        ("drift_found", ONE, "losses"): 1,
        ("drift_psi", ONE, "returns"): 0.5,
        ("drift_psi", ONE, "volume"): 0.1,
        ("drift_psi_limit", ONE, "returns"): 0.4,
        ("drift_psi_limit", ONE, "volume"): 0.4,
        ("drift_outliers", ONE): 0.02,
        ("drift_verdict_age_seconds", ONE): newest.made_at + 30 - (opened - 5 * HOUR),
    }
    write_verdict(bot.root, ONE, "2019-10-17T10:00:00+00:00", last, outcomes=None)
    assert ("drift_found", ONE, "losses") not in drift_told(gauges)
    (bot.root / FILE).write_text("{")
    assert drift_told(gauges) == {("drift_readable",): 0}
