"""Add a member in three edits: its adapter, its block in params.yaml and its weight; and take them away again.

The adapters of ``OFFERED`` are part of the project: they are neither written nor removed here.
"""

import keyword
import math
import re
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from src.baselines.models import baselines
from src.core.errors import UserError
from src.core.files import write_bytes
from src.core.paths import (
    BACKTEST,
    BASELINES,
    COMPARISON,
    CONDITIONS,
    in_sample,
    member_model,
    member_receipt,
    out_of_fold,
)
from src.core.yaml_files import read_yaml
from src.management.member_templates import OFFERED, adapter, block
from src.repository.programs import capture

PARAMS = Path("params.yaml")
LOCK = Path("dvc.lock")


def new_member(root: Path, name: str, weight: float = 0.0) -> list[Path]:
    """Write the adapter unless it is offered, the block and the weight; nothing when any of them cannot be written.

    Args:
        root: the repository.
        name: of the member, its module and its stage.
        weight: in the vote. With 0 it is trained and evaluated, and has no vote.

    Returns:
        the files written, relative to ``root``.

    Raises:
        UserError: a name that cannot be one or is taken, a weight that cannot be one, or a params.yaml without the
            two sections.
    """
    _refuse_bad_name(name)
    if not (math.isfinite(weight) and weight >= 0):
        raise UserError(f"the weight of {name} must be a finite number ≥ 0, not {weight}; give another WEIGHT=.")
    path = _adapter(name)
    content = _sections(root)
    offered = name in OFFERED
    if ((root / path).exists() and not offered) or name in content["members"] or name in content["ensemble"]["weights"]:
        raise UserError(f"{name} is a member already, or half of one; see `members.{name}` in params.yaml and {path}.")
    lines, written = _lines(root)
    weights = written["ensemble"]["weights"]
    additions = [
        (max(weights.lc.key(key)[0] for key in weights) + 1, [f"    {name}: {weight}\n"]),
        (_end_of(written, "members", lines), [f"  {line}\n" for line in block(name)]),
    ]
    # The later place first, so that the other one stays where it was found.
    for at, added in sorted(additions, reverse=True):
        lines[at:at] = added
    expected = content | {
        "ensemble": content["ensemble"] | {"weights": content["ensemble"]["weights"] | {name: weight}}
    }
    expected["members"] = content["members"] | {name: YAML(typ="safe").load("\n".join(block(name)))[name]}
    _require_same("".join(lines), expected)
    if offered:
        write_bytes(root / PARAMS, "".join(lines).encode())
        return [PARAMS]
    write_bytes(root / path, adapter(name).encode())
    try:
        write_bytes(root / PARAMS, "".join(lines).encode())
    except BaseException:
        (root / path).unlink()
        raise
    return [path, PARAMS]


def remove_member(root: Path, name: str) -> list[Path]:
    """Take away the adapter, the block, the weight, and what the pipeline made of them.

    A file left in `data/members` would be read by the stages after it, and would not be in a fresh clone.

    Returns:
        the files removed or changed, relative to ``root``.

    Raises:
        UserError: nothing of such a member is here, it is the last with a weight, or an adapter that is nowhere else.
    """
    content = _sections(root)
    path = _adapter(name)
    ours = [
        *([] if name in OFFERED else [path]),
        member_model(name),
        member_receipt(name),
        out_of_fold(name),
        in_sample(name),
    ]
    named = name in content["members"], name in content["ensemble"]["weights"]
    if not any(named) and not any((root / made).exists() for made in ours):
        raise UserError(f"there is nothing of a member {name} here; params.yaml names {', '.join(content['members'])}.")
    weights = {key: value for key, value in content["ensemble"]["weights"].items() if key != name}
    if not any(weights.values()):
        raise UserError(f"{name} is the last member with a weight; give another one a weight first.")
    if not _can_come_back(root, path, name):
        raise UserError(f"{path} is not committed as it is, and would be lost; commit it, then remove {name}.")
    lines, written = _lines(root)
    gone = []
    if named[0]:
        gone.append(slice(written["members"].lc.key(name)[0], _end_of(written["members"], name, lines)))
    if named[1]:
        at = written["ensemble"]["weights"].lc.key(name)[0]
        gone.append(slice(at, at + 1))
    for part in sorted(gone, key=lambda part: part.start, reverse=True):
        del lines[part]
    members = {key: value for key, value in content["members"].items() if key != name}
    _require_same(
        "".join(lines), content | {"members": members, "ensemble": content["ensemble"] | {"weights": weights}}
    )
    write_bytes(root / PARAMS, "".join(lines).encode())
    changed = [PARAMS]
    for made in ours:
        if (root / made).exists():
            (root / made).unlink()
            changed.append(made)
    return [*changed, LOCK] if _forget(root / LOCK, f"train_each@{name}") else changed


