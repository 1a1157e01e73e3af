"""The tables of results, written from reports/metrics: three rows in each README, all rows in docs/quality.md.

tests/test_readme.py compares them with the figures, so that none can go stale unseen.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from src.artifacts.load import read_metadata
from src.core.errors import UserError
from src.core.files import write_bytes
from src.core.paths import BASELINES, metrics
from src.evaluation.figures import auc, skill
from src.ml.params import read_ensemble

ENGLISH = (
    "model",
    "skill, walk-forward",
    "ROC AUC, walk-forward",
    "weighted F1, walk-forward",
    "says 1",
    "weighted F1, training rows",
)
JAPANESE = (
    "モデル",
    "スキル（ウォークフォワード）",
    "ROC AUC（ウォークフォワード）",
    "加重F1（ウォークフォワード）",
    "1と答える割合",
    "加重F1（学習行）",
)


@dataclass(frozen=True)
class Block:
    """The table of one document: its headings, and for a short table the wording of each row by its model."""

    headings: tuple[str, ...]
    rows: Mapping[str, str] | None = None


BLOCKS = {
    "README.md": Block(
        ENGLISH,
        {
            "ensemble": "**the ensemble**",
            "volatility": "volatility alone (ATR, volume ratio, size of the last return)",
            "base_rate": "always answering the base rate",
        },
    ),
    "README.ja.md": Block(
        JAPANESE,
        {
            "ensemble": "**アンサンブル**",
            "volatility": "ボラティリティだけ（ATR・出来高比・直前のリターンの大きさ）",
            "base_rate": "常に基準率を答える",
        },
    ),
    "docs/quality.md": Block(ENGLISH),
}
_BLOCK = re.compile(r"(<!-- results:[^\n]*-->\n).*?(<!-- end of results -->)", re.DOTALL)


def write_results(root: Path) -> list[str]:
    """Replace the block of results in every document of ``BLOCKS``; the names of the files that changed.

    Raises:
        UserError: a document has no such block, or a metrics file is missing; then no file is changed.
    """
    changed = {}
    for name, block in BLOCKS.items():
        path = root / name
        text = path.read_text(encoding="utf-8")
        table = results_markdown(root, block).replace("\\", r"\\")
        new, blocks = _BLOCK.subn(rf"\g<1>{table}\g<2>", text)
        if blocks != 1:
            raise UserError(f"{path} has {blocks} blocks of results instead of 1; restore it with git.")
        if new != text:
            changed[name] = new
    for name, new in changed.items():
        write_bytes(root / name, new.encode())
    return list(changed)


def results_markdown(root: Path, block: Block) -> str:
    """The members, the ensemble and the baselines as a Markdown table, or the rows that ``block`` names.

    Raises:
        UserError: a metrics file is missing, or has no model of a row.
    """
    names = [*read_ensemble(root).weights, "ensemble"]
    found = {name: read_metadata(root, metrics(name)) for name in names}
    labels = {name: f"`{name}`" for name in names} | {"ensemble": "**`ensemble`**"}
    for name, document in read_metadata(root, BASELINES).items():
        found[name], labels[name] = document, f"*baseline* `{name}`"
    rows = block.rows or labels
    if missing := [name for name in rows if name not in found]:
        raise UserError(f"{root / BASELINES} has no {missing[0]}; run `make repro`.")
    lines = [f"| {' | '.join(block.headings)} |", "|---" + "|---:" * (len(block.headings) - 1) + "|"]
    lines += [f"| {label} | {' | '.join(_cells(found[name]))} |" for name, label in rows.items()]
    return "\n".join(lines) + "\n"


def _cells(document: Mapping[str, Any]) -> list[str]:
    walk = document["walk_forward"]
    return [
        skill(walk),
        auc(walk),
        f"{walk['f1_weighted']:.3f}",
        f"{walk['predicted_positive_share']:.1%}",
        f"{document['train']['f1_weighted']:.3f}",
    ]
