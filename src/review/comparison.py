"""Compare the working tree with a revision: metrics, params, data and artifacts, through `dvc … diff`."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from src.artifacts.lock import locked_outputs
from src.core.errors import UserError
from src.core.params import read_section
from src.core.paths import CANDLE_REPORT, FEATURE_REPORT, PRODUCTION_METADATA, metrics
from src.metadata.figures import figures_here
from src.metadata.gates import LEAK, Gates, failed_gates, verdict_on
from src.ml.params import read_ensemble
from src.repository.git import outputs_at, resolve
from src.repository.out_of_date import out_of_date
from src.repository.programs import dvc_json

LESS_IS_BETTER = frozenset({"log_loss", "brier"})
ENSEMBLE_METRICS = metrics("ensemble").as_posix()


@dataclass(frozen=True)
class Change:
    """A value in the revision and in the working tree; None where there is none."""

    old: Any
    new: Any

    @property
    def same(self) -> bool:
        """Whether nothing changed."""
        return bool(self.old == self.new)


Changes = dict[str, Change]


@dataclass(frozen=True)
class Comparison:
    """Everything the report shows; ``failures`` are the sentences that make its verdict a failure."""

    base: str
    commit: str
    metrics: dict[str, Changes]
    params: dict[str, Changes]
    artifacts: Changes
    failures: list[str]

    @property
    def data(self) -> Changes:
        """The reports of candles and features, flattened."""
        return self.metrics.get(CANDLE_REPORT.as_posix(), {}) | {
            f"features.{key}": change for key, change in self.metrics.get(FEATURE_REPORT.as_posix(), {}).items()
        }


def compare(root: Path, base: str, *, falls: bool = True) -> Comparison:
    """The working tree of ``root`` against ``base``.

    Args:
        root: of the repository.
        base: a revision.
        falls: a metric that fell too far is a failure; without, only what is wrong with the working tree is one.

    Raises:
        UserError: no such revision, or DVC failed.
    """
    commit = resolve(root, base)
    figures = _diff(root, "metrics", "diff", "--all", "--json", commit)
    changed = _diff(root, "params", "diff", "--json", commit)
    gates = read_section(root, "gates", Gates)
    failures = out_of_date(root) + _leaks(root, gates) + judge(gates, figures.get(ENSEMBLE_METRICS, {}), falls=falls)
    return Comparison(base, commit, figures, changed, _artifacts(root, commit), failures)


def judge(gates: Gates, ensemble: Changes, *, falls: bool = True) -> list[str]:
    """One sentence per gate that the new figures fail, and with ``falls`` per metric that fell by more than it may.

    A fall is measured against the old figure: by at most its standard error and ``gates.may_fall`` it may fall.
    """
    now = {key.removeprefix("walk_forward."): c.new for key, c in ensemble.items() if key.startswith("walk_forward.")}
    needed = {"log_loss_skill", "log_loss_skill_se", "roc_auc", "roc_auc_se"}
    missing = sorted(name for name in needed if not isinstance(now.get(name), int | float))
    if missing:
        return [f"{ENSEMBLE_METRICS} has no walk-forward {', '.join(missing)}; run `make repro`."]
    found = [f"a gate fails: {failure}." for failure in failed_gates(gates, now)]
    for name, allowance in gates.may_fall.items() if falls else ():
        change = ensemble.get(f"walk_forward.{name}")
        if change is None or change.new is None:
            found.append(f"params.yaml: `gates.may_fall.{name}` is no walk-forward metric of the ensemble; correct it.")
        elif change.old is not None and (sentence := _too_far(name, change, allowance, ensemble)):
            found.append(sentence)
    return found


def _leaks(root: Path, gates: Gates) -> list[str]:
    """Leaks that the figures of the working tree, or its metadata, tell of; figures that cannot be read are told."""
    try:
        leaks = verdict_on(gates, figures_here(root, read_ensemble(root).weights)).leaks
        status = json.loads((root / PRODUCTION_METADATA).read_bytes()).get("status")
    except UserError as error:
        return [str(error)]
    except (OSError, ValueError, AttributeError) as error:
        return [f"{PRODUCTION_METADATA} cannot be read ({error}); run `make repro`."]
    return [f"{leak}." for leak in leaks] or ([f"{PRODUCTION_METADATA} says status {LEAK}."] if status == LEAK else [])


def _too_far(name: str, change: Change, allowance: float, ensemble: Changes) -> str | None:
    error = ensemble.get(f"walk_forward.{name}_se", Change(0.0, 0.0)).old or 0.0
    worse = change.new - change.old if name in LESS_IS_BETTER else change.old - change.new
    # The figures have six digits; less than half of one is no difference.
    if worse <= error + allowance + 5e-7:
        return None
    verb = "rose" if name in LESS_IS_BETTER else "fell"
    limit = f"one standard error ({error:.6f}) and " if error else ""
    return (
        f"{name} {verb} by {worse:.6f} (from {change.old} to {change.new}), more than {limit}"
        f"the {allowance} of `gates.may_fall`."
    )


def _artifacts(root: Path, commit: str) -> Changes:
    old, new = outputs_at(root, commit), locked_outputs(root)
    return {
        path.as_posix(): Change(*(outputs[path].md5 if path in outputs else None for outputs in (old, new)))
        for path in sorted({*old, *new})
    }


def _diff(root: Path, *arguments: str) -> dict[str, Changes]:
    return {
        file: {key: Change(entry.get("old"), entry.get("new")) for key, entry in values.items()}
        for file, values in dvc_json(root, *arguments).items()
    }
