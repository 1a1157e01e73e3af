"""Release HEAD's ensemble under a version, and judge what was released."""

import json
from pathlib import Path
from typing import Any

from src.core.errors import UserError
from src.core.params import read_section
from src.core.paths import ENSEMBLE
from src.metadata.documents import documents
from src.metadata.facts import gather
from src.metadata.figures import read_figures
from src.metadata.gates import READY, Gates, Trading, Verdict, verdict_on
from src.repository.git import check_clean, check_not_behind, git, outputs_at, read_at, resolve
from src.repository.out_of_date import out_of_date
from src.rollout.released import Released, all_versions, released
from src.rollout.version import Version, tag_exists
from src.store.integrity import HERE, examine, summary


def release(root: Path, version: Version) -> str:
    """Tag HEAD as ``version``; what was done, in one sentence. Released already, by this tag: said, not failed.

    Raises:
        UserError: naming every reason against it.
    """
    check_clean(root, "a release")
    check_not_behind(root, fetch=True)
    head = resolve(root, "HEAD")
    if tag_exists(root, version):
        if resolve(root, version.tag) == head:
            return f"{version} is this commit already; nothing was changed."
        raise UserError(f"{version} was released before, from {resolve(root, version.tag)[:12]}; choose a new version.")
    reasons = _reasons_against(root)
    if reasons:
        raise UserError(f"{version} was not released: " + " ".join(reasons))
    md5 = outputs_at(root, "HEAD")[ENSEMBLE].md5
    git(root, "tag", "--annotate", version.tag, "--message", f"Release {version}: ensemble md5 {md5}", head)
    return f"released {version} from {head[:12]}, ensemble md5 {md5}; publish it: git push origin {version.tag}"


def failures(root: Path, found: Released) -> list[str]:
    """Why a released ensemble must not run: gates of today's params.yaml on its figures, its own status, its md5."""
    try:
        verdict = _verdict(root, found)
        failed = [*verdict.leaks, *verdict.failures]
    except UserError as error:
        failed = [_unjudged(error)]
    if found.metadata.get("status") != READY:
        failed.append(f"its metadata says status {found.metadata.get('status')}")
    made_from = found.metadata.get("made_from")
    recorded = made_from.get("ensemble") if isinstance(made_from, dict) else None
    if recorded != found.md5:
        failed.append(f"its metadata is that of ensemble md5 {recorded}, its dvc.lock names {found.md5}")
    return failed


def trading(root: Path, found: Released) -> Trading:
    """Whether a released ensemble may trade with money: its metadata says so, and today's gate on its figures."""
    recorded = found.metadata.get("trading")
    if not isinstance(recorded, dict):
        return Trading(False, None, "its metadata says nothing of trading")
    try:
        today = _verdict(root, found).trading
    except UserError as error:
        return Trading(False, None, _unjudged(error))
    if today.ready and recorded.get("ready") is not True:
        return Trading(False, today.net_return, "its metadata says it is not ready for trading")
    return today


def _verdict(root: Path, found: Released) -> Verdict:
    """What the gates of today's params.yaml say of the figures in the commit of ``found``."""
    gates = read_section(root, "gates", Gates)
    members = found.metadata.get("individual_models")
    if not isinstance(members, list) or not all(isinstance(name, str) for name in members):
        raise UserError("its metadata names no members; release another commit.")
    return verdict_on(gates, read_figures(members, lambda path: read_at(root, found.commit, path)))


def _unjudged(error: UserError) -> str:
    return f"its figures cannot be judged: {str(error).partition(';')[0].rstrip('.')}"


def _reasons_against(root: Path) -> list[str]:
    if reasons := out_of_date(root):
        return reasons
    if here := examine(root, where=HERE).findings:
        return [f"{summary(here)}; run `make repair`."]
    facts = gather(root)
    reasons += [f"{leak}." for leak in facts.verdict.leaks]
    reasons += [f"a gate fails: {failure}." for failure in facts.verdict.failures]
    reasons += [
        f"{path} disagrees with the files it describes on {', '.join(keys)}; run `make repro` and commit."
        for path, document in documents(facts).items()
        if (keys := _different_keys(json.loads((root / path).read_text(encoding="utf-8")), document))
    ]
    reasons += _released_elsewhere(root)
    if not reasons and (missing := examine(root, "HEAD", where=["remote"]).findings):
        reasons.append(f"{summary(missing)}; run `make push` or `make repair`.")
    return reasons


def _different_keys(found: dict[str, Any], expected: dict[str, Any]) -> list[str]:
    return sorted(key for key in found.keys() | expected.keys() if found.get(key) != expected.get(key))


def _released_elsewhere(root: Path) -> list[str]:
    md5 = outputs_at(root, "HEAD")[ENSEMBLE].md5
    same = [version for version in all_versions(root) if released(root, version).md5 == md5]
    return [f"these bytes (md5 {md5}) are released already, as {same[0]}."] if same else []
