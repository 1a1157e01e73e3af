"""Alertmanager's webhook: each alert is told once when it begins and once when it is over."""

from typing import Any

from src.notices.queue import Queue, notices_file
from tests.live.runner_tree import ONE, Tree

BEGAN = "2026-01-05T10:00:00.000Z"


def payload(status: str, began: str = BEGAN, **labels: str) -> dict[str, Any]:
    """As Alertmanager 0.25 sends it."""
    alert = {
        "status": status,
        "labels": {"alertname": "CandlesStale", "severity": "critical", **labels},
        "annotations": {"summary": "The newest scored candle closed 1h ago.", "action": "Look at the log."},
        "startsAt": began,
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "http://a/graph",
        "fingerprint": "c2a8154dba4a3500",
    }
    return {
        "version": "4",
        "groupKey": "{}",
        "truncatedAlerts": 0,
        "status": status,
        "receiver": "x",
        "alerts": [alert],
    }


def told(bot: Tree) -> list[str]:
    queue = Queue(notices_file(bot.journal))
    try:
        return [notice.text for notice in queue.waiting("discord", 0.0)]
    finally:
        queue.close()


def test_an_alert_is_told_once_and_its_end_once(make, bot: Tree) -> None:
    bot.promote(live=ONE)
    client = make(bot)
    for _ in range(2):
        assert client.post("/alerts", json=payload("firing")).json() == {"kept": 1}
    assert told(bot) == ["Alert CandlesStale (critical): The newest scored candle closed 1h ago. Look at the log."]
    for _ in range(2):
        client.post("/alerts", json=payload("resolved"))
    assert told(bot)[1:] == ["Over: CandlesStale: The newest scored candle closed 1h ago."]
    # It came back.
    client.post("/alerts", json=payload("firing", "2026-01-05T11:00:00.000Z"))
    assert len(told(bot)) == 3


def test_what_is_no_alert_is_refused_and_nothing_is_told(make, bot: Tree) -> None:
    bot.promote(live=ONE)
    client = make(bot)
    for body, sentence in (
        ({"alerts": [{"status": "firing"}]}, "Object missing required field `labels` at `alerts[0]`"),
        ({}, "Object missing required field `alerts`"),
    ):
        answer = client.post("/alerts", json=body)
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
        assert sentence in answer.json()["error"]
    assert told(bot) == []


def test_a_reason_cannot_look_like_a_message_of_its_own(make, bot: Tree) -> None:
    bot.promote(live=ONE)
    body = payload("firing")
    body["alerts"][0]["annotations"]["summary"] = "one\nRollback: live went back"
    make(bot).post("/alerts", json=body)
    assert "\n" not in told(bot)[0]
