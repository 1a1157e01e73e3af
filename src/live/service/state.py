"""What the endpoints share."""

import time
from dataclasses import dataclass, field

from src.live.service.access import Access
from src.live.service.endpoints.explanations import Explanations
from src.live.service.gauges import DriftGauges, JournalGauges
from src.live.service.logs import Log
from src.live.service.metrics import Metrics
from src.live.service.records import Records
from src.live.service.served import LineUp
from src.live.settings import LiveSettings
from src.notices.notices import Notices


@dataclass
class State:
    """One service.

    Attributes:
        notices: what people are told goes there.
        line_up: the versions that answer; swapped whole.
        draining: after SIGTERM: what was asked is answered, and connections end.
        reload_error: why the versions that should run now do not.
        streams: open streams of events.
        explanations: of the newest answers, as far as somebody asked.
    """

    settings: LiveSettings
    access: Access
    log: Log
    records: Records
    notices: Notices
    line_up: LineUp = field(default_factory=lambda: LineUp(()))
    draining: bool = False
    reload_error: str | None = None
    streams: int = 0
    explanations: Explanations = field(default_factory=Explanations)
    started: float = field(default_factory=time.time)

    def __post_init__(self) -> None:
        self.metrics = Metrics(
            lambda: self.line_up, JournalGauges(self.records, self._seconds), DriftGauges(self.records)
        )

    def _seconds(self) -> int | None:
        return self.line_up.default.seconds if self.line_up.default else None

    @property
    def ready(self) -> bool:
        """Whether a proven version is loaded and the service goes on."""
        return self.line_up.default is not None and not self.draining
