"""A real MLflow server on SQLite and loopback, and what it holds, asked without MLflow's own client."""

import os
import signal
import socket
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx

from tests.conftest import ROOT, environment

PYTHON = ROOT / ".venv-mlflow/bin/python"
MODEL = "production-ensemble"
SECONDS_TO_START = 120
SECONDS_TO_END = 30


class Server:
    """A running server; ``folder`` holds its database and its files."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self.folder = folder

    def ask(self, path: str, **body: Any) -> Any:
        """The answer to a request of MLflow's REST API; a body is posted."""
        address = f"{self.url}/api/2.0/mlflow/{path}"
        answer = httpx.post(address, json=body, timeout=60) if body else httpx.get(address, timeout=60)
        answer.raise_for_status()
        return answer.json()

    def runs(self) -> dict[str, Any]:
        """The one run of each version."""
        number = self.ask(f"experiments/get-by-name?experiment_name={MODEL}")["experiment"]["experiment_id"]
        found = self.ask("runs/search", experiment_ids=[number])["runs"]
        by_version = {entries(run["data"]["tags"])["version"]: run for run in found}
        assert len(by_version) == len(found), "a version has two runs"
        return by_version

    def versions(self) -> dict[str, Any]:
        """The one model version of each version."""
        found = self.ask("model-versions/search?max_results=100")["model_versions"]
        by_version = {entries(model["tags"])["version"]: model for model in found}
        assert len(by_version) == len(found), "a version has two model versions"
        return by_version

    def aliases(self) -> dict[str, str]:
        """Which version each alias names."""
        model = self.ask(f"registered-models/get?name={MODEL}")["registered_model"]
        numbers = {entry["version"]: version for version, entry in self.versions().items()}
        return {entry["alias"]: numbers[entry["version"]] for entry in model.get("aliases", [])}

    def content(self) -> list[str]:
        """Every row of the database."""
        with sqlite3.connect(self.folder / "mlflow.db") as database:
            return list(database.iterdump())

    def files(self, run: Any) -> Path:
        """The folder of a run's files."""
        return self.folder / "files" / run["info"]["artifact_uri"].partition("mlflow-artifacts:/")[2]


def entries(listed: list[dict[str, Any]]) -> dict[str, Any]:
    """MLflow's `[{key, value}]` as a dict; of metrics the newest value."""
    return {entry["key"]: entry["value"] for entry in listed}


@contextmanager
def serving(folder: Path) -> Iterator[Server]:
    """A server in a process group of its own, which is ended whole: it starts helpers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    command = [str(PYTHON.parent / "mlflow"), "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    command += ["--backend-store-uri", f"sqlite:///{folder}/mlflow.db", "--artifacts-destination", f"{folder}/files"]
    settings = {"MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=folder, env=environment(**settings), stdout=log, stderr=log, start_new_session=True
        )
    try:
        end = time.monotonic() + SECONDS_TO_START
        while not _answers(url):
            assert process.poll() is None and time.monotonic() < end, (folder / "log").read_text()
            time.sleep(0.2)
        yield Server(url, folder)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        end = time.monotonic() + SECONDS_TO_END
        while left := list_group(process.pid):
            assert time.monotonic() < end, left
            time.sleep(0.05)


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health", timeout=5).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


def list_group(group: int) -> list[int]:
    """The processes of a group that still run."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, _, number = stat.read_text().rpartition(")")[2].split()[:3]
            if int(number) == group and state not in "ZX":
                found.append(int(stat.parent.name))
    return found
