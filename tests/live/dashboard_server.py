"""A small server with the answers of docs/live-api.md, on real candles of the snapshot: what the page reads."""

import json
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pandas as pd

from src.live.figures import version_scores

DASHBOARD = Path(__file__).resolve().parents[2] / "src/live/dashboard"
HOUR = 3600
THRESHOLD = 0.003
COST = 0.0017
TOKEN = "a-token-of-more-than-thirty-two-letters"
TYPES = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".json": "application/json"}
# As the service sends it.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


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
    """

    table: pd.DataFrame
    hours: int
    steps: dict[str, tuple[str | None, float]] = field(default_factory=lambda: {"v1.2.0": ("live", 1.0)})
    missed: frozenset[int] = frozenset()
    abstained: frozenset[int] = frozenset()
    halted: dict[str, Any] | None = None
    present: bool = True

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
        now = (newest.closed if newest else self._all[0].opened) + 412.0
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
            "candle_age": 412.0 if newest else None,
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
        told = [("atr_14", 88.21, 52.4, 0.04), ("volume_ratio", 1.8, 1.02, 0.021), ("ema_20", 8012.3, 8100.7, -0.0125)]
        names = ("feature", "value", "usual", "probability")
        usual = newest.probability - sum(effect for *_, effect in told)
        return {
            "explanation": {
                "version": newest.version,
                "opened": datetime.fromtimestamp(newest.opened, UTC).isoformat(),
                "closed": datetime.fromtimestamp(newest.closed, UTC).isoformat(),
                "probability": newest.probability,
                "usual": usual,
                "background": 16,
                "contributions": [dict(zip(names, one, strict=True)) for one in told],
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


class DashboardServer(ThreadingHTTPServer):
    """The page and its answers on a free port of 127.0.0.1; ``token`` asks for one."""

    daemon_threads = True

    def __init__(self, recorded: Recorded, token: str | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.recorded, self.token = recorded, token
        self.listening: list[Any] = []
        self.changed = threading.Condition()
        self.closing, self.dropped = False, 0
        self.url = f"http://127.0.0.1:{self.server_address[1]}/"
        self._thread = threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True)

    def __enter__(self) -> "DashboardServer":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing = True
        with self.changed:
            self.changed.notify_all()
        self.shutdown()
        self.server_close()

    def drop(self) -> None:
        """Break every stream of events."""
        with self.changed:
            self.dropped += 1
            self.changed.notify_all()

    def send(self, event: str, content: Any) -> None:
        """An event to every page that listens."""
        with self.changed:
            self.listening.append((event, msgspec.json.encode(content)))
            self.changed.notify_all()


class _Handler(BaseHTTPRequestHandler):
    server: DashboardServer
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if path == "/":
            self._file("index.html")
        elif path.startswith("/assets/"):
            self._file(path.removeprefix("/assets/"))
        elif self.server.token and "session=1" not in self.headers.get("cookie", ""):
            self._reply(401, {"error": "no valid token.", "code": "token", "request_id": "1"})
        elif path == "/events":
            self._events()
        elif (content := self.server.recorded.answer(path)) is None:
            self._reply(404, {"error": "nothing is served here.", "code": "not_found", "request_id": "1"})
        else:
            self._reply(200, content)

    def do_POST(self) -> None:
        given = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if given["token"] != self.server.token:
            self._reply(401, {"error": "this is not the token.", "code": "token", "request_id": "1"})
            return
        self._head(204, "text/plain", {"set-cookie": "session=1; Path=/; HttpOnly; SameSite=Strict"})

    def _events(self) -> None:
        server, sent, dropped = self.server, len(self.server.listening), self.server.dropped
        self._head(200, "text/event-stream", {"connection": "close"})
        self.wfile.write(b"retry: 200\n\n")
        self._event("status", msgspec.json.encode(server.recorded.answer("/status")))
        while not server.closing and server.dropped == dropped:
            with server.changed:
                while not server.closing and server.dropped == dropped and len(server.listening) == sent:
                    server.changed.wait()
                new, sent = server.listening[sent:], len(server.listening)
            for event, content in new:
                self._event(event, content)

    def _event(self, event: str, content: bytes) -> None:
        self.wfile.write(f"event: {event}\ndata: ".encode() + content + b"\n\n")
        self.wfile.flush()

    def _file(self, name: str) -> None:
        path = DASHBOARD / name
        if not path.is_file():
            self._reply(404, {"error": "no such file.", "code": "not_found", "request_id": "1"})
            return
        content = path.read_bytes()
        self._head(200, TYPES.get(path.suffix, "image/svg+xml"), {"content-length": str(len(content))})
        self.wfile.write(content)

    def _reply(self, status: int, content: Any) -> None:
        body = msgspec.json.encode(content)
        self._head(status, "application/json", {"content-length": str(len(body))})
        self.wfile.write(body)

    def _head(self, status: int, kind: str, more: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in ({"content-type": kind, "content-security-policy": POLICY} | (more or {})).items():
            self.send_header(name, value)
        self.end_headers()
