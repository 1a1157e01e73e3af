"""Change the section `ingest` of a tree's params.yaml."""

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML


def set_ingest(root: Path, **changes: Any) -> None:
    yaml = YAML()
    content = yaml.load((root / "params.yaml").read_text(encoding="utf-8"))
    content["ingest"].update(changes)
    with (root / "params.yaml").open("w", encoding="utf-8") as file:
        yaml.dump(content, file)


def exchange_of(url: str, **settings: Any) -> dict[str, Any]:
    """`ingest.exchange` that asks the server at ``url``."""
    urls = {"api": dict.fromkeys(("public", "private", "markets"), url)}
    return {"settings": {"rateLimit": 1, "urls": urls} | settings, "first_wait": 0.01, "timeout": 2.0}
