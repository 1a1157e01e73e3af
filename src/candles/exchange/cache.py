"""Pages an exchange gave, kept outside the pipeline's outs, so that a broken fetch goes on where it stopped."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from src.core.files import write_bytes

Page = list[list[float]]


@dataclass(frozen=True)
class PageCache:
    """One JSON file per page below ``folder``; each holds only candles that were closed."""

    folder: Path

    def get(self, start: datetime, end: datetime) -> Page | None:
        """The page kept for [start, end), or None where there is none or its bytes were altered."""
        try:
            document = json.loads(self._path(start, end).read_text(encoding="utf-8"))
            rows: Page = document["rows"]
            return rows if document["sha256"] == _digest(rows) else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def put(self, start: datetime, end: datetime, rows: Page) -> None:
        """Keep ``rows`` as the page [start, end)."""
        document = {"sha256": _digest(rows), "rows": rows}
        write_bytes(self._path(start, end), json.dumps(document).encode())

    def _path(self, start: datetime, end: datetime) -> Path:
        return self.folder / f"{start:%Y%m%dT%H%M}_{end:%Y%m%dT%H%M}.json"


def _digest(rows: Page) -> str:
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()
