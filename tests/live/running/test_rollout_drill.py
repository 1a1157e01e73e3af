"""A rollout by real processes: a good version walks to live, a broken one is rolled back from each step by itself.

`make live` (with its judge) and `make serve` on one machine, another machine that promotes, a git server, a folder with
the objects, an exchange on loopback that replays real candles, a Discord that asks for pauses, and a load generator.
"""

import os
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pandas as pd
import pytest

from src.core.files import md5_of_bytes, write_bytes
from src.core.paths import ENSEMBLE_GRAPH, PRODUCTION_METADATA, SIGNAL_GRAPH
from src.live.audit.trail import audit
from src.rollout.branch import STAGES_FILE, fetch
from src.rollout.commits import ORIGIN, Change, commit, deployments_at
from src.rollout.steps import STEPS, Deployment, dump_deployments
from tests.live.exchange_server import replay
from tests.live.runner_tree import ONE, TWO, WEIGHTS, Tree, files_of
from tests.live.service.process import Service, client, service, until
from tests.notices.webhook_server import webhook
from tests.releases import git
from tests.rollout.machines import TESTER, running
from tests.small import lock_of

HOUR = 3600
# Seconds of the exchange's clock in one second: a candle in 2.
SPEED = 1800.0
START = datetime(2019, 8, 20, 0, 30, tzinfo=UTC)
BROKEN = "v1.3.0"
SHARES = {"paper": 0.0, "stage-10": 0.1, "stage-50": 0.5, "live": 1.0}
# Only a slow machine needs them.
PATIENCE = 180.0
# Steps that a broken version is rolled back from; CI takes the first and the last.
WHOLE = os.environ.get("ROLLOUT_DRILL") == "whole"


def release_broken(root: Path, exported: Any) -> None:
    """A version whose graph takes other windows than its own metadata say: proven bytes, and no answer ever."""
    files = files_of(exported, WEIGHTS[TWO])
    for path in (SIGNAL_GRAPH, ENSEMBLE_GRAPH):
        content = files[path].replace(b"\x0a\x06warmup\x12\x03400", b"\x0a\x06warmup\x12\x03401")
        assert content != files[path]
        files[path] = content
    metadata = files[PRODUCTION_METADATA].decode()
    for path, old in files_of(exported, WEIGHTS[TWO]).items():
        metadata = metadata.replace(md5_of_bytes(old), md5_of_bytes(files[path]))
    files[PRODUCTION_METADATA] = metadata.encode()
    for path, content in files.items():
        write_bytes(root / path, content)
        write_bytes(root / "objects/files/md5" / (md5 := md5_of_bytes(content))[:2] / md5[2:], content)
    write_bytes(root / "dvc.lock", lock_of(root, files).encode())
    git(root, "commit", "-qam", BROKEN)
    git(root, "tag", "-a", f"production-ensemble@{BROKEN}", "-m", "x")


def promote(root: Path, version: str, *steps: str) -> None:
    """Let ``steps`` run ``version``: the commits of `make promote`, without the gates that need a pipeline."""
    for step in steps:
        one(root, version, step)


def one(root: Path, version: str, step: str) -> None:
    def decide(tip: Any) -> Change:
        before = deployments_at(tip)
        left = before[step]
        now = Deployment(version, [*left.before, left.version] if left.version else [])
        contents = {STAGES_FILE: dump_deployments(before | {step: now}).encode()}
        subject = f"Promote {version} to {step}"
        facts = f"Step: {step} ran {left.version or 'nothing'}, runs {version}"
        return Change([subject, "", "Who: tester", facts, "Why: a drill"], subject, contents)

    assert commit(root, decide, remote=ORIGIN, identity=TESTER).unpublished is None


@contextmanager
def load(running: Service) -> Iterator[Counter[str]]:
    """Requests one after the other until the block ends, each with how it ended."""
    ended, found = threading.Event(), Counter[str]()
    features = [1.0] * 12

    def ask() -> None:
        with client(running) as http:
            while not ended.wait(0.02):
                for method, path, body in (
                    ("POST", "/predict", {"features": [features]}),
                    ("GET", "/signal", None),
                    ("GET", "/versions", None),
                ):
                    try:
                        status = http.request(method, path, json=body).status_code
                    except httpx.HTTPError as error:
                        found[f"{path} {type(error).__name__}"] += 1
                        continue
                    found["answered" if status == 200 else f"{path} {status}"] += 1

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        ended.set()
        thread.join(PATIENCE)


