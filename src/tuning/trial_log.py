"""docs/trials.csv: a line for every configuration that was ever tried; their number deflates the Sharpe ratio."""

import csv
import io
from pathlib import Path
from typing import Any

from src.core.errors import UserError
from src.core.files import write_bytes
from src.tuning.space import described
from src.tuning.study import CHANGES, SKILLS, TuningStudy

LOG = Path("docs/trials.csv")
COLUMNS = ("trial", "member", "change", "coinbase", "gmo", "binance", "study", "skill")


def record(root: Path, study: TuningStudy) -> int:
    """Add the finished trials of ``study`` that the log does not hold yet; the number of lines that it has then.

    Raises:
        UserError: the log is missing or has other columns.
    """
    rows = _read(root / LOG)
    known = {row["study"] for row in rows}
    for trial in study.finished():
        label = f"{study.name} {trial.number}"
        if label not in known:
            rows.append(
                {
                    "trial": str(len(rows) + 1),
                    "member": "vote",
                    "change": described(trial.user_attrs.get(CHANGES, {"no member has a weight": ""}))
                    + _end(trial, study),
                    "study": label,
                    "skill": f"{trial.value:+.4f}" if trial.value is not None else "",
                }
            )
    _write(root / LOG, rows)
    return len(rows)


def _end(trial: Any, study: TuningStudy) -> str:
    skills = trial.user_attrs.get(SKILLS, [])
    folds = max((len(other.user_attrs.get(SKILLS, [])) for other in study.finished()), default=0)
    return f"; given up after fold {len(skills)}" if len(skills) < folds else ""


def _read(path: Path) -> list[dict[str, str]]:
    try:
        reader = csv.DictReader(io.StringIO(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise UserError(f"{path} cannot be read ({error.strerror}); restore it with `git checkout`.") from None
    if tuple(reader.fieldnames or ()) != COLUMNS:
        raise UserError(f"{path} must have the columns {', '.join(COLUMNS)}; restore it with `git checkout`.")
    return list(reader)


def _write(path: Path, rows: list[dict[str, str]]) -> None:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n", restval="")
    writer.writeheader()
    writer.writerows(rows)
    write_bytes(path, text.getvalue().encode())
