"""Carry a commit of the branch `rollout` over to another one: per step, and per line of the lists."""

from collections.abc import Mapping
from pathlib import Path

from src.rollout.steps import NOTHING, STEPS, Deployments, dump_deployments, parse_deployments


def merged(
    onto: Mapping[Path, bytes], before: Mapping[Path, bytes], after: Mapping[Path, bytes], stages: Path
) -> dict[Path, bytes]:
    """``onto`` with what changed from ``before`` to ``after``.

    A step that is not as it was before stays as ``onto`` has it: somebody changed it meanwhile. Lists keep the lines of
    both.

    Args:
        onto: files by path.
        before: the same of a commit's parent.
        after: the same of the commit.
        stages: the path of stages.yaml; all other files are lists.

    Raises:
        UserError: a stages.yaml is damaged.
    """
    result = dict(onto)
    for path in after:
        if after[path] == before.get(path):
            continue
        if path == stages:
            result[path] = _steps(onto.get(path), before.get(path), after[path], str(path))
        else:
            result[path] = _lines(onto.get(path, b""), before.get(path, b""), after[path])
    return result


def _steps(onto: bytes | None, before: bytes | None, after: bytes, where: str) -> bytes:
    now, old, new = (deployments_in(content, where) for content in (onto, before, after))
    result = {step: new[step] if now[step] == old[step] else now[step] for step in STEPS}
    return dump_deployments(result).encode()


def _lines(onto: bytes, before: bytes, after: bytes) -> bytes:
    known = {*onto.splitlines(), *before.splitlines()}
    return onto + b"".join(line + b"\n" for line in after.splitlines() if line not in known)


def deployments_in(content: bytes | None, where: str) -> Deployments:
    """What the bytes of a stages.yaml say; nothing runs where there is none.

    Raises:
        UserError: as in ``parse_deployments``.
    """
    return NOTHING if content is None else parse_deployments(content.decode(errors="replace"), where)
