"""Real Prometheus and Alertmanager with the files of deploy/, on free ports of loopback, ended by process id."""

import re
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import httpx

from tests.conftest import ROOT
from tests.examples.needed import program

T = TypeVar("T")


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def until(what: Callable[[], T], seconds: float = 60.0) -> T:
    """What ``what`` gives, once it is true; an answer that does not come is asked for again."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            if found := what():
                return found
        except httpx.TransportError:
            pass
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


class Watchers:
    """Both, and where they answer.

    Args:
        folder: for their files.
        service: host and port of `make serve`.
        token: of the service.
        faster: the waits of minutes become seconds, and it is scraped every second; else all is as in deploy/.
    """

    def __init__(self, folder: Path, service: str, token: str, *, faster: bool) -> None:
        ports = {"127.0.0.1:8000": service}
        self._prometheus, self._alertmanager = (f"127.0.0.1:{free_port()}" for _ in range(2))
        ports["127.0.0.1:9093"] = self._alertmanager
        for name in ("prometheus", "alertmanager"):
            shutil.copytree(ROOT / "deploy" / name, folder / name)
            (folder / name / "serve-token").write_text(token)
            for path in (folder / name).glob("*.yml"):
                text = path.read_text(encoding="utf-8")
                for old, new in ports.items():
                    text = text.replace(old, new)
                path.write_text(_hurried(text) if faster else text)
        self._folder = folder
        self._http = httpx.Client(trust_env=False, timeout=10.0)
        self._processes: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        folder = self._folder
        for command in (
            [
                program("prometheus"),
                f"--config.file={folder}/prometheus/prometheus.yml",
                f"--storage.tsdb.path={folder}/tsdb",
                f"--web.listen-address={self._prometheus}",
            ],
            [
                program("prometheus-alertmanager"),
                f"--config.file={folder}/alertmanager/alertmanager.yml",
                f"--storage.path={folder}/am",
                f"--web.listen-address={self._alertmanager}",
                "--cluster.listen-address=",
            ],
        ):
            with (folder / f"{Path(command[0]).name}.log").open("wb") as log:
                self._processes.append(subprocess.Popen(command, stdout=log, stderr=log))
        for address in (self._prometheus, self._alertmanager):
            until(lambda address=address: self._http.get(f"http://{address}/-/ready").status_code == 200)

    def stop(self) -> None:
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            process.wait(30)
        self._http.close()

    def query(self, expression: str) -> list[dict[str, Any]]:
        """The series that an instant query gives."""
        answer = self._http.get(f"http://{self._prometheus}/api/v1/query", params={"query": expression}).json()
        assert answer["status"] == "success", (expression, answer)
        return list(answer["data"]["result"])

    def firing(self) -> set[str]:
        """Names of the alerts that Prometheus fires."""
        alerts = self._http.get(f"http://{self._prometheus}/api/v1/alerts").json()["data"]["alerts"]
        return {one["labels"]["alertname"] for one in alerts if one["state"] == "firing"}


def _hurried(text: str) -> str:
    """As deploy/, but for the time that is waited."""
    text = re.sub(r"(scrape_interval|evaluation_interval|group_wait|group_interval): \w+", r"\1: 1s", text)
    return re.sub(r"for: (\d+)m", r"for: \1s", text)


@contextmanager
def watchers(folder: Path, service: str, token: str, *, faster: bool = True) -> Iterator[Watchers]:
    """They watch until the block ends."""
    made = Watchers(folder, service, token, faster=faster)
    try:
        made.start()
        yield made
    finally:
        made.stop()
