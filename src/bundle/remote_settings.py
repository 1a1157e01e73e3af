"""Where the pipeline's objects lie, as `.dvc/config.local` and `.dvc/config` say it; read without DVC."""

import re
from pathlib import Path
from urllib.parse import urlsplit

from src.core.errors import UserError
from src.core.shown import shown_url
from src.core.yaml_files import read_text
from src.store.remote import NAME, PLACEHOLDER

_SECTION = re.compile(r"\[\s*(['\"]?)(.*?)\1\s*\]\s*(?:#.*)?")
_SETTING = re.compile(r"(?P<key>[^=]*?)\s*=\s*(?P<value>.*)")
# As ConfigObj writes what holds a comma, a `#` or a quote.
_VALUE = re.compile(
    r"'''(?P<three>.*?)'''|\"\"\"(?P<more>.*?)\"\"\"|\"(?P<two>[^\"]*)\"|'(?P<one>[^']*)'|(?P<bare>[^'\"#][^#]*|)"
)
_END = re.compile(r"\s*(?:#.*)?")


def remote_settings(root: Path, given: str | None) -> dict[str, str]:
    """The settings of the remote `gcs`, `url` among them; ``given`` takes the place of its address.

    Raises:
        UserError: no remote is set up, or a line that cannot be read.
    """
    settings: dict[str, str] = {}
    for name in ("config", "config.local"):
        path = root / ".dvc" / name
        settings |= _section(read_text(path), Path(".dvc") / name) if path.is_file() else {}
    if given is not None:
        return settings | {"url": given if "://" in given else str(Path(given).expanduser().absolute())}
    url = settings.get("url", "")
    if not url or urlsplit(url).netloc == PLACEHOLDER:
        told = f"{shown_url(url)} is a placeholder" if url else f".dvc/config has no remote `{NAME}`"
        raise UserError(f"no bucket is set up ({told}); name it, as in REMOTE=gs://<bucket>/<folder>, or a folder.")
    # DVC reads a folder from where the config lies.
    return settings | {"url": url if "://" in url else str((root / ".dvc" / url).resolve())}


def _section(text: str, where: Path) -> dict[str, str]:
    """The settings below `['remote "gcs"']`."""
    found, inside = {}, False
    for number, line in enumerate(text.splitlines(), start=1):
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        if section := _SECTION.fullmatch(stripped):
            inside = section[2] == f'remote "{NAME}"'
        elif inside:
            setting = _SETTING.fullmatch(stripped)
            value = _VALUE.match(setting["value"]) if setting else None
            if setting is None or value is None or not _END.fullmatch(setting["value"], value.end()):
                # Never the line itself, which may hold a password.
                raise UserError(f"{where} is broken (line {number}); correct it.")
            found[setting["key"].strip("'\"")] = next(text for text in value.groups() if text is not None).rstrip()
    return found