@pytest.mark.drill
def test_a_good_version_walks_to_live_and_a_broken_one_goes_back_by_itself(
    bot: Tree, exported: Any, snapshot: pd.DataFrame, tmp_path: Path, capsys: Any
) -> None:
    (bot.root / ".dvc/config.local").write_text(f"['remote \"gcs\"']\n    url = {bot.root / 'objects'}\n")
    release_broken(bot.root, exported)
    server, operator = tmp_path / "server.git", tmp_path / "operator"
    git(tmp_path, "clone", "-q", "--bare", str(bot.root), str(server))
    git(tmp_path, "clone", "-q", str(server), str(operator))
    promote(operator, ONE, *STEPS)
    told: list[str] = []
    pauses = [(429, {"Retry-After": "1"}), 503, (429, {"Retry-After": "2"})]
    with replay(snapshot, START, SPEED) as exchange, webhook(*pauses) as discord:  # type: ignore[arg-type]
        bot.set(
            exchange={"timeout": 30.0, "attempts": 2, "first_wait": 0.05, "settings": exchange.settings},
            guard={"outside": "tell", "overdue": 86_400},
            git={"remote": str(server)},
            runner={"speed": SPEED, "jitter": 0.0, "retry_first": 60.0, "watch": 0.1},
            rollout={"fetch_seconds": 1},
            serve={"port": 0, "reload_seconds": 0.2},
            notices={"daily": None, "gather": 0.1, "apart": 0.1, "retry_first": 0.2, "overdue": 604_800.0},
        )
        process = bot.live(DISCORD_WEBHOOK_URL=discord.url)
        try:
            until(lambda: answered(bot, ONE, "live"), PATIENCE)
            with service(bot.root) as served, load(served) as requests:
                for step in STEPS:
                    begun = time.monotonic()
                    promote(operator, TWO, step)
                    until(lambda step=step: answered(bot, TWO, step), PATIENCE)
                    row = next(row for row in bot.reader.newest() if row.version == TWO)
                    assert (row.share, row.proof) == (SHARES[step], "proven")
                    told.append(f"{TWO} answers at {step} {time.monotonic() - begun:.1f} s after its promotion")
                until(lambda: steps_served(served).get(TWO) == "live", PATIENCE)
                for upto in range(len(STEPS)) if WHOLE else (0, len(STEPS) - 1):
                    steps = STEPS[: upto + 1]
                    begun = time.monotonic()
                    promote(operator, BROKEN, *steps)
                    until(lambda: at_server(operator, server) == [TWO] * 4, PATIENCE)
                    seconds = time.monotonic() - begun
                    until(lambda: not any(row.version == BROKEN for row in bot.reader.newest()), PATIENCE)
                    told.append(f"{BROKEN} went back from {', '.join(steps)} {seconds:.1f} s after its promotion")
                until(lambda: BROKEN not in steps_served(served), PATIENCE)
                expected = notices(git(server, "log", "--format=%s", "rollout").splitlines())
                until(lambda: all(said(discord.texts, text) >= count for text, count in expected.items()), PATIENCE)
            assert process.terminate() == 0, process.lines
        finally:
            process.kill()
        assert {text: said(discord.texts, text) for text in expected} == expected
        assert not discord.answers, "it asked for no pause"
    # The broken version never answered, and whoever asked always got an answer.
    assert not [row for row in bot.reader.predictions() if row.version == BROKEN and row.probability is not None]
    assert set(requests) == {"answered"}, requests
    by_judge = git(server, "log", "--format=%an%n%b", "--grep=Roll back", "rollout").splitlines()
    assert {line for line in by_judge if line.startswith("Who: ")} == {"Who: judge <judge@localhost>"}
    reasons = {line for line in by_judge if line.startswith("Why: ")}
    assert all(reason.startswith(f"Why: errors: {BROKEN} failed (InvalidArgument") for reason in reasons), reasons
    assert audit(bot.root, bot.settings).faults == ()
    rows = bot.reader.predictions()
    with capsys.disabled():
        print()
        for line in told:
            print(line)
        print(
            f"{requests['answered']} requests, none failed; {len(rows)} rows of {len({r.opened for r in rows})} candles"
        )
        print(f"{len(discord.texts)} messages with {sum(expected.values())} notices after {len(pauses)} refusals")


def answered(bot: Tree, version: str, step: str) -> bool:
    return any(
        (row.version, row.step) == (version, step) and row.probability is not None for row in bot.reader.newest()
    )


def at_server(operator: Path, server: Path) -> list[str | None]:
    """What each step runs by the server's branch."""
    fetch(operator, str(server))
    git(operator, "fetch", "-q")
    return running(operator)


def steps_served(served: Service) -> dict[str, str]:
    """Versions by step, of the service."""
    with client(served) as http:
        found = http.get("/versions").json()["versions"]
    return {one["version"]: one["step"] for one in found}


def notices(subjects: list[str]) -> Counter[str]:
    """How often each sentence must be told: the start of each, by the commits that were made while it ran."""
    found: Counter[str] = Counter()
    for subject in subjects:
        words = subject.split()
        if subject.startswith("Roll back"):
            found[f"Rollback: {words[2]} went back from {BROKEN} to {words[4]}"] += 1
        elif words[1] != ONE and words[0] == "Promote":
            found[f"Promotion: {words[3]} runs {words[1]}"] += 1
    return found


def said(texts: list[str], sentence: str) -> int:
    return sum(text.count(sentence) for text in texts)
