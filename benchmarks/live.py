"""Answers over HTTP: ours beside FastAPI, MLServer, BentoML and a bare server, all with the same graph, in one run.

Usage: python benchmarks/live.py [--rounds N] [--seconds S]    (needs `dvc repro` and `make bench-live-setup`)
"""

import argparse
import contextlib
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.load import Load, measure  # noqa: E402
from src.artifacts.load import proven_bytes  # noqa: E402
from src.core.errors import UserError  # noqa: E402
from src.core.paths import ENSEMBLE_GRAPH, FEATURES  # noqa: E402
from src.features.table import FeatureTable  # noqa: E402

SERVERS, ENVIRONMENTS = ROOT / "benchmarks/servers", ROOT / ".venv-bench-live"
CONNECTIONS = (1, 16)
STARTING = 120.0
BARE, OURS = "bare uvloop server", "ours, /predict"
INFER = "/v2/models/production-ensemble/infer"


@dataclass(frozen=True)
class Server:
    """One that is asked: its command, and the address and body of a request."""

    command: list[str]
    path: str = "/predict"
    variables: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Started:
    """A running server: its port, and its first process."""

    port: int
    pid: int

    def processes(self) -> dict[int, list[str]]:
        """It and all that it started: the fields of /proc/<pid>/stat after the name (Linux)."""
        fields: dict[int, list[str]] = {}
        for path in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):
                # The name may hold anything.
                fields[int(path.parent.name)] = path.read_text().rpartition(")")[2].split()
        found = {self.pid}
        while more := {pid for pid, of in fields.items() if int(of[1]) in found} - found:
            found |= more
        return {pid: fields[pid] for pid in found if pid in fields}

    def cpu(self) -> float:
        """Seconds of CPU that they used so far."""
        ticks = sum(int(of[11]) + int(of[12]) for of in self.processes().values())
        return ticks / os.sysconf("SC_CLK_TCK")

    def end(self) -> None:
        """Kill all of them: BentoML has a worker in a session of its own."""
        for pid in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


@dataclass(frozen=True)
class Stretch:
    """One stretch of load, and the seconds of CPU that the server used in it."""

    load: Load
    cpu: float


def servers(graph: str) -> dict[str, Server]:
    """By name; `{port}` stands for the port."""

    def script(name: str, environment: str | None = None) -> list[str]:
        python = str(ENVIRONMENTS / environment / "bin/python") if environment else sys.executable
        return [python, str(SERVERS / f"{name}.py"), graph, "{port}"]

    bento = str(ENVIRONMENTS / "bentoml/bin/bentoml")
    serve = ["serve", "with_bentoml:Ensemble", "--working-dir", str(SERVERS), "--host", "127.0.0.1", "--port", "{port}"]
    quiet = (
        ("GRAPH", graph),
        ("BENTOML_DO_NOT_TRACK", "true"),
        ("BENTOML_CONFIG_OPTIONS", "api_server.logging.access.enabled=false"),
    )
    return {
        BARE: Server(script("bare")),
        OURS: Server(script("ours")),
        "ours, /v2 infer": Server(script("ours"), INFER),
        "FastAPI": Server(script("with_fastapi", "fastapi")),
        "MLServer, /v2 infer": Server(script("with_mlserver", "mlserver"), INFER),
        "BentoML": Server([bento, *serve], "/predict", quiet),
    }


def request_of(server: Server, row: list[float]) -> bytes:
    """The bytes of one request for one row."""
    tensor = {"name": "features", "shape": [1, len(row)], "datatype": "FP64", "data": row}
    body = json.dumps({"inputs": [tensor]} if server.path == INFER else {"features": [row]}).encode()
    head = "POST {} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n"
    return head.format(server.path, len(body)).encode() + body


