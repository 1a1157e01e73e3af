"""Which market of which exchange is asked, and how patiently: what params.yaml and deploy/live.yaml both say."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol


class Market(Protocol):
    """The settings of one market; params.yaml explains each."""

    @property
    def id(self) -> str:
        """Of the exchange, as ccxt names it."""

    @property
    def symbol(self) -> str:
        """Of the market, as BTC/JPY."""

    @property
    def timeout(self) -> float:
        """Seconds to wait for an answer."""

    @property
    def attempts(self) -> int:
        """How often to ask."""

    @property
    def first_wait(self) -> float:
        """Seconds before the second time."""

    @property
    def settings(self) -> Mapping[str, Any]:
        """Handed to ccxt."""


@dataclass(frozen=True)
class Words:
    """What an error says to whom: where the settings stand, and what to do when the exchange gives nothing."""

    key: str
    remedy: str


PIPELINE = Words(
    "ingest.exchange", "nothing was changed, what was fetched is kept: try again later or take another period"
)
