"""Compare what a run from nothing made with what a revision's dvc.lock promised."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from src.artifacts.lock import Output
from src.core.files import md5_of

SAME = "same"
_HEADINGS = ("output", "expected", "got", "verdict")


@dataclass(frozen=True)
class Row:
    """One output: the md5 dvc.lock names, the md5 the run gave."""

    path: Path
    expected: str
    got: str

    @property
    def verdict(self) -> str:
        """``SAME``, `DIFFERS`, `NOT MADE` or `NOT IN dvc.lock`."""
        if self.expected == self.got:
            return SAME
        if self.got == "-":
            return "NOT MADE"
        return "NOT IN dvc.lock" if self.expected == "-" else "DIFFERS"


def compare_outputs(root: Path, promised: Mapping[Path, Output], made: Mapping[Path, Output]) -> list[Row]:
    """One row for every output that was promised or made, by its bytes below ``root``."""
    rows = []
    for path in sorted({*promised, *made}):
        expected = promised[path].md5 if path in promised else "-"
        file = root / path
        rows.append(Row(path, expected, md5_of(file) if file.exists() else "-"))
    return rows


def lock_differences(promised: Mapping[str, Any], made: Mapping[str, Any]) -> list[str]:
    """One sentence per stage, dependency or parameter where a dvc.lock is not the one its own code writes.

    Args:
        promised: the `stages` of the committed dvc.lock.
        made: the `stages` of the dvc.lock that a run from nothing wrote.
    """
    found = [f"stage {stage} is in dvc.lock only" for stage in promised if stage not in made]
    found += [f"stage {stage} is not in dvc.lock" for stage in made if stage not in promised]
    for stage in promised.keys() & made.keys():
        old, new = promised[stage], made[stage]
        if old.get("cmd") != new.get("cmd"):
            found.append(f"{stage}: dvc.lock has another command than dvc.yaml")
        if old.get("params") != new.get("params"):
            found.append(f"{stage}: dvc.lock has other parameters than params.yaml")
        recorded, actual = _hashes(old), _hashes(new)
        for path in sorted(recorded.keys() | actual.keys()):
            if recorded.get(path) != actual.get(path):
                was, found_now = recorded.get(path, "not recorded"), actual.get(path, "no dependency")
                found.append(f"{stage}: dvc.lock has {path} as {was}, this revision has {found_now}")
    return sorted(found)


def table(rows: list[Row]) -> str:
    """The rows as text in columns."""
    lines = [_HEADINGS, *((str(row.path), row.expected, row.got, row.verdict) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(_HEADINGS))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )


def _hashes(stage: Mapping[str, Any]) -> dict[str, str]:
    return {entry["path"]: entry["md5"] for entry in stage.get("deps", [])}
