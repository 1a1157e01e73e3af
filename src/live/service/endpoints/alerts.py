"""`POST /alerts`: alerts of Prometheus, from Alertmanager's webhook to the queue of notices."""

import asyncio

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from src.live.service.replies import body_of, decoded, reply
from src.live.service.state import State

FIRING = "firing"


class Alert(msgspec.Struct, frozen=True):
    """An alert, of whose fields these are read; ``fingerprint`` names its labels, ``starts_at`` when it began."""

    status: str
    labels: dict[str, str]
    fingerprint: str
    starts_at: str = msgspec.field(name="startsAt")
    annotations: dict[str, str] = {}


class AlertsRequest(msgspec.Struct, frozen=True):
    """https://prometheus.io/docs/alerting/latest/configuration/#webhook_config, version 4; the rest is not read."""

    alerts: list[Alert]


class AlertsAnswer(msgspec.Struct, frozen=True):
    """How many alerts are in the queue now, new ones and those that were told before."""

    kept: int


_DECODER = msgspec.json.Decoder(AlertsRequest)


async def alerts(request: Request, state: State) -> Response:
    """Keep them for people: each is told once when it begins and once when it is over, however often it comes."""
    asked = decoded(_DECODER, await body_of(request, state.settings.serve.body_bytes))
    await asyncio.to_thread(_tell, asked.alerts, state)
    return reply(AlertsAnswer(len(asked.alerts)))


def _tell(given: list[Alert], state: State) -> None:
    for one in given:
        name = one.labels.get("alertname", "without a name")
        summary = one.annotations.get("summary", "")
        key = f"alert {one.fingerprint} {one.starts_at} {one.status}"
        if one.status == FIRING:
            severity = one.labels.get("severity", "warning")
            what = f"{summary} {one.annotations.get('action', '')}"
            state.notices.tell("alert", key=key, name=name, severity=severity, summary=what)
        else:
            state.notices.tell("over", key=key, name=name, summary=summary)
