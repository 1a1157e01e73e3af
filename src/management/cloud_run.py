"""Deploy to Cloud Run: a revision without traffic proves itself, then it gets all of it; else nothing changes.

Versions of the model step only by stages.yaml: this moves code, all at once. gcloud is what speaks with Google.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from src.core.errors import UserError
from src.live.health.findings import Level

MANIFEST = Path("deploy/cloud_run.yaml")
# Seconds that the moved traffic may take to arrive, and between two looks.
ARRIVAL, LOOK, TIMEOUT = 120.0, 2.0, 20.0
Say = Callable[[str], None]


@dataclass(frozen=True)
class Deployment:
    """What is deployed, and where.

    Attributes:
        project, region, service: of Cloud Run.
        image: its address, with a tag or digest.
        commit: that the image was built from; the revision must tell the same.
        build: letters, digits and dashes; no two deployments have the same. It names the revision and its tag.
        journal_bucket: for the journal's copies and the lease.
        objects_url: of the models, as gs://<bucket>/<folder>.
        git_remote: address of the repository whose tags prove a version.
    """

    project: str
    region: str
    service: str
    image: str
    commit: str
    build: str
    journal_bucket: str
    objects_url: str
    git_remote: str

    @property
    def revision(self) -> str:
        """Name of the new revision."""
        return f"{self.service}-{self.build}"

    @property
    def tag(self) -> str:
        """Under which it can be asked before it has traffic."""
        return f"build-{self.build}"


def deployment_of(variables: Mapping[str, str]) -> Deployment:
    """The deployment that the environment describes.

    Raises:
        UserError: a variable is missing, or a build that cannot be a name.
    """
    names = [name.upper() for name in Deployment.__dataclass_fields__]
    if missing := [name for name in names if not variables.get(name)]:
        raise UserError(f"{', '.join(missing)} is not set; docs/deploy.md says what each variable is.")
    made = Deployment(**{name.lower(): variables[name] for name in names})
    if not re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,28}[a-z0-9])?", made.build):
        raise UserError(f"BUILD is {made.build!r}; it must be up to 30 small letters, digits and dashes.")
    return made


def manifest(root: Path, given: Deployment, traffic: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """deploy/cloud_run.yaml, filled in."""
    text = (root / MANIFEST).read_text(encoding="utf-8")
    for name in Deployment.__dataclass_fields__:
        text = text.replace(f"@{name.upper()}@", getattr(given, name))
    content: dict[str, Any] = yaml.safe_load(text.replace("@REVISION@", given.revision))
    content["spec"]["traffic"] = [dict(one) for one in traffic]
    return content


class CloudRun:
    """The service, by gcloud.

    Args:
        given: what is deployed.
        say: gets a line for people.
    """

    def __init__(self, given: Deployment, say: Say) -> None:
        self._given, self._say = given, say

    def traffic(self) -> list[dict[str, Any]]:
        """Where requests go now: revision names, percents, tags and their addresses.

        Raises:
            UserError: there is no such service, or gcloud fails.
        """
        status = json.loads(self.gcloud("services", "describe", self._given.service, "--format=json"))["status"]
        return [{"url": status["url"]}, *status["traffic"]]

    def replace(self, content: Mapping[str, Any]) -> None:
        """Make the service what ``content`` says, and wait until it is."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "service.yaml"
            path.write_text(json.dumps(content), encoding="utf-8")  # JSON is YAML.
            self.gcloud("services", "replace", str(path))

    def move(self, revision: str, *more: str) -> None:
        """All traffic to ``revision``."""
        self.gcloud("services", "update-traffic", self._given.service, f"--to-revisions={revision}=100", *more)

    def untag(self, tag: str) -> None:
        """A revision without traffic and tag is shut down."""
        self.gcloud("services", "update-traffic", self._given.service, f"--remove-tags={tag}")

    def token(self) -> str:
        """Of the service, from Secret Manager."""
        return _run("gcloud", "secrets", "versions", "access", "latest", "--secret=serve-token", *self._project())

    def gcloud(self, *arguments: str) -> str:
        """What `gcloud run …` prints."""
        self._say(f"gcloud run {' '.join(arguments[:2])}")
        return _run("gcloud", "run", *arguments, f"--region={self._given.region}", "--quiet", *self._project())

    def _project(self) -> tuple[str, ...]:
        return (f"--project={self._given.project}",)