def _refuse_bad_name(name: str) -> None:
    taken = {"ensemble", BASELINES.stem, COMPARISON.stem, CONDITIONS.stem, BACKTEST.stem, "thresholds", *baselines(0.0)}
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", name) or keyword.iskeyword(name):
        raise UserError(f"{name!r} cannot name a member; take lower-case letters, digits and _, as in extra_trees.")
    if name in taken:
        raise UserError(f"{name} already names something in reports/metrics; take another name.")


def _adapter(name: str) -> Path:
    return Path("src/ml/members") / f"{name}.py"


def _sections(root: Path) -> dict[str, Any]:
    """The content of params.yaml, which has the sections `members` and `ensemble.weights`."""
    content = read_yaml(root / PARAMS)
    ensemble = content.get("ensemble") if isinstance(content, dict) else None
    weights = ensemble.get("weights") if isinstance(ensemble, dict) else None
    if not isinstance(weights, dict) or not isinstance(content.get("members"), dict):
        raise UserError(f"{root / PARAMS}: `members` or `ensemble.weights` is missing; restore them with git.")
    return dict(content)


def _lines(root: Path) -> tuple[list[str], Any]:
    """params.yaml as lines, and as ruamel reads it, which knows the line of each key."""
    text = (root / PARAMS).read_text(encoding="utf-8")
    return text.splitlines(keepends=True), YAML().load(text)


def _end_of(parent: Any, key: str, lines: list[str]) -> int:
    """The number of the line after the block ``key``: comments and empty lines before the next key belong to that."""
    start, column = parent.lc.key(key)
    end = start + 1
    for number in range(start + 1, len(lines)):
        text = lines[number].strip()
        if not text:
            continue
        if len(lines[number]) - len(lines[number].lstrip()) <= column:
            break
        end = number + 1
    return end


def _require_same(text: str, expected: dict[str, Any]) -> None:
    try:
        found = YAML(typ="safe", pure=True).load(text)
    except YAMLError:
        found = None
    if found != expected:
        raise UserError(
            "params.yaml: `members` and `ensemble.weights` do not stand on lines of their own; write each member and "
            "each weight on its own line, two and four spaces in."
        )


def _can_come_back(root: Path, path: Path, name: str) -> bool:
    """Whether ``path`` stays, is absent, is what `make new-member` would write again, or is in git as it is."""
    if name in OFFERED or not (root / path).exists() or (root / path).read_text(encoding="utf-8") == adapter(name):
        return True
    tracked = capture(root, "git", "ls-files", "--error-unmatch", "--", path.as_posix())[0] == 0
    return tracked and capture(root, "git", "diff", "--quiet", "HEAD", "--", path.as_posix())[0] == 0


def _forget(lock: Path, stage: str) -> bool:
    """Remove ``stage`` from dvc.lock, where DVC would keep it; whether it was there."""
    lines = lock.read_text(encoding="utf-8").splitlines(keepends=True) if lock.is_file() else []
    start = next((number for number, line in enumerate(lines) if line == f"  {stage}:\n"), None)
    if start is None:
        return False
    rest = range(start + 1, len(lines))
    end = next(
        (number for number in rest if not lines[number].startswith("    ") and not lines[number].startswith("  -")),
        len(lines),
    )
    del lines[start:end]
    write_bytes(lock, "".join(lines).encode())
    return True
