"""bitbank's API on loopback, which replays candles of the past by a clock of its own."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pandas as pd

from tests.candles.exchange.bitbank_server import BitbankServer, bitbank


class ReplayServer(BitbankServer):
    """As ``BitbankServer``, but its time goes on by itself: ``speed`` seconds in one.

    The open candle is served half-formed, and `Date` tells the time of the replay. Setting ``now`` moves the time.
    """

    speed = 1.0
    _told: datetime
    _at: float

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a client that was killed is part of the tests."""

    @property
    def now(self) -> datetime:
        """The time of the replay."""
        return self._told + timedelta(seconds=(time.monotonic() - self._at) * self.speed)

    @now.setter
    def now(self, moment: datetime) -> None:
        self._told, self._at = moment, time.monotonic()


@contextmanager
def replay(candles: pd.DataFrame, now: datetime, speed: float) -> Iterator[ReplayServer]:
    """The server, from the time ``now`` on."""
    with bitbank(candles, now, kind=ReplayServer) as server:
        assert isinstance(server, ReplayServer)
        server.now, server.speed = now, speed
        yield server
