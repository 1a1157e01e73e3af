"""The remote `gcs`: put a folder in its place, and say in one sentence why it cannot be used."""

import io
import os
import re
import socket
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from src.core.errors import UserError
from src.core.files import write_bytes
from src.core.shown import shown_path, shown_url

NAME = "gcs"
PLACEHOLDER = "your-bucket-name"
ENDPOINT = "https://storage.googleapis.com"
TIMEOUT = 5.0
SECTION = f'remote "{NAME}"'
COMMITTED = Path(".dvc/config")
LOCAL = Path(".dvc/config.local")
# DVC refuses any other setting of a bucket beside a folder.
_OF_A_FOLDER = ("url", "verify")
_SETTINGS = "`make remote-bucket URL=gs://<bucket>/<folder>`, or `make remote-local DIR=<folder>`"


def use_folder(root: Path, folder: Path) -> str:
    """Let ``folder`` stand in for the bucket, in `.dvc/config.local` only; what was done.

    Raises:
        UserError: it is a file, lies inside the repository, or cannot be made or written down; or the committed
            config has settings that only a bucket can have.
    """
    _check_plain(str(folder), "DIR")
    folder = folder.expanduser().resolve()
    # Once more: the folder that it is relative to, or that a link leads to, may have such a name.
    _check_plain(str(folder), "DIR")
    shown = shown_path(folder)
    if folder.is_relative_to(root.resolve()):
        raise UserError(f"{shown} lies inside the repository; choose a folder outside it.")
    committed = [key for key in read_config(root, COMMITTED).get(SECTION, {}) if key not in _OF_A_FOLDER]
    if committed:
        raise UserError(
            f"{COMMITTED} sets {', '.join(committed)} of the remote `{NAME}`, which DVC refuses beside a folder; "
            f"move that to {LOCAL}."
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{shown} cannot be made ({error.strerror}); choose another DIR.") from None
    dropped = [key for key in read_config(root, LOCAL).get(SECTION, {}) if key not in _OF_A_FOLDER]
    _write_local(root, {"url": str(folder), "verify": "true"})
    without = f", without {', '.join(dropped)}, which a folder has no use for" if dropped else ""
    return f"the remote `{NAME}` is {shown} here; {LOCAL} says so{without}"


def use_bucket(root: Path, url: str) -> str:
    """Use the bucket ``url``, in `.dvc/config.local` only; what was done. Its other settings stay, as credentials.

    Raises:
        UserError: it is not of the form gs://<bucket>/<folder>.
    """
    _check_plain(url, "URL")
    # No user, password or signature: credentials have settings of their own.
    if not re.fullmatch(r"gs://[^/@?#:\s]+(/[^?#]*)?", url):
        raise UserError(f"'{shown_url(url)}' is no address of a bucket; write it as gs://<bucket>/<folder>.")
    _write_local(root, dict(read_config(root, LOCAL).get(SECTION, {})) | {"url": url, "verify": "true"})
    return f"the remote `{NAME}` is {url} here; {LOCAL} says so"


def _check_plain(value: str, name: str) -> None:
    """Refuse what DVC's config cannot hold: it reads `%(…)s` as a reference, and a line end ends the value."""
    # Either kind of three quotes encloses what holds the other.
    if "%(" in value or not value.isprintable() or all(quotes in value for quotes in ("'''", '"""')):
        raise UserError(
            f"{name} holds `%(`, both kinds of three quotes or a character that cannot be seen, "
            f"which {LOCAL} cannot hold; choose another."
        )


def read_config(root: Path, config: Path) -> Any:
    """The sections of one of DVC's config files; empty where there is none.

    Raises:
        UserError: it is broken.
    """
    from configobj import ConfigObj, ConfigObjError

    path = root / config
    try:
        return ConfigObj(str(path) if path.is_file() else None, encoding="utf-8", interpolation=False)
    except (ConfigObjError, UnicodeDecodeError) as error:
        raise UserError(f"{config} is broken ({_where(error)}); correct it or remove it.") from None


def _where(error: BaseException) -> str:
    """Where a config is broken; never the line itself, which may hold a password."""
    cause = error.__cause__ or error
    line = getattr(cause, "line_number", None)
    if line:
        return f"line {line}"
    return "no UTF-8" if isinstance(cause, UnicodeDecodeError) else shown_path(str(error))


def _write_local(root: Path, section: dict[str, str]) -> None:
    """DVC's own writer knows ASCII only, and empties the file before it fails."""
    content, written = read_config(root, LOCAL), io.BytesIO()
    content[SECTION] = section
    content.write(written)
    write_bytes(root / LOCAL, written.getvalue())


def remote_settings(root: Path) -> dict[str, Any]:
    """The settings of the remote, those of `config.local` over the committed ones.

    Raises:
        UserError: no such remote, or a broken config.
    """
    from configobj import ConfigObjError
    from dvc.config import Config, ConfigError

    try:
        remotes = Config(str(root / ".dvc"))["remote"]
    # What DVC lets through of ConfigObj's is a reference that leads nowhere.
    except (ConfigError, ConfigObjError) as error:
        raise UserError(f".dvc/config or .dvc/config.local is broken ({_where(error)}); correct it.") from None
    if NAME not in remotes:
        raise UserError(f".dvc/config has no remote {NAME!r}; restore it with `git checkout -- .dvc/config`.")
    return dict(remotes[NAME])


def is_set_up(root: Path) -> bool:
    """Whether somebody has put a bucket or a folder in the place of the placeholder."""
    return urlsplit(str(remote_settings(root)["url"])).netloc != PLACEHOLDER


def check_remote(root: Path) -> str:
    """The address of the remote, once it answers, as a sentence may show it.

    Raises:
        UserError: placeholder bucket, missing folder, credentials, host or bucket, each with its remedy.
    """
    settings = remote_settings(root)
    url = str(settings["url"])
    if not url.startswith("gs://"):
        if "://" not in url and not Path(url).is_dir():
            raise UserError(
                f"the remote folder {shown_path(url)} does not exist; run `make remote-local DIR=<folder>`."
            )
        return shown_url(url)
    bucket = urlsplit(url).netloc.rpartition("@")[2]
    if bucket == PLACEHOLDER:
        raise UserError(
            f"no bucket is set up ({shown_url(url)} is a placeholder), so there is no remote; run {_SETTINGS}."
        )
    _check_credentials(settings)
    _check_host(str(settings.get("endpointurl") or ENDPOINT))
    _check_bucket(root, bucket)
    return shown_url(url)


def _check_credentials(settings: dict[str, Any]) -> None:
    if settings.get("allow_anonymous_login"):
        return
    for name, path in (
        ("remote.gcs.credentialpath in .dvc/config.local", settings.get("credentialpath")),
        ("the variable GOOGLE_APPLICATION_CREDENTIALS", os.environ.get("GOOGLE_APPLICATION_CREDENTIALS")),
    ):
        if path and not Path(str(path)).expanduser().is_file():
            raise UserError(f"the credential file {shown_path(str(path))} does not exist; correct {name}.")
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
