"""What Prometheus reads of the journal: docs/live-api.md lists it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from src.core.errors import UserError
from src.live.drift_verdict import DriftVerdict, read_verdict
from src.live.journal.rows import Standing
from src.live.running.clock import exchange_time
from src.live.service.records import Records

if TYPE_CHECKING:
    # Loading it takes git and the rollout along, which only `GET /metrics` needs.
    from src.live.judge.judgement import Judgement


class JournalGauges(Collector):
    """Looked up when they are asked for; what costs a pass over the journal only after it was written.

    Args:
        records: the journal.
        seconds: of one candle; None while no version is loaded.
    """

    def __init__(self, records: Records, seconds: Callable[[], int | None]) -> None:
        self._records, self._seconds = records, seconds
        self._at: tuple[int, int, int] | None = None
        self._standing: list[Standing] = []
        self._missed = 0
        self._judged: list[Judgement] = []

    def collect(self) -> Iterable[Metric]:
        """All of them; none of a journal that cannot be read, which `journal_readable` tells."""
        try:
            found, readable = list(self._read()), 1
        except UserError:
            found, readable = [], 0
        yield GaugeMetricFamily("journal_readable", "1 while it can be read, or is not begun yet.", value=readable)
        yield from found

    def _read(self) -> Iterable[Metric]:
        records = self._records
        age, market = records.candle_age(), records.market()
        if age is not None:
            yield GaugeMetricFamily("serve_candle_age_seconds", "Since the newest scored candle closed.", value=age)
        seconds = market.timeframe if market else self._seconds()
        if seconds is not None:
            yield GaugeMetricFamily("serve_timeframe_seconds", "Of one candle.", value=seconds)
        yield GaugeMetricFamily("journal_halted", "1 while halted.", value=float(records.halted() is not None))
        numbers = records.reader.newest_numbers()
        if numbers != self._at:
            self._standing, self._missed = records.reader.standing(), records.reader.missed_candles()
            self._judged = self._look()
            self._at = numbers
        yield CounterMetricFamily("journal_candles_missed", "Candles that nobody scored in time.", value=self._missed)
        yield from self._of_versions(seconds or 0)
        yield self._evidence()

    def _look(self) -> list[Judgement]:
        """What the judge would say; nothing where nobody can say what each step runs."""
        from src.live.judge.acting import look

        try:
            return look(self._records.root, self._records.settings)
        except UserError:
            return []

    def _evidence(self) -> Metric:
        found = GaugeMetricFamily(
            "judge_e_value",
            "How strongly outcomes speak against a version, compared with the one that its step would go back to.",
            labels=("version", "step", "against"),
        )
        for one in self._judged:
            if one.other is not None:
                found.add_metric((one.version, one.step, one.other), one.evidence.e_value)
        return found

    def _of_versions(self, seconds: int) -> Iterable[Metric]:
        labels = ("version", "step")
        newest = GaugeMetricFamily(
            "journal_newest_prediction_seconds", "When the newest candle with a probability closed.", labels=labels
        )
        probability = GaugeMetricFamily("journal_probability", "What was said of that candle.", labels=labels)
        unanswered = GaugeMetricFamily(
            "journal_unanswered_candles", "Newest candles in a row without a probability.", labels=labels
        )
        for one in self._standing:
            names = (one.version, one.step or "")
            unanswered.add_metric(names, one.unanswered)
            if one.answered is not None and one.probability is not None:
                newest.add_metric(names, one.answered + seconds)
                probability.add_metric(names, one.probability)
        yield from (newest, probability, unanswered)


class DriftGauges(Collector):
    """What `make drift` found last, from .live/drift.json; read when it is asked for.

    Args:
        records: the journal, whose clock says how old the verdict is.
        wall: seconds since 1970 by this machine.
    """

    def __init__(self, records: Records, wall: Callable[[], float] = time.time) -> None:
        self._records, self._wall = records, wall

    def collect(self) -> Iterable[Metric]:
        """All of them; of a verdict that is missing or damaged only whether it can be read."""
        try:
            verdict = read_verdict(self._records.root)
        except UserError:
            yield GaugeMetricFamily("drift_readable", "0 while .live/drift.json is damaged.", value=0)
            return
        yield GaugeMetricFamily("drift_readable", "0 while .live/drift.json is damaged.", value=1)
        if verdict is not None:
            yield from self._of(verdict)

    def _of(self, verdict: DriftVerdict) -> Iterable[Metric]:
        version = verdict.version
        found = GaugeMetricFamily("drift_found", "1 where `make drift` found one.", labels=("version", "of"))
        found.add_metric((version, "inputs"), verdict.inputs.drifted)
        if verdict.outcomes is not None:
            found.add_metric((version, "losses"), verdict.losses_drifted)
        index = GaugeMetricFamily(
            "drift_psi", "Population stability index of the newest candles.", labels=("version", "input")
        )
        limit = GaugeMetricFamily(
            "drift_psi_limit", "Above which the input alone shows a drift.", labels=("version", "input")
        )
        for one in verdict.inputs.inputs:
            index.add_metric((version, one.name), one.psi)
            limit.add_metric((version, one.name), one.psi_limit)
        outliers = GaugeMetricFamily(
            "drift_outliers", "Share of the newest candles beyond one training row in a thousand.", labels=("version",)
        )
        outliers.add_metric((version,), verdict.outliers)
        yield from (found, index, limit, outliers)
        if (age := self._age(verdict)) is not None:
            old = GaugeMetricFamily(
                "drift_verdict_age_seconds", "Since the newest judged candle opened.", labels=("version",)
            )
            old.add_metric((version,), age)
            yield old

    def _age(self, verdict: DriftVerdict) -> float | None:
        """By the exchange's clock; None without a journal, which alone knows it."""
        try:
            now = exchange_time(self._records.reader, self._records.settings.runner.speed, self._wall())
        except UserError:
            return None
        return None if now is None else now - verdict.judged_until
