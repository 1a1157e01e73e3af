"""What Prometheus reads: docs/live-api.md lists it."""

from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from src.live.service.served import LineUp

_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
_TENTHS = tuple(round(tenth / 10, 1) for tenth in range(1, 11))
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """Counts of one process.

    Args:
        line_up: gives the versions that answer now.
        more: what else is read when somebody asks.
    """

    def __init__(self, line_up: Callable[[], LineUp], *more: Collector) -> None:
        self._registry = CollectorRegistry()
        made = self._registry
        self._requests = Counter("serve_requests", "Answered requests.", ("route", "status"), registry=made)
        self._seconds = Histogram(
            "serve_request_seconds",
            "From the head of a request to its answer.",
            ("route",),
            buckets=_SECONDS,
            registry=made,
        )
        self._probability = Histogram(
            "serve_probability", "Probabilities that were answered.", ("version",), buckets=_TENTHS, registry=made
        )
        self._outside = Counter(
            "serve_features_outside", "Features outside their training range.", ("version", "feature"), registry=made
        )
        self._abstained = Counter(
            "serve_abstentions", "Candle answers without a probability.", ("reason",), registry=made
        )
        self.streams = Gauge("serve_event_streams", "Open streams of events.", registry=made)
        self.swaps = Counter("serve_version_swaps", "Times that other versions were swapped in.", registry=made)
        self.swap_errors = Counter("serve_version_swap_errors", "Times that they could not be.", registry=made)
        for one in (_Versions(line_up), *more):
            self._registry.register(one)
        self._bound: dict[tuple[str, int], Callable[[], None]] = {}
        self._timed: dict[str, Callable[[float], None]] = {}
        self._probable: dict[str, Callable[[float], None]] = {}

    def request(self, route: str, status: int, seconds: float) -> None:
        """Count an answered request; routes and statuses are few, so what they lead to is kept."""
        count = self._bound.get((route, status))
        if count is None:
            count = self._bound[route, status] = self._requests.labels(route, str(status)).inc
        count()
        timed = self._timed.get(route)
        if timed is None:
            timed = self._timed[route] = self._seconds.labels(route).observe
        timed(seconds)

    def answered(self, version: str, probabilities: Iterable[float]) -> None:
        """Count answered probabilities."""
        observe = self._probable.get(version)
        if observe is None:
            observe = self._probable[version] = self._probability.labels(version).observe
        for probability in probabilities:
            observe(probability)

    def outside(self, version: str, names: tuple[str, ...], mask: NDArray[np.bool_]) -> None:
        """Count features outside their range, of a (n, k) mask."""
        for name, count in zip(names, mask.sum(axis=0).tolist(), strict=True):
            if count:
                self._outside.labels(version, name).inc(count)

    def abstained(self, reason: str) -> None:
        """Count a candle answer without a probability."""
        self._abstained.labels(reason).inc()

    def page(self) -> bytes:
        """The text that Prometheus reads."""
        return generate_latest(self._registry)


class _Versions(Collector):
    """The versions that answer when it is asked."""

    def __init__(self, line_up: Callable[[], LineUp]) -> None:
        self._line_up = line_up

    def collect(self) -> Iterable[Metric]:
        """What they are, and their shares."""
        labels = ("version", "step", "proof", "trading_ready", "trained_until")
        info = GaugeMetricFamily("serve_version_info", "1 for each version that answers.", labels=labels)
        share = GaugeMetricFamily("serve_version_share", "Its share of the stake.", labels=("version", "step"))
        for one in self._line_up().shown.versions:
            step = one.step or ""
            info.add_metric((one.version, step, one.proof, str(one.trading_ready).lower(), one.trained_until), 1.0)
            share.add_metric((one.version, step), one.share)
        yield info
        yield share
