"""Read objects of the remote by their md5: from a folder, from Google Cloud Storage, or from an emulator of it."""

import json
import os
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote, urlsplit

from src.artifacts.lock import Output
from src.bundle.files import read_file
from src.bundle.operators import LARGEST
from src.core.errors import UserError
from src.core.shown import shown_path, shown_url
from src.store.remote import ENDPOINT

CONNECT, ANSWER, RETRY = 5, 60, 20  # seconds
_CREDENTIALS = "GOOGLE_APPLICATION_CREDENTIALS"


class Storage(Protocol):
    """Where the objects lie."""

    def read(self, output: Output) -> bytes:
        """The object of ``output``, at most ``LARGEST`` bytes; nothing is proven yet.

        Raises:
            UserError: it is missing or too large, or the storage cannot be read.
        """


def open_storage(settings: dict[str, str]) -> Storage:
    """The storage of a remote with these settings of DVC (``remote_settings``).

    Raises:
        UserError: no folder or bucket that can be read, or a credential file that is missing or broken.
    """
    url = settings["url"]
    if "://" not in url:
        return Folder(Path(url))
    name, prefix = bucket_of(url)
    return Bucket(name, prefix, settings)


def bucket_of(url: str) -> tuple[str, str]:
    """Bucket and folder of an address.

    Raises:
        UserError: it is none.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("gs", "gcs") or not parts.netloc:
        raise UserError(f"'{shown_url(url)}' is no address of a bucket; write it as gs://<bucket>/<folder>.")
    return parts.netloc.rpartition("@")[2], parts.path.strip("/")


def _key(output: Output) -> str:
    return f"files/md5/{output.md5[:2]}/{output.md5[2:]}"


class Folder:
    """A folder that stands in for a bucket."""

    def __init__(self, path: Path) -> None:
        if not path.is_dir():
            raise UserError(f"the remote folder {shown_path(path)} does not exist; name another: REMOTE=<folder>.")
        self._path = path

    def read(self, output: Output) -> bytes:
        """As ``Storage.read``."""
        return read_file(self._path / _key(output), LARGEST, f"push {output.path.name} again, or name another REMOTE")


class Bucket:
    """A bucket of Google Cloud Storage, or of an emulator at `endpointurl`."""

    def __init__(self, name: str, prefix: str, settings: dict[str, str]) -> None:
        self._name, self._host = name, host_of(settings)
        self._prefix = f"{prefix}/" if prefix else ""
        self._store = open_client(name, settings)

    def read(self, output: Output) -> bytes:
        """As ``Storage.read``."""
        try:
            found = self._store.get(self._prefix + _key(output))
            size = int(found.meta["size"])
            if size > LARGEST:
                raise UserError(f"{output.path.name} has {size} bytes in bucket {self._name!r}, more than {LARGEST}.")
            return bytes(found.bytes())
        except UserError:
            raise
        except FileNotFoundError as error:
            if "NoSuchBucket" in str(error):
                raise UserError(f"there is no bucket {self._name!r}; name another: REMOTE=gs://<bucket>.") from None
            raise UserError(
                f"{output.path.name} (md5 {output.md5}) is missing in bucket {self._name!r}; push it again, or name "
                "another REMOTE."
            ) from None
        except Exception as error:  # obstore's errors have no common class but Exception
            raise UserError(told(error, self._name, self._host, "Storage Object Viewer")) from None


def host_of(settings: dict[str, str]) -> str:
    """Where requests for a bucket go."""
    return urlsplit(_endpoint(settings)).netloc.rpartition("@")[2]


def _endpoint(settings: dict[str, str]) -> str:
    return settings.get("endpointurl", "").rstrip("/") or ENDPOINT


def open_client(name: str, settings: dict[str, str], *, conditional: bool = False) -> Any:
    """obstore's client of the bucket ``name``; ``conditional``: one that can write on a precondition.

    Raises:
        UserError: a credential file that is missing or broken.
    """
    from obstore.store import GCSStore, HTTPStore

    endpoint = _endpoint(settings)
    options: Any = {
        "connect_timeout": f"{CONNECT}s",
        "timeout": f"{ANSWER}s",
        "allow_http": endpoint.startswith("http://"),
    }
    anonymous = settings.get("allow_anonymous_login", "").lower() == "true"
    if anonymous and not conditional:
        # Without credentials an object is a page like any other. The client for buckets writes its path with %2F,
        # which Google understands and its emulators do not.
        return HTTPStore(f"{endpoint}/{quote(name)}", client_options=options, retry_config=_retries())
    config: Any = {"base_url": endpoint} | (_nobody(endpoint) if anonymous else _credentials(settings))
    try:
        return GCSStore(name, config=config, client_options=options, retry_config=_retries())
    except Exception as error:  # obstore's errors, ValueError and more
        raise UserError(
            f"the credentials of bucket {name!r} cannot be used ({_reason(error)}); correct the credential file."
        ) from None


def _nobody(endpoint: str) -> dict[str, str]:
    """Credentials of nobody: `skip_signature` would leave them out of reads alone."""
    key = {"private_key": "", "private_key_id": "", "client_email": "", "disable_oauth": True, "gcs_base_url": endpoint}
    return {"service_account_key": json.dumps(key)}


def told(error: Exception, name: str, host: str, role: str) -> str:
    """What an error of a bucket's client means, in one sentence; ``role`` is what is needed on the bucket."""
    if type(error).__name__ in ("PermissionDeniedError", "UnauthenticatedError"):
        return f"bucket {name!r} refuses these credentials; they need the role {role} on it."
    text = str(error)
    if "metadata.google" in text or "computeMetadata" in text:
        return (
            "no Google credentials found; run `gcloud auth application-default login`, or set "
            f"{_CREDENTIALS} to a credential file."
        )
    return f"{host} cannot be reached ({_reason(error)}); check the network or the proxy."


def _credentials(settings: dict[str, str]) -> dict[str, str]:
    for where, path in (
        ("remote.gcs.credentialpath in .dvc/config.local", settings.get("credentialpath")),
        (f"the variable {_CREDENTIALS}", os.environ.get(_CREDENTIALS)),
    ):
        if path and not Path(path).expanduser().is_file():
            raise UserError(f"the credential file {shown_path(path)} does not exist; correct {where}.")
        if path:
            return {"application_credentials": str(Path(path).expanduser())}
    return {}


def _retries() -> Any:
    from datetime import timedelta

    return {"max_retries": 2, "retry_timeout": timedelta(seconds=RETRY)}


def _reason(error: Exception) -> str:
    """The end of the first line: what happened, after address and counts of tries."""
    line = (str(error).splitlines() or [type(error).__name__])[0]
    return shown_path(line.rpartition(" - ")[2].strip().rstrip(":")[:200])