def main() -> None:
    """Start all, ask them in turn, print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--seconds", type=float, default=1.0, help="of load, for each server and round")
    given = parser.parse_args()
    if not (ENVIRONMENTS / "mlserver/.ready").is_file():
        raise UserError("the servers to compare with are not installed; run make bench-live-setup.")
    proven_bytes(ROOT, ENSEMBLE_GRAPH)
    # So that the servers end too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    row = FeatureTable.read(ROOT / FEATURES).features[-1].tolist()
    cores = sorted(os.sched_getaffinity(0))
    # Servers share a core, the client has another; only one server is asked at a time.
    os.sched_setaffinity(0, cores[:1])
    with contextlib.ExitStack() as stack:
        started = {
            name: stack.enter_context(running(name, server))
            for name, server in servers(str(ROOT / ENSEMBLE_GRAPH)).items()
        }
        os.sched_setaffinity(0, cores[-1:])
        requests = {name: request_of(server, row) for name, server in servers("").items()}
        same_answers(started, requests)
        found = measured(started, requests, given.rounds, given.seconds)
    print_table(found)


@contextlib.contextmanager
def running(name: str, server: Server) -> Iterator[Started]:
    """The process, until the block ends."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [part.format(port=port) for part in server.command]
    process = subprocess.Popen(
        command,
        env=os.environ | dict(server.variables),
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until = time.monotonic() + STARTING
        while not _listens(port):
            if process.poll() is not None or time.monotonic() > until:
                raise UserError(f"{name} does not start; run it to see why: {' '.join(command)}")
            time.sleep(0.1)
        yield Started(port, process.pid)
    finally:
        Started(port, process.pid).end()
        process.wait()


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def same_answers(started: dict[str, Started], requests: dict[str, bytes]) -> None:
    """Each answers with the same probability, or nothing is measured."""
    told = {name: _probability(started[name].port, request) for name, request in requests.items()}
    if len(set(told.values())) != 1:
        raise UserError(f"the servers do not answer the same: {told}; this is a mistake of the benchmark.")


def _probability(port: int, request: bytes) -> float:
    head, _, body = request.partition(b"\r\n\r\n")
    url = f"http://127.0.0.1:{port}{head.split(b' ')[1].decode()}"
    asked = urllib.request.Request(url, body, {"content-type": "application/json"})
    until = time.monotonic() + STARTING
    while True:
        try:
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(asked, timeout=60) as answer:
                said = json.load(answer)
            return float(said["probability"][0] if "probability" in said else said["outputs"][0]["data"][0])
        except (urllib.error.URLError, ConnectionError) as error:
            # BentoML and MLServer listen before they have their model.
            if time.monotonic() > until:
                raise UserError(f"{url} does not answer ({error}).") from None
            time.sleep(0.5)


Found = dict[tuple[str, int], list[Stretch]]


def measured(started: dict[str, Started], requests: dict[str, bytes], rounds: int, seconds: float) -> Found:
    """Load by server and number of connections, one stretch a round; the first round warms up."""
    found: Found = defaultdict(list)
    for number in range(rounds + 1):
        for name, request in requests.items():
            for connections in CONNECTIONS:
                before = started[name].cpu()
                load = measure(started[name].port, request, connections, seconds if number else seconds / 4)
                if number:
                    found[name, connections].append(Stretch(load, started[name].cpu() - before))
        print(f"\rround {number} of {rounds}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return found


def print_table(found: Found) -> None:
    """p50 and p99 of all requests, requests a second, CPU of a request; p50 beside the bare server's, by round."""
    for connections in CONNECTIONS:
        print(f"\n{connections} connection{'s' * (connections > 1)}")
        print(
            f"{'':22}{'p50':>10}{'p99':>10}{'a second':>10}{'CPU':>10}{'× bare':>9}{'least':>8}{'most':>7}{'client':>8}"
        )
        bare = [np.median(stretch.load.seconds) for stretch in found[BARE, connections]]
        for name in dict.fromkeys(name for name, _ in found):
            loads = [stretch.load for stretch in found[name, connections]]
            requests = sum(len(load.seconds) for load in loads)
            p50, p99 = np.percentile(np.concatenate([load.seconds for load in loads]), [50, 99]) * 1e6
            rate = statistics.median(len(load.seconds) / load.lasted for load in loads)
            cpu = sum(stretch.cpu for stretch in found[name, connections]) / requests * 1e6
            busy = sum(load.busy for load in loads) / sum(load.lasted for load in loads)
            ratio = [np.median(load.seconds) / least for load, least in zip(loads, bare, strict=True)]
            print(
                f"{name:22}{p50:>7,.0f} µs{p99:>7,.0f} µs{rate:>10,.0f}{cpu:>7,.0f} µs"
                f"{np.median(ratio):>9.2f}{min(ratio):>8.2f}{max(ratio):>7.2f}{busy:>8.0%}"
            )


if __name__ == "__main__":
    try:
        main()
    except UserError as error:
        sys.exit(f"error: {error}")