def deploy(root: Path, given: Deployment, say: Say) -> str:
    """Put a revision beside the one that serves, ask it, and move all traffic; what was done.

    Raises:
        UserError: it did not prove itself; the traffic is where it was.
    """
    run = CloudRun(given, say)
    before = [one for one in run.traffic()[1:] if one.get("percent")]
    if len(before) != 1:
        shares = ", ".join(f"{one['revisionName']} {one['percent']} %" for one in before) or "nobody"
        raise UserError(
            f"the traffic goes to {shares}; move it to one revision first: gcloud run services update-traffic."
        )
    old = str(before[0]["revisionName"])
    both = ({"revisionName": old, "percent": 100}, {"revisionName": given.revision, "percent": 0, "tag": given.tag})
    token = run.token()
    try:
        run.replace(manifest(root, given, both))
        url = next(str(one["url"]) for one in run.traffic()[1:] if one.get("tag") == given.tag)
        say(f"{given.revision} answers at {url}")
        _is_ours(url, token, given)
        _healthy(root, url, token)
    except (UserError, StopIteration) as error:
        # Where a revision does not even start, gcloud says that this failed too.
        with suppress(UserError):
            run.untag(given.tag)
        raise UserError(f"{given.revision} gets no traffic, {old} goes on: {error}") from None
    run.move(given.revision)
    try:
        _arrived(str(run.traffic()[0]["url"]), token, given)
    except UserError as error:
        run.move(old, f"--remove-tags={given.tag}")
        raise UserError(f"back to {old}: {error}") from None
    run.untag(given.tag)
    return f"{given.revision} serves commit {given.commit}; {old} is shut down"


def _is_ours(url: str, token: str, given: Deployment) -> None:
    """The revision itself says what it is."""
    told = _build(url, token)
    wanted = {"commit": given.commit, "revision": given.revision}
    if told != wanted:
        raise UserError(f"{url} says that it is {told}, not {wanted}.")


def _arrived(url: str, token: str, given: Deployment) -> None:
    deadline = time.monotonic() + ARRIVAL
    while True:
        try:
            return _is_ours(url, token, given)
        except UserError:
            if time.monotonic() > deadline:
                raise
            time.sleep(LOOK)


def _healthy(root: Path, url: str, token: str) -> None:
    """`make health` on it; halted, or before the first candle, a service is idle: that keeps no other."""
    command = [sys.executable, str(root / "scripts/live/live.py"), "health", "--url", url]
    result = subprocess.run(
        command, env=os.environ | {"SERVE_TOKEN": token}, capture_output=True, text=True, check=False
    )
    if result.returncode not in (Level.WELL, Level.IDLE):
        raise UserError(f"it is not healthy: {' '.join((result.stdout + result.stderr).split())}")


def _build(url: str, token: str) -> Any:
    request = urllib.request.Request(f"{url}/status", headers={"Authorization": f"Bearer {token}"})
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
            return json.load(answer).get("build")
    except (OSError, ValueError) as error:
        raise UserError(f"{url} does not answer ({error}).") from None


def _run(*command: str) -> str:
    try:
        result = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise UserError("gcloud is missing; install the Google Cloud CLI.") from None
    if result.returncode:
        said = [line for line in result.stderr.splitlines() if line.strip()]
        raise UserError(f"{' '.join(command[:4])} failed: {' '.join(said[-3:])}")
    return result.stdout.strip()
