"""Cloud Run's and Secret Manager's APIs on loopback, as far as gcloud asks them; revisions answer for themselves.

gcloud puts the region before the host of `CLOUDSDK_API_ENDPOINT_OVERRIDES_RUN`, so it is pointed here as at a proxy.
"""

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

PROJECT, REGION, SERVICE, TOKEN = (
    "some-project",
    "us-central1",
    "btc-ensemble",
    "a-token-of-more-than-thirty-two-letters",
)
_SERVICES = f"/apis/serving.knative.dev/v1/namespaces/{PROJECT}/services"
Json = dict[str, Any]


class RunServer(ThreadingHTTPServer):
    """One service.

    Attributes:
        service: as the API gives it; None before the first ``PUT``.
        told: what a revision says of itself, by its name; a new one says the commit of ``commits``.
        healthy: whether new revisions are ready.
        puts: the bodies of changes, in order.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.commit = "c0ffee"
        self.healthy = True
        self.arrives = True
        self.puts: list[Json] = []
        self.requests: list[str] = []
        self.told: dict[str, Json] = {}
        self.service = self._made(
            {
                "apiVersion": "serving.knative.dev/v1",
                "kind": "Service",
                "metadata": {"name": SERVICE, "namespace": PROJECT, "annotations": {}, "labels": {}},
                "spec": {
                    "template": {
                        "metadata": {"name": f"{SERVICE}-first", "annotations": {}, "labels": {}},
                        "spec": {"containers": [{"image": "first"}]},
                    },
                    "traffic": [{"revisionName": f"{SERVICE}-first", "percent": 100}],
                },
            }
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def variables(self, folder: Path) -> dict[str, str]:
        """What points gcloud here, with a configuration of its own."""
        token = folder / "access-token"
        token.write_text("x")
        return {
            "CLOUDSDK_CONFIG": str(folder / "gcloud"),
            "CLOUDSDK_AUTH_ACCESS_TOKEN_FILE": str(token),
            "CLOUDSDK_API_ENDPOINT_OVERRIDES_RUN": "http://run.test/",
            "CLOUDSDK_API_ENDPOINT_OVERRIDES_SECRETMANAGER": "http://secrets.test/",
            "CLOUDSDK_PROXY_TYPE": "http",
            "CLOUDSDK_PROXY_ADDRESS": "127.0.0.1",
            "CLOUDSDK_PROXY_PORT": str(self.server_address[1]),
            "CLOUDSDK_CORE_DISABLE_USAGE_REPORTING": "true",
            "CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK": "true",
            "CLOUDSDK_CORE_DISABLE_PROMPTS": "1",
        }

    def serving(self) -> list[tuple[str, int, str | None]]:
        """Revision, percent and tag of each part of the traffic."""
        traffic = self.service["spec"]["traffic"]
        return [(one["revisionName"], one.get("percent", 0), one.get("tag")) for one in traffic]

    def put(self, body: Json) -> Json:
        self.puts.append(body)
        self.service = self._made(body)
        return self.service

    def _made(self, body: Json) -> Json:
        revision = body["spec"]["template"]["metadata"]["name"]
        if revision not in self.told:
            self.told[revision] = {"commit": self.commit, "revision": revision}
        generation = len(self.puts) + 1
        ready = {
            "type": "Ready",
            "status": "True" if self.healthy else "False",
            "lastTransitionTime": "2026-01-05T10:00:00Z",
        }
        if not self.healthy:
            ready |= {"reason": "HealthCheckContainerError", "message": f"Revision '{revision}' is not ready."}
        conditions = [{**ready, "type": name} for name in ("Ready", "ConfigurationsReady", "RoutesReady")]
        traffic = [
            {**one, **({"url": f"{self.url}/{one['revisionName']}"} if one.get("tag") else {})}
            for one in body["spec"]["traffic"]
        ]
        metadata = {
            **body["metadata"],
            "namespace": PROJECT,
            "generation": generation,
            "resourceVersion": f"v{generation}",
            "uid": "1",
            "labels": {**body["metadata"].get("labels", {}), "cloud.googleapis.com/location": REGION},
        }
        status = {
            "observedGeneration": generation,
            "conditions": conditions,
            "latestReadyRevisionName": revision,
            "latestCreatedRevisionName": revision,
            "traffic": traffic,
            "url": f"{self.url}/{SERVICE}",
            "address": {"url": f"{self.url}/{SERVICE}"},
        }
        return {**body, "metadata": metadata, "status": status}


class _Handler(BaseHTTPRequestHandler):
    server: RunServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        server, path = self.server, urlsplit(self.path).path
        server.requests.append(f"GET {path}")
        if path == f"{_SERVICES}/{SERVICE}":
            self._answer(server.service)
        elif path.endswith("/secrets/serve-token/versions/latest:access"):
            data = base64.b64encode(TOKEN.encode()).decode()
            self._answer({"name": path, "payload": {"data": data}})
        elif path.endswith(("/status", "/health")):
            self._revision(path)
        else:
            self._answer({"error": {"code": 404, "message": f"{path} is not here", "status": "NOT_FOUND"}}, 404)

    def do_PUT(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.requests.append(f"PUT {urlsplit(self.path).path}")
        self._answer(self.server.put(body))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.requests.append(f"POST {urlsplit(self.path).path} {body[:80]!r}")
        self._answer({"permissions": []})

    def _revision(self, path: str) -> None:
        name = path.split("/")[1]
        if name == SERVICE:
            name = self.server.serving()[0][0] if self.server.arrives else f"{SERVICE}-first"
        if path.endswith("/health"):
            self._answer({"live": True, "ready": True})
        elif self.headers.get("Authorization") != f"Bearer {TOKEN}":
            self._answer({"error": "no valid token"}, 401)
        else:
            self._answer({"build": self.server.told[name], "candle_age": None, "timeframe": None})

    def _answer(self, content: Json, status: int = 200) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Print nothing."""


@contextmanager
def run_server() -> Iterator[RunServer]:
    """A service with one revision, which has all traffic."""
    with RunServer() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
