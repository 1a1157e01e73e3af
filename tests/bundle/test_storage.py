"""Buckets: a real emulator, a server that asks for credentials, and everything that can be missing."""

import contextlib
import json
import threading
import time
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote, unquote

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from src.artifacts.lock import Output
from src.bundle import storage
from src.bundle.folder import open_bundle
from src.bundle.loaded import PROVEN
from src.bundle.storage import open_storage
from src.core.errors import UserError
from src.core.files import md5_of_bytes
from tests.bundle.conftest import FILES
from tests.releases import BUCKET, use_emulator

CONTENT = b"a graph"
OUTPUT = Output(Path("models/g.onnx"), "export", md5_of_bytes(CONTENT), len(CONTENT))
KEY = f"btc/files/md5/{OUTPUT.md5[:2]}/{OUTPUT.md5[2:]}"


def upload(emulator: str, key: str, content: bytes) -> None:
    address = f"{emulator}/upload/storage/v1/b/{BUCKET}/o?uploadType=media&name={quote(key, safe='')}"
    headers = {"Content-Type": "application/octet-stream"}
    urllib.request.urlopen(urllib.request.Request(address, content, headers, method="POST")).close()


def settings(address: str, **more: str) -> dict[str, str]:
    return {"url": f"gs://{BUCKET}/btc", "endpointurl": address, "allow_anonymous_login": "true"} | more


def test_an_emulated_bucket(emulator: str) -> None:
    upload(emulator, KEY, CONTENT)
    assert open_storage(settings(emulator)).read(OUTPUT) == CONTENT
    assert open_storage(settings(f"{emulator}/", url=f"gs://{BUCKET}/btc/")).read(OUTPUT) == CONTENT
    missing = Output(OUTPUT.path, "export", "0" * 32, 1)
    with pytest.raises(UserError, match=r"g.onnx \(md5 0{32}\) is missing in bucket 'test-bucket'; push it again"):
        open_storage(settings(emulator)).read(missing)


def test_a_bundle_from_an_emulated_bucket(emulator: str, release) -> None:
    for path in FILES:
        content = (release.server / path).read_bytes()
        key = release.object_of(path).relative_to(release.objects)
        upload(emulator, f"btc/{key.as_posix()}", content)
    (release.bot / ".dvc").mkdir()
    use_emulator(release.bot, emulator)
    assert "holds v1.0.0, proven" in release.fetch(release.bot / "bundle", remote=None)
    assert open_bundle(release.bot / "bundle", git=str(release.server)).proof == PROVEN


class Google(BaseHTTPRequestHandler):
    """Answers as Google does: decodes the path, wants the token, names a missing bucket."""

    def do_GET(self) -> None:
        _, bucket, key = unquote(self.path).split("/", 2)
        code, body = 404, b"<Error><Code>NoSuchKey</Code></Error>"
        if bucket == "slow":
            time.sleep(2)
        if bucket == "locked" or not self.headers.get("Authorization", "").startswith("Bearer ey"):
            code, body = 403, b"<Error><Code>AccessDenied</Code></Error>"
        elif bucket != BUCKET:
            body = b"<Error><Code>NoSuchBucket</Code></Error>"
        elif key == KEY:
            code, body = 200, CONTENT
        self.send_response(code)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Last-Modified", "Thu, 17 Oct 2019 10:00:00 GMT")
        self.send_header("ETag", '"1"')
        self.end_headers()
        # Whoever lost patience is gone.
        with contextlib.suppress(ConnectionError):
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def google() -> Iterator[str]:
    """The address of ``Google``."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Google)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture
def credentials(tmp_path: Path) -> Path:
    """The file of a service account, with a key of its own."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    text = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    account = {"type": "service_account", "private_key": text, "private_key_id": "1", "client_email": "bot@example.org"}
    path = tmp_path / "account.json"
    path.write_text(json.dumps(account))
    return path


def test_a_bucket_with_credentials(google: str, credentials: Path, monkeypatch) -> None:
    given = {"endpointurl": google, "url": f"gs://{BUCKET}/btc"}
    assert open_storage(given | {"credentialpath": str(credentials)}).read(OUTPUT) == CONTENT
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(credentials))
    assert open_storage(given).read(OUTPUT) == CONTENT
    for bucket, sentence in (
        ("nowhere", r"there is no bucket 'nowhere'; name another: REMOTE=gs://<bucket>"),
        ("locked", r"bucket 'locked' refuses these credentials; they need the role Storage Object Viewer on it"),
    ):
        with pytest.raises(UserError, match=sentence):
            open_storage(given | {"url": f"gs://{bucket}"}).read(OUTPUT)


def test_an_object_that_is_too_large_is_not_read(google: str, credentials: Path, monkeypatch) -> None:
    monkeypatch.setattr(storage, "LARGEST", 3)
    given = {"endpointurl": google, "url": f"gs://{BUCKET}/btc", "credentialpath": str(credentials)}
    with pytest.raises(UserError, match=r"g\.onnx has 7 bytes in bucket 'test-bucket', more than 3"):
        open_storage(given).read(OUTPUT)


def test_a_server_that_does_not_answer(google: str, credentials: Path, monkeypatch) -> None:
    monkeypatch.setattr(storage, "ANSWER", 1)
    given = {"endpointurl": google, "url": "gs://slow", "credentialpath": str(credentials)}
    start = time.monotonic()
    with pytest.raises(UserError, match=r"127\.0\.0\.1:\d+ cannot be reached \(.*\); check the network or the proxy"):
        open_storage(given).read(OUTPUT)
    assert time.monotonic() - start < 10


def test_credentials_that_are_missing_or_broken(google: str, tmp_path, monkeypatch) -> None:
    given = {"endpointurl": google, "url": f"gs://{BUCKET}"}
    with pytest.raises(
        UserError, match=r"credential file .*gone does not exist; correct remote\.gcs\.credentialpath in"
    ):
        open_storage(given | {"credentialpath": str(tmp_path / "gone")})
    (tmp_path / "broken").write_text("{")
    with pytest.raises(UserError, match="the credentials of bucket 'test-bucket' cannot be used"):
        open_storage(given | {"credentialpath": str(tmp_path / "broken")})
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "gone"))
    with pytest.raises(UserError, match="correct the variable GOOGLE_APPLICATION_CREDENTIALS"):
        open_storage(given)


def test_no_network() -> None:
    # Nobody listens on port 9.
    with pytest.raises(UserError, match=r"127\.0\.0\.1:9 cannot be reached \(.*\); check the network or the proxy"):
        open_storage(settings("http://127.0.0.1:9")).read(OUTPUT)


@pytest.mark.parametrize("url", ["s3://bucket", "gs://", "https://storage.googleapis.com/bucket"])
def test_what_is_no_bucket(url: str) -> None:
    with pytest.raises(UserError, match="is no address of a bucket; write it as gs://"):
        open_storage({"url": url})
