"""Where the pipeline's objects lie, as `.dvc/config.local` and `.dvc/config` say it; read without DVC."""

import os
from pathlib import Path
from urllib.parse import urlsplit

from src.core.errors import UserError
from src.core.shown import shown_url
from src.store.remote import COMMITTED, LOCAL, NAME, PLACEHOLDER, SECTION, read_config

# A container has no `.dvc/config.local`.
VARIABLE = "OBJECTS_URL"


def remote_settings(root: Path, given: str | None) -> dict[str, str]:
    """The settings of the remote `gcs`, `url` among them; ``given``, or the environment's OBJECTS_URL, takes its place.

    Raises:
        UserError: no remote is set up, or a config file is broken.
    """
    given = given or os.environ.get(VARIABLE) or None
    settings: dict[str, str] = {}
    for config in (COMMITTED, LOCAL):
        section = read_config(root, config).get(SECTION, {})
        # A key without a section header before it is text, where a section should be.
        settings |= dict(section) if isinstance(section, dict) else {}
    if given is not None:
        return settings | {"url": given if "://" in given else str(Path(given).expanduser().absolute())}
    url = settings.get("url", "")
    if not url or urlsplit(url).netloc == PLACEHOLDER:
        told = f"{shown_url(url)} is a placeholder" if url else f".dvc/config has no remote `{NAME}`"
        raise UserError(f"no bucket is set up ({told}); name it, as in REMOTE=gs://<bucket>/<folder>, or a folder.")
    # DVC reads a folder from where the config lies.
    return settings | {"url": url if "://" in url else str((root / ".dvc" / url).resolve())}
