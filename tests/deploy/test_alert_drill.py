"""A runner dies: Prometheus fires, Alertmanager passes it on, our service's own sender tells Discord. All are real."""

import os
import time

import httpx
import pandas as pd
import pytest

from tests.deploy.test_watching import queries
from tests.deploy.watchers import until, watchers
from tests.graph.conftest import METADATA
from tests.live.exchange_server import replay
from tests.live.runner_tree import ONE, THREE, TWO, Tree
from tests.live.running.test_runner_kills import START, replayed
from tests.live.service.process import TOKEN, client, service
from tests.live.verdicts import write_verdict
from tests.notices.webhook_server import webhook
from tests.rollout.machines import let_run

# With 1 every wait is as in deploy/, which takes three minutes; else minutes become seconds.
AS_DEPLOYED = os.environ.get("ALERTS_AS_DEPLOYED") == "1"
# A candle in 4 seconds, so that a service that is scraped every second never looks late.
SPEED = 900.0
PATIENCE = 240.0


def traffic(http: httpx.Client) -> None:
    """Answers, a refusal, an abstention and a feature outside its range: what the dashboard shows."""
    names = http.get("/versions").json()["versions"][0]["feature_names"]
    assert http.post("/predict", json={"features": [[1e9] * len(names)]}).status_code == 200
    assert http.post("/predict", json={"features": [[1.0]]}).status_code == 400
    hours = [[1_700_000_000_000 + number * 3_600_000, 1.0, 1.0, 1.0, 1.0, 1.0] for number in range(5)]
    assert http.post("/signal", json={"candles": hours}).status_code == 200


@pytest.mark.drill
def test_from_a_dead_runner_to_a_message(bot: Tree, snapshot: pd.DataFrame, tmp_path, capsys) -> None:
    bot.promote(live=TWO, before={"live": [ONE]})
    let_run(bot.root, {"live": TWO}, {"live": [ONE]})
    # Discord asks to wait first.
    with replay(snapshot, START, SPEED) as server, webhook((429, {"Retry-After": "1"})) as discord:
        replayed(bot, server)
        bot.set(
            runner={"speed": SPEED},
            notices={"discord_url_file": "discord", "gather": 0.2, "overdue": 604_800, "daily": None},
            serve={"port": 0, "token_file": "token", "reload_seconds": 0.1},
        )
        for name, secret in (("discord", discord.url), ("token", TOKEN)):
            (bot.root / name).write_text(secret)
            (bot.root / name).chmod(0o600)
        runner = bot.live()
        with (
            service(bot.root) as running,
            client(running) as http,
            watchers(tmp_path, running.url.removeprefix("http://"), TOKEN, faster=not AS_DEPLOYED) as watching,
        ):
            http.headers["Authorization"] = f"Bearer {TOKEN}"
            write_verdict(bot.root, TWO, METADATA.trained_until, START.isoformat())
            until(lambda: watching.query("journal_probability"))
            traffic(http)
            until(lambda: watching.query("serve_candle_age_seconds < serve_timeframe_seconds + 300"))
            assert "CandlesStale" not in watching.firing()
            drifted = f"drift: {TWO}: drift since training in the inputs returns; only told"
            until(lambda: any(drifted in line for line in runner.lines), PATIENCE)
            runner.kill()
            killed = time.monotonic()
            until(lambda: watching.query("serve_candle_age_seconds > serve_timeframe_seconds + 300"), PATIENCE)
            late = time.monotonic()
            until(lambda: "CandlesStale" in watching.firing(), PATIENCE)
            fired = time.monotonic()
            until(lambda: any("Alert CandlesStale (critical): " in text for text in discord.texts), PATIENCE)
            told = time.monotonic()
            # A swap of versions, and alerts of what the traffic did.
            bot.promote(live=TWO, paper=THREE, before={"live": [ONE]})
            until(lambda: watching.query('increase(serve_version_swaps_total{job="ensemble"}[1m]) > 0'), PATIENCE)
            traffic(http)
            empty = [query for query in queries() if not until_or_none(watching, query)]
            assert not empty, empty
            # It runs again: that is told as well, and each of both once.
            runner = bot.live()
            until(lambda: any("Over: CandlesStale: " in text for text in discord.texts), PATIENCE)
            assert runner.terminate() == 0, runner.lines
        text = "\n".join(discord.texts)
        assert text.count("Alert CandlesStale") == 1 and text.count("Over: CandlesStale") == 1
        assert discord.requests[0][2] == discord.requests[1][2], "the message that had to wait is the one that came"
    waits = "as in deploy/" if AS_DEPLOYED else "minutes are seconds"
    with capsys.disabled():
        print(
            f"\nalert drill ({waits}): from the kill to late candles {late - killed:.1f} s, to the firing rule "
            f"{fired - late:.1f} s more, to the message {told - fired:.1f} s more"
        )


def until_or_none(watching, query: str) -> list:
    """The series of a query; a scrape later where there are none yet."""
    deadline = time.monotonic() + (60.0 if AS_DEPLOYED else 10.0)
    while not (found := watching.query(query)) and time.monotonic() < deadline:
        time.sleep(0.5)
    return found
