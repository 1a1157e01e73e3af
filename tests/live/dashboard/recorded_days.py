"""Real candles of the snapshot, and what the service would answer about them (docs/live-api.md)."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import msgspec
import pandas as pd

from src.live.figures import version_scores

HOUR = 3600
THRESHOLD = 0.003
COST = 0.0017


class Row(msgspec.Struct, kw_only=True):
    """One row of `GET /journal`."""

    id: int
    opened: int
    closed: int
    version: str
    step: str | None
    share: float
    probability: float | None
    probability_move: float | None = None
    probability_direction: float | None = None
    volatility: float | None = None
    position: float | None = None
    decision: str
    reason: str | None = None
    sentence: str | None = None
    outside: tuple[str, ...] = ()
    older_holes: int = 0
    age: float | None = 4.2
    written: float
    outcome: int | None = None
    change: float | None = msgspec.field(default=None, name="return")


class Candle(msgspec.Struct, array_like=True, frozen=True):
    """A candle of `GET /candles`."""

    opened: int
    open: float
    high: float
    low: float
    close: float
    volume: float


@dataclass
class Recorded:
    """What the service would answer with: `hours` candles of the snapshot, the versions, and a row for each of both.

    The probabilities are no model's: the range of the newest twelve candles, scaled; another factor for each version.
    The versions ``sized`` have that range as volatility, and a position.
    """

    table: pd.DataFrame
    hours: int
    steps: dict[str, tuple[str | None, float]] = field(default_factory=lambda: {"v1.2.0": ("live", 1.0)})
    missed: frozenset[int] = frozenset()
    abstained: frozenset[int] = frozenset()
    sized: frozenset[str] = frozenset()
    halted: dict[str, Any] | None = None
    present: bool = True
    # Seconds since the newest candle closed.
    age: float = 412.0
    # Feature, value, its mean and the effect.
    effects: list[tuple[str, float, float, float]] = field(
        default_factory=lambda: [
            ("atr_14", 88.21, 52.4, 0.04),
            ("volume_ratio", 1.8, 1.02, 0.021),
            ("ema_20", 8012.3, 8100.7, -0.0125),
        ]
    )

    def __post_init__(self) -> None:
        table = self.table.tail(self.hours + 12)
        opened = (table["timestamp"].astype("int64") // 10**6).to_list()
        values = table[["open", "high", "low", "close", "volume"]].to_numpy()
        everything = [Candle(opened[i], *(float(v) for v in values[i])) for i in range(len(table))]
        spans = (table["high"] / table["low"] - 1).rolling(12).mean().to_list()
        self._spans, self._all = spans[12:], everything[12:]
        self.candles: list[Candle] = []
        self.rows: list[Row] = []

    def close_candle(self) -> list[Row]:
        """One more candle closes; its rows."""
        place = len(self.candles)
        candle = self._all[place]
        for row in self.rows:
            if row.outcome is None and row.closed == candle.opened and self.candles[-1].opened == row.opened:
                row.change = candle.close / self.candles[-1].close - 1
                row.outcome = int(row.change > THRESHOLD)
        self.candles.append(candle)
        made = [self._row(place, candle, number, version) for number, version in enumerate(self.steps)]
        self.rows += made
        return made

    def _row(self, place: int, candle: Candle, number: int, version: str) -> Row:
        step, share = self.steps[version]
        probability: float | None = min(0.05 + self._spans[place] * (28 - 7 * number), 0.93)
        decision, reason, sentence = "rise" if probability >= 0.5 else "none", None, None
        if place in self.missed:
            probability, decision, reason = None, "missed", "missed"
        elif place in self.abstained:
            probability, decision, reason = None, "abstain", "hole"
            sentence = "1 of the newest 4 candles is missing (from 13:00); wait until the exchange lists it."
        return Row(
            id=len(self.rows) + number + 1,
            opened=candle.opened,
            closed=candle.opened + HOUR,
            version=version,
            step=step,
            share=0.0 if self.halted else share,
            probability=probability,
            volatility=self._spans[place] if version in self.sized and probability is not None else None,
            position=0.371 if version in self.sized and probability is not None else None,
            decision=decision,
            reason=reason,
            sentence=sentence,
            written=candle.opened + HOUR + 4.2,
        )

    def answer(self, path: str) -> Any:
        """What `GET path` answers with; None where nothing is served."""
        return {
            "/status": self._status,
            "/versions": self._versions,
            "/journal": lambda: {"rows": self.rows},
            "/candles": lambda: {"timeframe": HOUR, "candles": self.candles[-500:]},
            "/scores": self._scores,
            "/explain": self._explain,
        }.get(path, lambda: None)()

    def _status(self) -> dict[str, Any]:
        newest = self.rows[-1] if self.rows else None
        now = (newest.closed if newest else self._all[0].opened) + self.age
        sentence = None if self.present else "there is no journal yet: nothing was scored here; start `make live`."
        guard = newest and {
            "opened": newest.opened,
            "reason": None if newest.reason == "missed" else newest.reason,
            "sentence": newest.sentence,
            "outside": newest.outside,
            "older_holes": 2,
        }
        newest_opened = newest.opened if newest else None
        return {
            "now": now,
            "started": now - 3 * 86400,
            "state": "serving",
            "exchange": "coinbase",
            "symbol": "BTC/USD",
            "timeframe": HOUR,
            "journal": {"present": self.present, "predictions": len(self.rows), "newest": newest_opened}
            | {"sentence": sentence},
            "candle_age": self.age if newest else None,
            "halted": self.halted,
            "guard": guard,
        }

    def _versions(self) -> dict[str, Any]:
        facts = {
            "proof": "proven",
            "trading_ready": False,
            "trading_reason": "net return -59.0 % after costs, not > 0.0 %",
            "trained_until": "2019-10-17T10:00:00+00:00",
            "timeframe": "1h",
            "warmup": 400,
            "target_horizon": 1,
            "target_threshold": THRESHOLD,
            "decision_threshold": 0.5,
            "feature_names": ["close", "volume"],
            "pickle_md5": "0" * 32,
        }
        return {"versions": [{"version": v, "step": s, "share": p} | facts for v, (s, p) in self.steps.items()]}

    def _explain(self) -> dict[str, Any]:
        newest = next((row for row in reversed(self.rows) if row.probability is not None), None)
        if newest is None:
            return {"explanation": None, "sentence": "0 candles are known and 568 are needed to explain an answer."}
        names = ("feature", "value", "usual", "probability")
        usual = newest.probability - sum(effect for *_, effect in self.effects)
        return {
            "explanation": {
                "version": newest.version,
                "opened": datetime.fromtimestamp(newest.opened, UTC).isoformat(),
                "closed": datetime.fromtimestamp(newest.closed, UTC).isoformat(),
                "probability": newest.probability,
                "usual": usual,
                "background": 16,
                "contributions": [dict(zip(names, one, strict=True)) for one in self.effects],
            },
            "sentence": None,
        }

    def _scores(self) -> dict[str, Any]:
        told = []
        for version, (step, _) in self.steps.items():
            rows = [row for row in self.rows if row.version == version]
            if rows:
                scores = version_scores(rows, self.candles, COST)
                told.append({"version": version, "step": step} | msgspec.to_builtins(scores))
        return {"cost": COST, "versions": told}
