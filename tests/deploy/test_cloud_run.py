"""Deploying: a revision that proves itself gets all traffic, every other one none; with a stub and with real gcloud."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from src.core.errors import UserError
from src.management import cloud_run
from src.management.cloud_run import Deployment, deploy, deployment_of, manifest
from tests.conftest import ROOT
from tests.deploy.run_server import PROJECT, REGION, SERVICE, RunServer, run_server

FIRST = f"{SERVICE}-first"
VARIABLES = {
    "PROJECT": PROJECT,
    "REGION": REGION,
    "SERVICE": SERVICE,
    "IMAGE": f"{REGION}-docker.pkg.dev/{PROJECT}/ensemble/ensemble:7-1",
    "COMMIT": "c0ffee",
    "BUILD": "7-1",
    "JOURNAL_BUCKET": "journals",
    "OBJECTS_URL": "gs://models/ensemble",
    "GIT_REMOTE": "https://example.org/owner/name.git",
}
GIVEN = deployment_of(VARIABLES)


@pytest.fixture
def server(monkeypatch) -> Iterator[RunServer]:
    monkeypatch.setattr(cloud_run, "ARRIVAL", 0.3)
    monkeypatch.setattr(cloud_run, "LOOK", 0.05)
    with run_server() as made:
        yield made


@pytest.fixture
def stub(server: RunServer, tmp_path: Path, monkeypatch) -> RunServer:
    """The server, and a gcloud that needs no second to start."""
    program = tmp_path / "bin/gcloud"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} {Path(__file__).parent}/stub_gcloud.py "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    monkeypatch.setenv("STUB_RUN_SERVER", server.url)
    return server


def ran(server: RunServer, given: Deployment = GIVEN) -> list[list[tuple[str, int, str | None]]]:
    """Deploy; the traffic after each change."""
    deploy(ROOT, given, lambda _: None)
    return moves(server)


def moves(server: RunServer) -> list[list[tuple[str, int, str | None]]]:
    return [
        [(one["revisionName"], one.get("percent", 0), one.get("tag")) for one in body["spec"]["traffic"]]
        for body in server.puts
    ]


BESIDE = [(FIRST, 100, None), (GIVEN.revision, 0, GIVEN.tag)]


def test_a_revision_that_proves_itself_gets_all_traffic(stub) -> None:
    first, *_ = ran(stub)
    assert first == BESIDE
    assert stub.serving() == [(GIVEN.revision, 100, None)]
    template = stub.puts[0]["spec"]["template"]
    assert template["metadata"]["annotations"]["run.googleapis.com/cpu-throttling"] == "false"
    assert template["spec"]["containers"][0]["image"] == VARIABLES["IMAGE"]


def test_one_that_says_it_is_another_commit_gets_none(stub) -> None:
    stub.commit = "badc0de"
    with pytest.raises(
        UserError, match="btc-ensemble-7-1 gets no traffic, btc-ensemble-first goes on: .* says that it is"
    ):
        ran(stub)
    assert moves(stub)[0] == BESIDE
    assert stub.serving() == [(FIRST, 100, None)]


def test_one_that_does_not_start_gets_none(stub) -> None:
    stub.healthy = False
    with pytest.raises(
        UserError, match=r"gets no traffic, btc-ensemble-first goes on: .*'btc-ensemble-7-1' is not ready"
    ):
        ran(stub)
    assert all((FIRST, 100, None) in traffic for traffic in moves(stub))


def test_one_that_is_not_healthy_gets_none(stub, monkeypatch) -> None:
    def ill(*_: object) -> None:
        raise UserError("it is not healthy: the newest row closed 3 h ago")

    monkeypatch.setattr(cloud_run, "_healthy", ill)
    with pytest.raises(UserError, match="goes on: it is not healthy: the newest row closed 3 h ago"):
        ran(stub)
    assert stub.serving() == [(FIRST, 100, None)]


def test_traffic_that_does_not_arrive_goes_back(stub) -> None:
    stub.arrives = False
    with pytest.raises(UserError, match="back to btc-ensemble-first: .* says that it is"):
        ran(stub)
    assert stub.serving() == [(FIRST, 100, None)]
    assert (GIVEN.revision, 100, None) in moves(stub)[1]


def test_traffic_that_is_split_is_left_alone(stub) -> None:
    stub.service["spec"]["traffic"] = stub.service["status"]["traffic"] = [
        {"revisionName": FIRST, "percent": 60},
        {"revisionName": "btc-ensemble-other", "percent": 40},
    ]
    with pytest.raises(UserError, match="the traffic goes to btc-ensemble-first 60 %, btc-ensemble-other 40 %; move"):
        ran(stub)
    assert not stub.puts


def test_what_is_not_set_and_what_cannot_be_a_name_is_told() -> None:
    with pytest.raises(UserError, match="PROJECT, IMAGE is not set"):
        deployment_of(VARIABLES | {"PROJECT": "", "IMAGE": ""})
    with pytest.raises(UserError, match="BUILD is 'A_1'; it must be up to 30 small letters, digits and dashes"):
        deployment_of(VARIABLES | {"BUILD": "A_1"})


def test_the_manifest_is_filled_in_whole() -> None:
    text = str(manifest(ROOT, GIVEN, ()))
    assert "@" not in text.replace(f"ensemble-run@{PROJECT}.iam", "")
    assert f"ensemble-run@{PROJECT}.iam.gserviceaccount.com" in text
    assert "gs://journals/live" in text and "https://example.org/owner/name.git" in text


@pytest.mark.drill
@pytest.mark.parametrize("healthy", [True, False])
def test_the_same_by_real_gcloud(server, tmp_path, monkeypatch, healthy) -> None:
    if shutil.which("gcloud") is None:
        pytest.skip("gcloud is not installed, and no registry that CI reaches has it.")
    for name, value in server.variables(tmp_path).items():
        monkeypatch.setenv(name, value)
    server.healthy = healthy
    if healthy:
        assert ran(server)[0] == BESIDE
        assert server.serving() == [(GIVEN.revision, 100, None)]
    else:
        with pytest.raises(UserError, match="gets no traffic, btc-ensemble-first goes on: "):
            ran(server)
        assert all((FIRST, 100, None) in traffic for traffic in moves(server))
