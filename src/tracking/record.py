"""What git says of a released version, in MLflow's words: metrics, params, tags and files. Nothing is unpickled."""

import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from src.artifacts.lock import Output
from src.core.errors import UserError
from src.core.paths import ENSEMBLE_GRAPH, METRICS, MODEL_CARD, PLOTS, PRODUCTION, SIGNAL_GRAPH
from src.core.yaml_files import parse_yaml
from src.repository.git import git, outputs_at, read_all_at, tracked_files
from src.rollout.released import Released

GRAPHS = (ENSEMBLE_GRAPH, SIGNAL_GRAPH)
SKILL_BY_FOLD = PLOTS / "skill_by_fold.csv"
EQUITY = PLOTS / "equity.csv"
# Beside everything in METRICS and PLOTS.
FILES = (
    Path("params.yaml"),
    Path("dvc.lock"),
    Path("dvc.yaml"),
    MODEL_CARD,
    PRODUCTION / "production_model_metadata.json",
)
# MLflow takes these, and as many as that of a value.
_NOT_IN_NAMES = re.compile(r"[^\w./ :-]")
LONGEST_PARAM = 6000


@dataclass(frozen=True)
class Point:
    """A figure; ``step`` counts folds or days where it is one of a line, ``time`` is in ms since 1970."""

    name: str
    value: float
    step: int
    time: int


@dataclass(frozen=True)
class Record:
    """What stands in the registry of one version.

    Attributes:
        points: every figure of reports/metrics (`ensemble/walk_forward/log_loss_skill`), the skill of each fold and the
            equity of each day.
        params: params.yaml, flat.
        tags: which commit, and the md5 of everything it was made from.
        files: by path, as the commit holds them.
        graphs: of the commit's dvc.lock.
    """

    version: str
    commit: str
    time: int
    points: list[Point]
    params: dict[str, str]
    tags: dict[str, str]
    files: dict[Path, bytes]
    graphs: list[Output]
    metadata: dict[str, Any]


def read_record(root: Path, found: Released) -> Record:
    """The record of ``found``, from git alone.

    Raises:
        UserError: its commit names no graphs, or holds a file that is not what the pipeline writes.
    """
    outputs = outputs_at(root, found.commit)
    if missing := [path.name for path in GRAPHS if path not in outputs]:
        raise UserError(f"dvc.lock of {found.version} names no {missing[0]}; it was not exported, so it is left out.")
    tracked = tracked_files(root, found.commit)
    wanted = [path for path in sorted(tracked) if path in FILES or path.parent in (METRICS, PLOTS)]
    files = read_all_at(root, found.commit, wanted)
    time = 1000 * int(git(root, "log", "-1", "--format=%ct", found.commit))
    graphs = [outputs[path] for path in GRAPHS]
    try:
        points = [*_figures(files, time), *_lines(files)]
        params = dict(_flat_params(files))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UserError(f"the reports of {found.version} are not what the pipeline writes ({error}).") from None
    return Record(
        str(found.version), found.commit, time, points, params, _tags(found, graphs), files, graphs, found.metadata
    )


def _figures(files: dict[Path, bytes], time: int) -> Iterator[Point]:
    for path, content in files.items():
        if path.parent == METRICS and path.suffix == ".json":
            for name, value in _flat(json.loads(content), path.stem, "/"):
                if isinstance(value, int | float) and not isinstance(value, bool):
                    yield Point(_NOT_IN_NAMES.sub("_", name), float(value), 0, time)


def _lines(files: dict[Path, bytes]) -> Iterator[Point]:
    """Skill by fold and equity by day, at the times they are of."""
    for row in _rows(files, SKILL_BY_FOLD):
        name = f"skill_by_fold/{row['model']}"
        yield Point(name, float(row["log_loss_skill"]), int(row["fold"]), _milliseconds(row["until"]))
    days: dict[str, int] = {}
    for row in _rows(files, EQUITY):
        step = days[row["strategy"]] = days.get(row["strategy"], 0) + 1
        yield Point(f"equity/{row['strategy']}", float(row["value"]), step, _milliseconds(row["day"]))


def _rows(files: dict[Path, bytes], path: Path) -> Iterator[dict[str, str]]:
    yield from csv.DictReader(io.StringIO(files.get(path, b"").decode()))


def _milliseconds(day: str) -> int:
    return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp()) * 1000


def _flat_params(files: dict[Path, bytes]) -> Iterator[tuple[str, str]]:
    content = parse_yaml(files[Path("params.yaml")].decode(), "params.yaml")
    for name, value in _flat(content, "", "."):
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        yield _NOT_IN_NAMES.sub("_", name), text[:LONGEST_PARAM]


def _tags(found: Released, graphs: list[Output]) -> dict[str, str]:
    said = {name: found.metadata[name] for name in ("status", "trading", "data", "made_from") if name in found.metadata}
    tags = {name: str(value) for name, value in _flat(said, "", ".")}
    tags |= {f"made_from.{output.path.name}": output.md5 for output in graphs}
    return tags | {
        "version": str(found.version),
        "git_tag": found.version.tag,
        "git_commit": found.commit,
        # MLflow's own name: its page shows it.
        "mlflow.source.git.commit": found.commit,
    }


def _flat(value: Any, name: str, between: str) -> Iterator[tuple[str, Any]]:
    """Every value with the names that lead to it; an empty block is a value."""
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _flat(inner, f"{name}{between}{key}" if name else str(key), between)
    else:
        yield name, value
