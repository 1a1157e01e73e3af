"""The table of results in the two READMEs, written from reports/metrics so that it cannot go stale unseen."""

import re
from pathlib import Path
from typing import Any

from src.artifacts.load import read_metadata
from src.core.errors import UserError
from src.core.files import write_bytes
from src.core.paths import BASELINES, metrics
from src.ml.params import read_ensemble

HEADINGS = {
    "README.md": (
        "model",
        "skill, walk-forward",
        "ROC AUC, walk-forward",
        "weighted F1, walk-forward",
        "says 1",
        "weighted F1, training rows",
    ),
    "README.ja.md": (
        "モデル",
        "スキル（ウォークフォワード）",
        "ROC AUC（ウォークフォワード）",
        "加重F1（ウォークフォワード）",
        "1と答える割合",
        "加重F1（学習行）",
    ),
}
_BLOCK = re.compile(r"(<!-- results:[^\n]*-->\n).*?(<!-- end of results -->)", re.DOTALL)


def write_results(root: Path) -> list[str]:
    """Replace the block of results in both READMEs; the names of the files that changed.

    Raises:
        UserError: a README has no such block, or a metrics file is missing.
    """
    changed = []
    for name, headings in HEADINGS.items():
        path = root / name
        text = path.read_text(encoding="utf-8")
        table = results_markdown(root, headings).replace("\\", r"\\")
        new, blocks = _BLOCK.subn(rf"\g<1>{table}\g<2>", text)
        if blocks != 1:
            raise UserError(f"{path} has {blocks} blocks of results instead of 1; restore it with git.")
        if new != text:
            write_bytes(path, new.encode())
            changed.append(name)
    return changed


def results_markdown(root: Path, headings: tuple[str, ...]) -> str:
    """The members, the ensemble and the baselines as a Markdown table."""
    names = [*read_ensemble(root).weights, "ensemble"]
    rows = {f"`{name}`": read_metadata(root, metrics(name)) for name in names}
    rows["**`ensemble`**"] = rows.pop("`ensemble`")
    rows |= {f"*baseline* `{name}`": document for name, document in read_metadata(root, BASELINES).items()}
    lines = [f"| {' | '.join(headings)} |", "|---" + "|---:" * (len(headings) - 1) + "|"]
    lines += [f"| {name} | {' | '.join(_figures(document))} |" for name, document in rows.items()]
    return "\n".join(lines) + "\n"


def _figures(document: dict[str, Any]) -> list[str]:
    walk = document["walk_forward"]
    return [
        f"{walk['log_loss_skill']:+.4f} ± {walk['log_loss_skill_se']:.4f}",
        f"{walk['roc_auc']:.3f} ± {walk['roc_auc_se']:.3f}",
        f"{walk['f1_weighted']:.3f}",
        f"{walk['predicted_positive_share']:.1%}",
        f"{document['train']['f1_weighted']:.3f}",
    ]
