"""What is in the image, started as its entry point is, on an empty disk; and the next revision beside it."""

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pandas as pd
import pytest

from tests.conftest import environment
from tests.deploy.test_container import image  # noqa: F401, the fixture
from tests.deploy.watchers import free_port, until
from tests.live.exchange_server import replay
from tests.live.replica.bucket_server import BUCKET, BucketServer, bucket_server
from tests.live.runner_tree import ONE, TWO, Tree
from tests.live.running.test_runner_kills import SPEED, START, replayed
from tests.live.service.process import TOKEN


class Container:
    """The folder of an image, with the environment that deploy/cloud_run.yaml gives it."""

    def __init__(self, app: Path, bot: Tree, revision: str) -> None:
        self.port = free_port()
        variables = {
            "PORT": str(self.port),
            "SERVE_TOKEN": TOKEN,
            "GIT_REMOTE": str(bot.root),
            "OBJECTS_URL": str(bot.root / "objects"),
            "JOURNAL_REPLICA": f"gs://{BUCKET}/live",
            "K_REVISION": revision,
            "BUILD_COMMIT": "c0ffee",
            "HOME": str(app / ".live"),
        }
        self.log = app / ".live/log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "scripts/live/live.py", "up"],
                cwd=app,
                env=environment(**variables),
                stdout=log,
                stderr=log,
            )

    def ask(self, path: str) -> httpx.Response:
        assert self.process.poll() is None, self.log.read_text()
        headers = {"Authorization": f"Bearer {TOKEN}"}
        return httpx.get(f"http://127.0.0.1:{self.port}{path}", headers=headers, timeout=10.0, trust_env=False)

    def predictions(self) -> int:
        return int(self.ask("/status").json()["journal"]["predictions"])

    def end(self) -> int:
        """As Cloud Run ends it."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)


@contextmanager
def container(image: Path, bot: Tree, bucket: BucketServer, revision: str) -> Iterator[Container]:  # noqa: F811
    app = bot.root.parent / revision
    shutil.copytree(image, app)
    bucket.settle(app)
    # The exchange is here, and the objects of versions lie in a folder.
    told = {name: section for name, section in bot.told.items() if name != "git"}
    (app / "deploy/live.yaml").write_text(json.dumps(told))
    made = Container(app, bot, revision)
    try:
        yield made
    finally:
        made.end()


@pytest.mark.drill
def test_a_revision_on_an_empty_disk_and_the_one_after_it(
    image: Path,  # noqa: F811
    bot: Tree,
    snapshot: pd.DataFrame,
) -> None:
    bot.promote(live=ONE, paper=TWO)
    with replay(snapshot, START, SPEED) as server, bucket_server() as bucket:
        replayed(bot, server)
        bot.set(replica={"lease_seconds": 3.0, "every": 0.2}, serve={"drain_seconds": 0.5})
        with container(image, bot, bucket, "first") as first:
            until(lambda: first.ask("/health").status_code == 200)
            assert first.ask("/status").json()["build"] == {"commit": "c0ffee", "revision": "first"}
            shown = first.ask("/versions").json()["versions"]
            assert {(one["version"], one["proof"]) for one in shown} == {(ONE, "proven"), (TWO, "proven")}
            until(lambda: first.predictions() >= 4)
            with container(image, bot, bucket, "second") as second:
                # Beside the first it is ready and shows what that one answered, but answers no candle itself.
                until(lambda: second.ask("/health").status_code == 200)
                until(lambda: second.predictions() >= 4)
                assert "waits: first-" in second.log.read_text()
                assert first.end() == 0, first.log.read_text()
                until(lambda: "holds the lease of the journal" in second.log.read_text())
                before = second.predictions()
                until(lambda: second.predictions() > before)
                rows = second.ask("/journal").json()["rows"]
                assert len({(row["opened"], row["version"]) for row in rows}) == len(rows)
                assert second.end() == 0, second.log.read_text()
        assert set(bucket.objects) == {"live/lease.json", "live/journal.sqlite.gz"}
        assert json.loads(bucket.objects["live/lease.json"][0])["holder"] is None
