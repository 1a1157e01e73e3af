"""The remote `gcs`: put a folder in its place, and say in one sentence why it cannot be used."""

import io
import os
import socket
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from src.core.errors import UserError
from src.core.files import write_bytes

NAME = "gcs"
PLACEHOLDER = "your-bucket-name"
ENDPOINT = "https://storage.googleapis.com"
TIMEOUT = 5.0
_SECTION = f'remote "{NAME}"'
_LOCAL = Path(".dvc/config.local")
_SETTINGS = "`make remote-bucket URL=gs://<bucket>/<folder>`, or `make remote-local DIR=<folder>`"


def use_folder(root: Path, folder: Path) -> str:
    """Let ``folder`` stand in for the bucket, in `.dvc/config.local` only; what was done.

    Raises:
        UserError: it is a file, lies inside the repository, cannot be made, or has a name that DVC reads otherwise.
    """
    folder = folder.expanduser().resolve()
    if folder.is_relative_to(root.resolve()):
        raise UserError(f"{folder} lies inside the repository; choose a folder outside it.")
    # DVC refuses the settings of a bucket, such as credentials, beside a folder.
    dropped = [key for key in _read_local(root).get(_SECTION, {}) if key not in ("url", "verify")]
    content = _local_with(root, {"url": str(folder), "verify": "true"})
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{folder} cannot be made ({error.strerror}); choose another DIR.") from None
    write_bytes(root / _LOCAL, content)
    without = f", without {', '.join(dropped)}, which a folder has no use for" if dropped else ""
    return f"the remote `{NAME}` is {folder} here; {_LOCAL} says so{without}"


def use_bucket(root: Path, url: str) -> str:
    """Use the bucket ``url``, in `.dvc/config.local` only; what was done. Its other settings stay, as credentials.

    Raises:
        UserError: it is not of the form gs://<bucket>/<folder>, or has a name that DVC reads otherwise.
    """
    parts = urlsplit(url)
    if parts.scheme != "gs" or not parts.netloc:
        raise UserError(f"{url!r} is no address of a bucket; write it as gs://<bucket>/<folder>.")
    settings = dict(_read_local(root).get(_SECTION, {})) | {"url": url, "verify": "true"}
    write_bytes(root / _LOCAL, _local_with(root, settings))
    return f"the remote `{NAME}` is {url} here; {_LOCAL} says so"


def _read_local(root: Path) -> Any:
    from configobj import ConfigObj, ConfigObjError

    path = root / _LOCAL
    try:
        return ConfigObj(str(path) if path.is_file() else None, encoding="utf-8")
    except (ConfigObjError, UnicodeDecodeError) as error:
        raise UserError(f"{_LOCAL} is broken ({error}); correct it or remove it.") from None


def _local_with(root: Path, section: dict[str, str]) -> bytes:
    """The bytes of `config.local` with this section.

    DVC's own writer knows ASCII only, and empties the file before it fails.

    Raises:
        UserError: the file cannot hold the address: DVC would read another, or nothing.
    """
    from configobj import ConfigObj, ConfigObjError

    content, written = _read_local(root), io.BytesIO()
    content[_SECTION] = section
    try:
        content.write(written)
        read_back = ConfigObj(io.BytesIO(written.getvalue()), encoding="utf-8").dict()[_SECTION]
    except (ConfigObjError, UnicodeError):
        read_back = None
    if read_back != section:
        raise UserError(
            f"{section['url']!r} cannot stand in {_LOCAL}: it holds what DVC reads otherwise, as %(x)s; choose another."
        )
    return written.getvalue()


def remote_settings(root: Path) -> dict[str, Any]:
    """The settings of the remote, those of `config.local` over the committed ones.

    Raises:
        UserError: no such remote, or a broken config.
    """
    from dvc.config import Config, ConfigError

    try:
        remotes = Config(str(root / ".dvc"))["remote"]
    except ConfigError as error:
        raise UserError(f".dvc/config or .dvc/config.local is broken ({error}); correct it.") from None
    if NAME not in remotes:
        raise UserError(f".dvc/config has no remote {NAME!r}; restore it with `git checkout -- .dvc/config`.")
    return dict(remotes[NAME])


def is_set_up(root: Path) -> bool:
    """Whether somebody has put a bucket or a folder in the place of the placeholder."""
    return urlsplit(str(remote_settings(root)["url"])).netloc != PLACEHOLDER


def check_remote(root: Path) -> str:
    """The address of the remote, once it answers.

    Raises:
        UserError: placeholder bucket, missing folder, credentials, host or bucket, each with its remedy.
    """
    settings = remote_settings(root)
    url = str(settings["url"])
    if not url.startswith("gs://"):
        if "://" not in url and not Path(url).is_dir():
            raise UserError(f"the remote folder {url} does not exist; run `make remote-local DIR=<folder>`.")
        return url
    bucket = urlsplit(url).netloc
    if bucket == PLACEHOLDER:
        raise UserError(f"no bucket is set up ({url} is a placeholder), so there is no remote; run {_SETTINGS}.")
    _check_credentials(settings)
    _check_host(str(settings.get("endpointurl") or ENDPOINT))
    _check_bucket(root, bucket)
    return url


def _check_credentials(settings: dict[str, Any]) -> None:
    if settings.get("allow_anonymous_login"):
        return
    for name, path in (
        ("remote.gcs.credentialpath in .dvc/config.local", settings.get("credentialpath")),
        ("the variable GOOGLE_APPLICATION_CREDENTIALS", os.environ.get("GOOGLE_APPLICATION_CREDENTIALS")),
    ):
        if path and not Path(str(path)).expanduser().is_file():
            raise UserError(f"the credential file {path} does not exist; correct {name}.")
        if path:
            return
    import google.auth
    from google.auth.exceptions import DefaultCredentialsError

    try:
        google.auth.default()
    except DefaultCredentialsError:
        raise UserError(
            "no Google credentials found; run `gcloud auth application-default login`, "
            "or set GOOGLE_APPLICATION_CREDENTIALS to a credential file."
        ) from None


def _check_host(endpoint: str) -> None:
    # A proxy answers for hosts that cannot be reached directly.
    if os.environ.get("HTTPS_PROXY") or os.environ.get("https_proxy"):
        return
    parts = urlsplit(endpoint)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        socket.create_connection((parts.hostname or "", port), timeout=TIMEOUT).close()
    except OSError as error:
        reason = error.strerror or error
        host = f"{parts.hostname}:{port}"
        raise UserError(f"{host} cannot be reached ({reason}); check the network or the proxy.") from None


def _check_bucket(root: Path, bucket: str) -> None:
    from gcsfs.retry import HttpError

    from src.store.places import remote_store

    try:
        remote_store(root).fs.fs.call("GET", "b/{}/o", bucket, maxResults=1, json_out=True)
    except FileNotFoundError:
        raise UserError(f"there is no bucket {bucket!r}; make it, or take another: {_SETTINGS}.") from None
    except (HttpError, PermissionError, OSError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise UserError(
            f"bucket {bucket!r} refuses these credentials ({reason}); they need the role Storage Object User on it."
        ) from None
